//! The board of a fleet keeps the promises of its trait, on Redis.

use std::time::Duration;

use fabric::board::{RedisBoard, RedisConfig};
use secrecy::SecretString;
use tests::{Namespace, env};

#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_every_promise_of_a_board() {
    let address = RedisConfig::at(SecretString::from(env::redis().unwrap()));
    let namespace = Namespace::new().name().to_owned();
    // The promises say nothing of a server that is slow.
    let deadline = Duration::from_secs(30);
    let board = RedisBoard::connect(RedisConfig { namespace, deadline, ..address }).await.unwrap();
    fabric::board::suite::run(&board, async || board.wipe().await).await;
}
