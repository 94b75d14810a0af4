//! Tokens that nobody knows: the catalogue's server is asked for few of them.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use axum::http::Method;
use futures::future::join_all;

use super::super::scene::{Answer, Scene};
use super::{configuration, cookie, text};

impl Scene {
    /// The session of a token, asked for from an address.
    async fn session_from(&self, peer: &str, name: &str) -> Answer {
        let (peer, cookie) = (SocketAddr::new(peer.parse().unwrap(), 4711), cookie(name));
        self.get_from(peer, "/authn/session", &[("cookie", &cookie)]).await
    }
}

#[tokio::test]
async fn all_who_come_with_a_token_at_once_have_it_asked_for_once() {
    let scene = Scene::new().await;
    let configuration = configuration();
    for (name, status) in [("carl", 201), ("ann", 201)] {
        let before = scene.asked.load(Ordering::Relaxed);
        let ask = || scene.call(Method::POST, "/deriva/export/file", name, &configuration);
        let made = join_all((0..20).map(|_| ask())).await;
        assert!(made.iter().all(|made| made.status == status), "{}", text(&made[0]));
        assert_eq!(scene.asked.load(Ordering::Relaxed) - before, 1, "{name}");
    }
    let shown = join_all((0..20).map(|_| scene.session_from("9.9.9.9", "dora"))).await;
    assert!(shown.iter().all(|shown| shown.status == 404));
    assert_eq!(scene.asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn whoever_makes_tokens_up_waits_and_others_do_not() {
    let scene = Scene::new().await;
    for number in 0..100 {
        let answer = scene.session_from("9.9.9.9", &format!("guess-{number}")).await;
        assert_eq!(answer.status, 404, "{number}");
    }
    let asked = scene.asked.load(Ordering::Relaxed);
    let answer = scene.session_from("9.9.9.9", "guess-100").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "1"));
    assert!(text(&answer).contains("unauthenticated"), "{}", text(&answer));
    assert_eq!(scene.asked.load(Ordering::Relaxed), asked);
    assert_eq!(scene.session_from("8.8.8.8", "ann").await.status, 200);
    scene.pass(1);
    assert_eq!(scene.session_from("9.9.9.9", "ann").await.status, 200);
}
