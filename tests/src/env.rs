//! Where the shared servers are: the variables that `tests/setup/servers.sh` writes, read in this one
//! place.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// An S3 server and the bucket on it that the tests share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// `http://host:port`.
    pub endpoint: String,
    /// The bucket; it is there.
    pub bucket: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
}

/// RabbitMQ's default virtual host, with user and password; see [`crate::Namespace::amqp`].
pub fn amqp() -> Result<String> {
    variable("LONGSHORE_TEST_AMQP")
}

/// RabbitMQ's management API, with user and password.
pub fn amqp_management() -> Result<String> {
    variable("LONGSHORE_TEST_AMQP_MANAGEMENT")
}

/// Redis, `redis://host:port`.
pub fn redis() -> Result<String> {
    variable("LONGSHORE_TEST_REDIS")
}

/// The S3 server that is used unless a test says otherwise.
pub fn s3() -> Result<S3> {
    bucket(variable("LONGSHORE_TEST_S3")?)
}

/// An S3 server of another make.
pub fn second_s3() -> Result<S3> {
    bucket(variable("LONGSHORE_TEST_S3_SECOND")?)
}

/// PostgreSQL's database `postgres`, as its administrator; see [`crate::Namespace::database`].
pub fn postgres() -> Result<String> {
    variable("LONGSHORE_TEST_POSTGRES")
}

/// The file with the authority that has signed PostgreSQL's certificate.
pub fn postgres_authority() -> Result<PathBuf> {
    variable("LONGSHORE_TEST_POSTGRES_CA").map(PathBuf::from)
}

/// MariaDB's database `test`, as its administrator.
pub fn mysql() -> Result<String> {
    variable("LONGSHORE_TEST_MYSQL")
}

/// The folder with the test servers and tools that `pip` installs.
pub fn venv() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/venv");
    variable("LONGSHORE_TEST_VENV").map_or_else(|_| usual(), PathBuf::from)
}

/// The folder with the library of Deriva's pages that `npm` installs.
pub fn ermrestjs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/ermrestjs")
}

/// A cluster of Kubernetes that may be filled with namespaces, such as `kubectl proxy` makes of one; nothing where tests
/// take the stand-in. `./check` starts none.
pub fn kubernetes() -> Option<String> {
    variable("LONGSHORE_TEST_KUBERNETES").ok()
}

fn bucket(endpoint: String) -> Result<S3> {
    Ok(S3 {
        endpoint,
        bucket: "longshore-test".to_owned(),
        region: "us-east-1".to_owned(),
        access_key: variable("LONGSHORE_TEST_S3_ACCESS_KEY")?,
        secret_key: variable("LONGSHORE_TEST_S3_SECRET_KEY")?,
    })
}

fn variable(name: &str) -> Result<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests' configuration is read here and nowhere else"
    )]
    let value = std::env::var(name);
    value.with_context(|| {
        format!(
            "{name} is not set: run ./check test, or start the servers with \
             `tests/setup/servers.sh start DIR` and `source DIR/env`"
        )
    })
}
