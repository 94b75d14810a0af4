//! Promises about very many messages at once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use super::{Delivery, Lane, PATIENCE, Queue, assert_quiet, consume, publish};

const MESSAGES: usize = 10_000;
const PUBLISHERS: usize = 64;
const CONSUMERS: usize = 4;

pub(super) async fn many_publishers_and_consumers_lose_and_invent_nothing(queue: &dyn Queue) {
    exchange(queue, |_, _| false).await;
}

pub(super) async fn dropped_deliveries_come_again_and_nothing_else_does(queue: &dyn Queue) {
    // None is dropped twice, or it might end up among the parked ones.
    exchange(queue, |number, delivery| number % 10 == 0 && !delivery.redelivered()).await;
}

/// Publishes and takes all at once, and drops what is to be dropped. Whatever was published must be
/// acknowledged once.
async fn exchange(queue: &dyn Queue, is_dropped: impl Fn(usize, &dyn Delivery) -> bool) {
    let publishing =
        stream::iter(0..MESSAGES).for_each_concurrent(PUBLISHERS, |number| async move {
            publish(queue, Lane::Batches, &number.to_string()).await;
        });
    let acknowledged = RefCell::new(BTreeMap::new());
    let everything = CancellationToken::new();
    let consuming = (0..CONSUMERS).map(|_| async {
        let mut consumer = consume(queue, Lane::Batches, 32).await;
        while let Some(delivery) = everything.run_until_cancelled(consumer.next()).await {
            let delivery = delivery.expect("the queue is not shut down");
            let text = str::from_utf8(delivery.body()).expect("a number");
            let number = text.parse().expect("a number");
            if is_dropped(number, &*delivery) {
                continue;
            }
            delivery.acknowledge().await.expect("a message is acknowledged");
            *acknowledged.borrow_mut().entry(number).or_insert(0) += 1;
            if acknowledged.borrow().len() == MESSAGES {
                everything.cancel();
            }
        }
        consumer
    });
    let exchanging = async { tokio::join!(join_all(consuming), publishing).0 };
    let consumers = tokio::time::timeout(2 * PATIENCE, exchanging).await;
    for mut consumer in consumers.expect("every message arrives") {
        assert_quiet(&mut consumer).await;
    }
    let doubled: Vec<_> =
        acknowledged.into_inner().into_iter().filter(|(_, times)| *times > 1).collect();
    assert_eq!(doubled, [], "what was acknowledged does not come again");
}
