//! Promises about very many messages at once.

use std::collections::BTreeSet;

use futures::StreamExt as _;
use futures::stream;

use super::{Consumer, Lane, Queue, consume, next, publish};

const MESSAGES: usize = 10_000;
const PUBLISHERS: usize = 64;
const CONSUMERS: usize = 4;

pub(super) async fn many_publishers_and_consumers_lose_and_invent_nothing(queue: &dyn Queue) {
    let mut received = exchange(queue, async |consumer, _| next(consumer).await).await;
    received.sort_unstable();
    let expected: Vec<_> = (0..MESSAGES).collect();
    assert!(received == expected, "each message arrives once and none is made up");
}

pub(super) async fn dropped_deliveries_are_doubled_but_never_lost(queue: &dyn Queue) {
    let received = exchange(queue, async |consumer, taken| {
        loop {
            let delivery = next(consumer).await;
            // None is dropped twice, or it might end up among the parked ones.
            if taken % 10 != 0 || delivery.redelivered() {
                return delivery;
            }
        }
    })
    .await;
    assert!(received.into_iter().eq(0..MESSAGES), "each message arrives and none is made up");
}

/// Publishes and takes all at once; the distinct numbers that were acknowledged, ascending, in as
/// many messages as were published.
async fn exchange(
    queue: &dyn Queue,
    take: impl AsyncFn(&mut Box<dyn Consumer>, usize) -> Box<dyn super::Delivery>,
) -> Vec<usize> {
    let publishing =
        stream::iter(0..MESSAGES).for_each_concurrent(PUBLISHERS, |number| async move {
            publish(queue, Lane::Batches, &number.to_string()).await;
        });
    let consuming = (0..CONSUMERS).map(|consumer_number| {
        let take = &take;
        async move {
            let mut consumer = consume(queue, Lane::Batches, 32).await;
            let mut numbers = Vec::new();
            for taken in 0..MESSAGES / CONSUMERS {
                let delivery = take(&mut consumer, taken + consumer_number).await;
                let text = str::from_utf8(delivery.body()).expect("a number");
                numbers.push(text.parse().expect("a number"));
                delivery.acknowledge().await.expect("a message is acknowledged");
            }
            numbers
        }
    });
    let (received, ()) = tokio::join!(futures::future::join_all(consuming), publishing);
    let received: Vec<usize> = received.into_iter().flatten().collect();
    let distinct: BTreeSet<usize> = received.iter().copied().collect();
    assert_eq!(distinct.len(), received.len(), "nothing acknowledged comes again");
    distinct.into_iter().collect()
}
