//! What every queue promises, as one test for all of them.
//!
//! Panics where a promise is broken. The queue must belong to the suite alone; it is emptied between
//! promises with the given `purge`, which leaves parked messages where they are.

mod handing;
mod parking;
mod crowd;

use std::time::Duration;

use super::{Consumer, Delivery, Lane, Outgoing, Queue, QueueError, Release};

/// How long anything may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long nothing must happen before it is taken for never.
const QUIET: Duration = Duration::from_millis(200);

/// Checks every promise, one after the other.
pub async fn run(queue: &dyn Queue, purge: impl AsyncFn() -> Result<(), QueueError>) {
    let prepare = async |promise: &str| {
        tracing::info!(promise, "promise checked");
        purge().await.expect("the queue can be emptied");
        for parked in queue.parked(usize::MAX).await.expect("parked messages are listed") {
            queue.settle_parked(&parked.id, Release::Discard).await.expect("a parked message goes");
        }
    };
    prepare("a_published_message_is_delivered_with_its_trace").await;
    handing::a_published_message_is_delivered_with_its_trace(queue).await;
    prepare("lanes_do_not_mix").await;
    handing::lanes_do_not_mix(queue).await;
    prepare("an_unsettled_message_comes_again").await;
    handing::an_unsettled_message_comes_again(queue).await;
    prepare("a_message_given_back_comes_again").await;
    handing::a_message_given_back_comes_again(queue).await;
    prepare("no_more_than_the_prefetch_is_under_way").await;
    handing::no_more_than_the_prefetch_is_under_way(queue).await;
    prepare("waiting_for_a_message_can_be_given_up").await;
    handing::waiting_for_a_message_can_be_given_up(queue).await;
    prepare("depth_counts_what_waits").await;
    handing::depth_counts_what_waits(queue).await;
    prepare("a_consumer_survives_a_purge").await;
    handing::a_consumer_survives_a_purge(queue, &purge).await;
    prepare("a_delivery_outlives_its_consumer").await;
    handing::a_delivery_outlives_its_consumer(queue).await;
    prepare("a_parked_message_is_listed_with_its_fault").await;
    parking::a_parked_message_is_listed_with_its_fault(queue).await;
    prepare("a_parked_message_goes_back_or_away").await;
    parking::a_parked_message_goes_back_or_away(queue).await;
    prepare("a_message_that_always_comes_back_is_parked").await;
    parking::a_message_that_always_comes_back_is_parked(queue).await;
    prepare("many_publishers_and_consumers_lose_and_invent_nothing").await;
    crowd::many_publishers_and_consumers_lose_and_invent_nothing(queue).await;
    prepare("dropped_deliveries_come_again_and_nothing_else_does").await;
    crowd::dropped_deliveries_come_again_and_nothing_else_does(queue).await;
    prepare("ping").await;
    queue.ping().await.expect("the queue answers");
}

async fn publish(queue: &dyn Queue, lane: Lane, body: &str) {
    let message = Outgoing { body: body.into(), trace: None };
    queue.publish(lane, message).await.expect("a message is taken");
}

async fn consume(queue: &dyn Queue, lane: Lane, prefetch: u16) -> Box<dyn Consumer> {
    queue.consume(lane, prefetch).await.expect("a lane can be consumed")
}

async fn next(consumer: &mut Box<dyn Consumer>) -> Box<dyn Delivery> {
    tokio::time::timeout(PATIENCE, consumer.next())
        .await
        .expect("a message arrives in time")
        .expect("the queue is not shut down")
}

async fn assert_quiet(consumer: &mut Box<dyn Consumer>) {
    let unexpected = tokio::time::timeout(QUIET, consumer.next()).await;
    assert!(unexpected.is_err(), "no message arrives");
}

/// Waits until `condition` holds; a broker's count lags behind what was acknowledged, and it does not
/// say when it has caught up.
async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let until = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < until, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
