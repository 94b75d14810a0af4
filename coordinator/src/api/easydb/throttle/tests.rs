//! Who may try how often, and at once.

use futures::FutureExt;
use futures::future::join_all;

use super::*;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

async fn fail(throttle: &Throttle, login: &str, at: i64) -> Result<(), Duration> {
    throttle.begin(Some(login), None, second(at)).await.map(Attempt::failed)
}

#[tokio::test]
async fn whoever_is_wrong_too_often_waits_and_others_do_not() {
    let throttle = Throttle::default();
    for _ in 0..10 {
        fail(&throttle, "ann", 0).await.unwrap();
    }
    assert_eq!(fail(&throttle, "ann", 0).await, Err(Duration::from_secs(30)));
    fail(&throttle, "bob", 0).await.unwrap();
    fail(&throttle, "ann", 30).await.unwrap();
    assert_eq!(fail(&throttle, "ann", 31).await, Err(Duration::from_secs(29)));
}

#[tokio::test]
async fn guesses_at_once_get_no_further_than_one_after_another_and_lock_out_no_longer() {
    let throttle = Throttle::default();
    let guess = async || {
        let attempt = throttle.begin(Some("ann"), None, second(0)).await?;
        tokio::task::yield_now().await;
        attempt.failed();
        Ok::<_, Duration>(())
    };
    let guesses = join_all((0..50).map(|_| guess())).await;
    let (tried, refused): (Vec<_>, Vec<_>) = guesses.into_iter().partition(Result::is_ok);
    assert_eq!((tried.len(), refused.len()), (10, 40));
    assert!(refused.iter().all(|one| *one == Err(Duration::from_secs(30))), "{refused:?}");
    drop(throttle.begin(Some("ann"), None, second(30)).await.unwrap());
}

#[tokio::test]
async fn only_a_no_counts_as_a_failure() {
    let throttle = Throttle::default();
    let address = Some("192.0.2.1".parse().unwrap());
    for _ in 0..1000 {
        drop(throttle.begin(Some("ann"), address, second(0)).await.unwrap());
    }
    fail(&throttle, "ann", 0).await.unwrap();
}

#[tokio::test]
async fn many_sign_in_at_once_and_not_without_end() {
    let throttle = Throttle::default();
    let begin = || throttle.begin(Some("service"), None, second(0));
    let mut under_way = Vec::new();
    for _ in 0..10 {
        under_way.push(begin().await.unwrap());
    }
    let mut waiting: Vec<_> = (0..40).map(|_| Box::pin(begin())).collect();
    for one in &mut waiting {
        assert!(one.as_mut().now_or_never().is_none());
    }
    assert_eq!(begin().await.err(), Some(SOON));
    drop(under_way);
    let entered = waiting.into_iter().map(|one| async move { one.await.map(drop) });
    assert_eq!(join_all(entered).await, [Ok(()); 40]);
    fail(&throttle, "service", 0).await.unwrap();
}

#[tokio::test]
async fn whoever_waits_and_goes_away_leaves_room() {
    let throttle = Throttle::default();
    let begin = || throttle.begin(Some("service"), None, second(0));
    let mut under_way = Vec::new();
    for _ in 0..10 {
        under_way.push(begin().await.unwrap());
    }
    for _ in 0..100 {
        assert!(begin().now_or_never().is_none());
    }
    under_way.pop();
    drop(begin().await.unwrap());
}

#[tokio::test]
async fn an_address_that_tries_many_logins_is_throttled() {
    let throttle = Throttle::default();
    let begin = async |login: usize, address: &str| {
        let login = format!("user-{login}");
        let address = Some(address.parse().unwrap());
        throttle.begin(Some(&login), address, second(0)).await.map(Attempt::failed)
    };
    for login in 0..100 {
        begin(login, &format!("2001:db8::{login:x}")).await.unwrap();
    }
    begin(100, "2001:db8::1:1").await.unwrap_err();
    begin(101, "2001:db8:0:1::1").await.unwrap();
    begin(102, "::ffff:192.0.2.1").await.unwrap();
}

#[tokio::test]
async fn those_of_whom_nothing_is_known_are_limited_together_and_lock_nobody_out() {
    let throttle = Throttle::default();
    let begin = || throttle.begin(None, None, second(0));
    for _ in 0..1000 {
        begin().await.unwrap().failed();
    }
    let mut under_way = Vec::new();
    for _ in 0..200 {
        under_way.push(begin().await.unwrap());
    }
    assert_eq!(begin().await.err(), Some(SOON));
    fail(&throttle, "ann", 0).await.unwrap();
    under_way.pop();
    drop(begin().await.unwrap());
}
