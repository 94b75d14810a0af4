//! The queue of a fleet keeps the promises of its trait, on RabbitMQ.

use fabric::queue::{RabbitConfig, RabbitQueue};
use secrecy::SecretString;
use tests::Namespace;

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_keeps_every_promise_of_a_queue() {
    let host = Namespace::new().amqp().await.unwrap();
    let queue = RabbitQueue::connect(RabbitConfig::at(SecretString::from(host))).await.unwrap();
    fabric::queue::suite::run(&queue, async || queue.purge().await).await;
}
