//! What everything stands on: `[store]`, `[queue]`, `[board]`.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    pub(crate) kind: StoreKind,
    pub(crate) path: PathBuf,
    pub(crate) endpoint: String,
    pub(crate) public_endpoint: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) secret_access_key_file: PathBuf,
    pub(crate) checksums: Checksums,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            kind: StoreKind::Directory,
            path: ".longshore/store".into(),
            endpoint: String::new(),
            public_endpoint: String::new(),
            region: "us-east-1".to_owned(),
            bucket: String::new(),
            prefix: String::new(),
            access_key_id: String::new(),
            secret_access_key: Secret::default(),
            secret_access_key_file: PathBuf::new(),
            checksums: Checksums::WhenSupported,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreKind {
    Directory,
    S3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Checksums {
    WhenSupported,
    WhenRequired,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QueueConfig {
    pub(crate) kind: QueueKind,
    pub(crate) url: Secret,
    pub(crate) url_file: PathBuf,
    pub(crate) namespace: String,
    pub(crate) delivery_limit: u32,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            kind: QueueKind::Process,
            url: Secret::default(),
            url_file: PathBuf::new(),
            namespace: "longshore".to_owned(),
            delivery_limit: 20,
            deadline: Duration::from_secs(10),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueKind {
    Process,
    Rabbitmq,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BoardConfig {
    pub(crate) kind: BoardKind,
    pub(crate) url: Secret,
    pub(crate) url_file: PathBuf,
    pub(crate) namespace: String,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
}

impl Default for BoardConfig {
    fn default() -> Self {
        Self {
            kind: BoardKind::Process,
            url: Secret::default(),
            url_file: PathBuf::new(),
            namespace: "longshore".to_owned(),
            deadline: Duration::from_secs(2),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BoardKind {
    Process,
    Redis,
}
