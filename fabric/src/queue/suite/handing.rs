//! Promises about one message: it arrives, and comes again until it is settled.

use super::{Lane, Outgoing, Queue, QueueError, assert_quiet, consume, eventually, next, publish};

pub(super) async fn a_published_message_is_delivered_with_its_trace(queue: &dyn Queue) {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let body = vec![0, 159, 146, 150, b'"'];
    let message = Outgoing { body: body.clone(), trace: Some(trace.to_owned()) };
    queue.publish(Lane::Batches, message).await.expect("a message is taken");
    let mut consumer = consume(queue, Lane::Batches, 2).await;
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), body);
    assert_eq!(delivery.trace(), Some(trace));
    assert!(!delivery.redelivered());
    delivery.acknowledge().await.expect("a message is acknowledged");
    publish(queue, Lane::Batches, "").await;
    let delivery = next(&mut consumer).await;
    assert_eq!((delivery.body(), delivery.trace()), (&[][..], None));
    delivery.acknowledge().await.expect("a message is acknowledged");
    assert_quiet(&mut consumer).await;
}

pub(super) async fn lanes_do_not_mix(queue: &dyn Queue) {
    for lane in Lane::ALL {
        publish(queue, lane, lane.as_str()).await;
    }
    for lane in Lane::ALL {
        let mut consumer = consume(queue, lane, 4).await;
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.body(), lane.as_str().as_bytes());
        delivery.acknowledge().await.expect("a message is acknowledged");
        assert_quiet(&mut consumer).await;
    }
}

pub(super) async fn an_unsettled_message_comes_again(queue: &dyn Queue) {
    publish(queue, Lane::Batches, "dropped").await;
    let mut consumer = consume(queue, Lane::Batches, 1).await;
    drop(next(&mut consumer).await);
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), b"dropped");
    assert!(delivery.redelivered(), "the second delivery says so");
    // Both are given up at once, as by a worker that ends; another worker takes over.
    drop(delivery);
    drop(consumer);
    let mut consumer = consume(queue, Lane::Batches, 1).await;
    let delivery = next(&mut consumer).await;
    assert!(delivery.redelivered());
    delivery.acknowledge().await.expect("a message is acknowledged");
}

pub(super) async fn a_message_given_back_comes_again(queue: &dyn Queue) {
    publish(queue, Lane::Batches, "given back").await;
    let mut consumer = consume(queue, Lane::Batches, 1).await;
    next(&mut consumer).await.give_back().await.expect("a message is given back");
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), b"given back");
    assert!(delivery.redelivered());
    delivery.acknowledge().await.expect("a message is acknowledged");
    assert_quiet(&mut consumer).await;
}

pub(super) async fn no_more_than_the_prefetch_is_under_way(queue: &dyn Queue) {
    for body in ["a", "b", "c"] {
        publish(queue, Lane::Batches, body).await;
    }
    let mut consumer = consume(queue, Lane::Batches, 2).await;
    let first = next(&mut consumer).await;
    let second = next(&mut consumer).await;
    assert_quiet(&mut consumer).await;
    first.acknowledge().await.expect("a message is acknowledged");
    let third = next(&mut consumer).await;
    assert_eq!(third.body(), b"c");
    for delivery in [second, third] {
        delivery.acknowledge().await.expect("a message is acknowledged");
    }
}

pub(super) async fn waiting_for_a_message_can_be_given_up(queue: &dyn Queue) {
    let mut consumer = consume(queue, Lane::Batches, 1).await;
    assert_quiet(&mut consumer).await;
    publish(queue, Lane::Batches, "after a while").await;
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), b"after a while");
    delivery.acknowledge().await.expect("a message is acknowledged");
}

pub(super) async fn depth_counts_what_waits(queue: &dyn Queue) {
    let depth = async || queue.depth(Lane::Assemblies).await.expect("a lane has a depth");
    for body in ["a", "b", "c"] {
        publish(queue, Lane::Assemblies, body).await;
    }
    eventually("three messages wait", async || depth().await == 3).await;
    let mut consumer = consume(queue, Lane::Assemblies, 1).await;
    let delivery = next(&mut consumer).await;
    eventually("the one under way does not count", async || depth().await == 2).await;
    delivery.acknowledge().await.expect("a message is acknowledged");
}

pub(super) async fn a_consumer_survives_a_purge(
    queue: &dyn Queue,
    purge: &impl AsyncFn() -> Result<(), QueueError>,
) {
    let mut consumer = consume(queue, Lane::Batches, 1).await;
    publish(queue, Lane::Batches, "under way").await;
    let under_way = next(&mut consumer).await;
    publish(queue, Lane::Batches, "purged").await;
    purge().await.expect("the queue can be emptied");
    under_way.acknowledge().await.expect("a message is acknowledged");
    publish(queue, Lane::Batches, "published anew").await;
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), b"published anew");
    delivery.acknowledge().await.expect("a message is acknowledged");
}

pub(super) async fn a_delivery_outlives_its_consumer(queue: &dyn Queue) {
    for body in ["under way", "fetched ahead"] {
        publish(queue, Lane::Batches, body).await;
    }
    let mut consumer = consume(queue, Lane::Batches, 2).await;
    let under_way = next(&mut consumer).await;
    // A worker that shuts down takes nothing more, but finishes what it has.
    drop(consumer);
    let mut other = consume(queue, Lane::Batches, 2).await;
    let delivery = next(&mut other).await;
    assert_eq!(delivery.body(), b"fetched ahead");
    delivery.acknowledge().await.expect("a message is acknowledged");
    under_way.acknowledge().await.expect("a message is acknowledged");
    assert_quiet(&mut other).await;
}
