//! What a fleet of a test stands on, and the configuration that says so.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::env::{self, S3};
use crate::namespace::Namespace;

/// The queue, the board and the store of one fleet. Any of them may be replaced by a server of the
/// test's own before the fleet is made.
#[derive(Debug, Clone)]
pub struct Backends {
    /// A virtual host of RabbitMQ.
    pub amqp: String,
    /// A Redis.
    pub redis: String,
    /// A bucket.
    pub s3: S3,
    /// What queues, keys of the board and objects begin with.
    pub namespace: Namespace,
}

impl Backends {
    /// A corner of the shared servers.
    pub async fn shared() -> Result<Self> {
        let namespace = Namespace::new();
        let amqp = namespace.amqp().await?;
        Ok(Self { amqp, redis: env::redis()?, s3: env::s3()?, namespace })
    }

    /// A configuration for an API on `port`, with the sources of `sources` by name.
    ///
    /// Silence is noticed within a second or two, so that tests of failures are short.
    pub fn config(&self, port: u16, link_key_file: &Path, sources: &Value) -> String {
        let Self {
            amqp, redis, s3: S3 { endpoint, bucket, region, access_key, secret_key }, ..
        } = self;
        let (name, key) = (self.namespace.name(), link_key_file.display());
        let mut config = format!(
            r#"[store]
kind = "s3"
endpoint = "{endpoint}"
bucket = "{bucket}"
prefix = "{name}/"
region = "{region}"
access_key_id = "{access_key}"
secret_access_key = "{secret_key}"
[queue]
kind = "rabbitmq"
url = "{amqp}"
namespace = "{name}"
delivery_limit = 100
[board]
kind = "redis"
url = "{redis}"
namespace = "{name}"
[api]
listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}/"
link_key_file = "{key}"
[coordinator]
patience = "2s"
lease = "2s"
"#
        );
        for (source, spec) in sources.as_object().into_iter().flatten() {
            let _ = writeln!(config, "[sources.{source}]");
            for (key, value) in spec.as_object().into_iter().flatten() {
                let _ = writeln!(config, "{key} = {}", inline(value));
            }
        }
        config
    }
}

/// A value as TOML writes it on one line. Strings are written as in JSON.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
