//! The queue of a fleet, on RabbitMQ.

use std::time::Duration;

use secrecy::SecretString;

/// Where the broker is, and how it is used.
#[derive(Debug, Clone)]
pub struct RabbitConfig {
    /// `amqp://` or `amqps://`, with user and password.
    pub url: SecretString,
    /// What the names of queues begin with; `longshore` unless given.
    pub namespace: String,
    /// How often a message comes back before it is parked; 20 unless given.
    pub delivery_limit: u32,
    /// How long any call may take; 10 s unless given.
    pub deadline: Duration,
    /// How often each side shows that it lives; 10 s unless given.
    pub heartbeat: Duration,
}

/// Hands messages over through RabbitMQ.
pub struct RabbitQueue {
    _config: RabbitConfig,
}

impl RabbitQueue {
    /// Connects.
    pub async fn connect(config: RabbitConfig) -> Result<Self, super::QueueError> {
        Ok(Self { _config: config })
    }
}
