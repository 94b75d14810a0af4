//! A test's own corner of the shared servers.

use anyhow::{Context, Result};
use uuid::Uuid;

use crate::env;

/// A name that no other test has, and what is made under it.
///
/// Nothing is taken away at the end: the servers go when the run does.
#[derive(Debug, Clone)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "each is different, which a default would hide")]
    pub fn new() -> Self {
        Self { name: format!("t{}", Uuid::now_v7().simple()) }
    }

    /// The name: 33 small letters and digits, good as a prefix of keys, queues and objects.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes a virtual host on the shared RabbitMQ and returns its address.
    pub async fn amqp(&self) -> Result<String> {
        let management = env::amqp_management()?;
        let client = reqwest::Client::new();
        let host = client.put(format!("{management}/api/vhosts/{}", self.name)).send().await;
        host.and_then(reqwest::Response::error_for_status).context("no virtual host was made")?;
        let everything = serde_json::json!({"configure": ".*", "write": ".*", "read": ".*"});
        let permissions = format!("{management}/api/permissions/{}/guest", self.name);
        let granted = client.put(permissions).json(&everything).send().await;
        granted
            .and_then(reqwest::Response::error_for_status)
            .context("no permissions were given")?;
        let default = env::amqp()?;
        let (server, _) = default.rsplit_once('/').context("the address has no virtual host")?;
        Ok(format!("{server}/{}", self.name))
    }

    /// Makes a database on the shared PostgreSQL and returns its address.
    pub async fn database(&self) -> Result<String> {
        let default = env::postgres()?;
        let (client, connection) = tokio_postgres::connect(&default, tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {}", self.name)).await?;
        drop(client);
        connection.await??;
        let (server, _) = default.rsplit_once('/').context("the address has no database")?;
        Ok(format!("{server}/{}", self.name))
    }
}
