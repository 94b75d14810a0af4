//! Promises about messages that are set aside.

use proto::fault::{Code, Fault};

use super::{
    Lane, Outgoing, PATIENCE, QUIET, Queue, Release, assert_quiet, consume, eventually, next,
    publish,
};

fn fault() -> Fault {
    Fault::new(Code::InvalidMessage, "it says \"v\": 2").hint("upgrade the older")
}

async fn park(queue: &dyn Queue, lane: Lane, body: &str) {
    let trace = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    queue.publish(lane, Outgoing { body: body.into(), trace }).await.expect("a message is taken");
    let mut consumer = consume(queue, lane, 1).await;
    next(&mut consumer).await.park(&fault()).await.expect("a message is parked");
    assert_quiet(&mut consumer).await;
}

pub(super) async fn a_parked_message_is_listed_with_its_fault(queue: &dyn Queue) {
    for body in ["first", "second", "third"] {
        park(queue, Lane::Deliveries, body).await;
    }
    // Listed as often as one likes, and left where they are.
    for _ in 0..2 {
        let parked = queue.parked(10).await.expect("parked messages are listed");
        let mut bodies: Vec<_> = parked.iter().map(|parked| parked.body.as_slice()).collect();
        bodies.sort_unstable();
        assert_eq!(bodies, [&b"first"[..], b"second", b"third"]);
        for parked in &parked {
            assert_eq!((parked.lane, &parked.fault), (Lane::Deliveries, &fault()));
        }
    }
    let count = async || queue.parked_len().await.expect("parked messages are counted");
    eventually("three messages are parked", async || count().await == 3).await;
    assert_eq!(queue.parked(2).await.expect("parked messages are listed").len(), 2);
    assert!(queue.parked(0).await.expect("parked messages are listed").is_empty());
}

pub(super) async fn a_parked_message_goes_back_or_away(queue: &dyn Queue) {
    for body in ["kept", "retried", "discarded"] {
        park(queue, Lane::Reports, body).await;
    }
    let parked = queue.parked(10).await.expect("parked messages are listed");
    let id = |body: &str| {
        let found = parked.iter().find(|parked| parked.body == body.as_bytes());
        found.map(|parked| parked.id.clone()).expect("it is parked")
    };
    let settle = async |id: &str, release| {
        queue.settle_parked(id, release).await.expect("the queue answers")
    };
    assert!(settle(&id("retried"), Release::Retry).await);
    assert!(settle(&id("discarded"), Release::Discard).await);
    assert!(!settle(&id("discarded"), Release::Discard).await, "it is gone");
    assert!(!settle("nobody", Release::Retry).await);
    let left = queue.parked(10).await.expect("parked messages are listed");
    assert_eq!(left.iter().map(|parked| parked.body.as_slice()).collect::<Vec<_>>(), [b"kept"]);
    let mut consumer = consume(queue, Lane::Reports, 4).await;
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), b"retried");
    assert!(delivery.trace().is_some(), "the trace survives parking");
    delivery.acknowledge().await.expect("a message is acknowledged");
    assert_quiet(&mut consumer).await;
}

pub(super) async fn a_message_that_always_comes_back_is_parked(queue: &dyn Queue) {
    publish(queue, Lane::Batches, "poison").await;
    let mut consumer = consume(queue, Lane::Batches, 1).await;
    let mut tries = 0;
    let until_parked = async {
        // A broker may take long to hand out a message again, so that its silence says nothing.
        while queue.parked(1).await.expect("parked messages are listed").is_empty() {
            if let Ok(Some(delivery)) = tokio::time::timeout(QUIET, consumer.next()).await {
                tries += 1;
                assert!(tries <= 100, "somebody stops it");
                delivery.give_back().await.expect("a message is given back");
            }
        }
    };
    tokio::time::timeout(PATIENCE, until_parked).await.expect("the message is parked");
    assert!(tries > 1, "it is tried more than once");
    let parked = queue.parked(10).await.expect("parked messages are listed");
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].lane, parked[0].body.as_slice()), (Lane::Batches, &b"poison"[..]));
    assert_eq!(parked[0].fault.code, Code::AttemptsExhausted);
    assert!(queue.settle_parked(&parked[0].id, Release::Retry).await.expect("the queue answers"));
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.body(), b"poison");
    delivery.acknowledge().await.expect("a message is acknowledged");
}
