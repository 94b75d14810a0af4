//! Who may see what, and what goes wrong when a test says so.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tests::Trouble;

use super::asked::Asked;

const CLOSED: &str = "/ermrest/catalog/8/entity/public:ERMrest_Client";
const ROWS: &str = "/ermrest/catalog/7/entity/pnc:subject";

#[tokio::test]
async fn cookies_tokens_and_passwords_tell_who_asks() {
    let asked = Asked::recorded().await;
    asked.server.allow_password("test1", "secret");
    let basic = format!("Basic {}", BASE64_STANDARD.encode("test1:secret"));
    let bearer = format!("Bearer {}", asked.token);
    for (name, value) in
        [("cookie", asked.cookie()), ("authorization", bearer), ("authorization", basic)]
    {
        let told = asked.ask("GET", CLOSED, &[(name, value.as_str())]).await;
        assert_eq!((told.status, told.text().as_str()), (200, "[]\n"), "{name}");
    }
    let told = asked.ask("GET", CLOSED, &[]).await;
    assert_eq!(told.status, 401);
    let other = format!("webauthn={}", asked.server.sign_in("other"));
    let told = asked.ask("GET", CLOSED, &[("cookie", other.as_str())]).await;
    assert_eq!(
        (told.status, told.text().as_str()),
        (403, "Access forbidden. Detail: select access on catalog/8\n")
    );
    assert_eq!(asked.ask("GET", ROWS, &[]).await.status, 200);
}

#[tokio::test]
async fn rights_in_documents_are_those_of_who_asks() {
    let asked = Asked::recorded().await;
    let uri = "/ermrest/catalog/7/schema";
    let told = asked.ask("GET", uri, &[]).await;
    let document: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(document["rights"]["owner"], false);
    let rights = &document["schemas"]["pnc"]["tables"]["subject"]["rights"];
    assert_eq!((&rights["select"], &rights["delete"]), (&Value::Bool(true), &Value::Bool(false)));
}

#[tokio::test]
async fn a_session_tells_its_client_until_it_ends() {
    let asked = Asked::recorded().await;
    let cookie = asked.cookie();
    let headers = [("cookie", cookie.as_str())];
    let told = asked.ask("GET", "/authn/session", &headers).await;
    let session: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(session["client"]["id"], "test1");
    asked.server.end_session(&asked.token);
    assert_eq!(asked.ask("GET", "/authn/session", &headers).await.status, 404);
    let again = format!("webauthn={}", asked.server.sign_in("test1"));
    let headers = [("cookie", again.as_str())];
    asked.server.end_sessions_after(2);
    for status in [200, 200, 401] {
        assert_eq!(asked.ask("GET", CLOSED, &headers).await.status, status);
    }
    let last = format!("webauthn={}", asked.server.sign_in("test1"));
    asked.server.end_sessions();
    assert_eq!(asked.ask("GET", CLOSED, &[("cookie", last.as_str())]).await.status, 401);
}

#[tokio::test]
async fn troubles_come_to_the_requests_that_they_are_meant_for() {
    let asked = Asked::recorded().await;
    asked
        .server
        .fail_next(ROWS, [Trouble::Status(503, Some(7)), Trouble::TimeLimit, Trouble::Half]);
    let told = asked.ask("GET", ROWS, &[]).await;
    assert_eq!((told.status, told.headers["retry-after"].as_str()), (503, "7"));
    let told = asked.ask("GET", ROWS, &[]).await;
    let expected = "Request malformed. Detail: Query run time limit exceeded.\n";
    assert_eq!((told.status, told.text().as_str()), (400, expected));
    let half = asked.ask("GET", ROWS, &[]).await;
    let whole = asked.ask("GET", ROWS, &[]).await;
    assert_eq!(half.body, whole.body[..whole.body.len() / 2]);
    asked.server.fail_nth(ROWS, 2, Trouble::Status(429, None));
    for status in [200, 429, 200] {
        assert_eq!(asked.ask("GET", ROWS, &[]).await.status, status);
    }
    assert_eq!(asked.server.count(ROWS), 7);
    assert_eq!(asked.server.asked()[0], format!("GET {ROWS}"));
    asked.server.fail_next(ROWS, [Trouble::Cut, Trouble::Late(Duration::from_millis(300))]);
    let cut = match asked.begin("GET", ROWS, &[]).await {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(cut, "it came whole");
    let begun = Instant::now();
    assert_eq!(asked.ask("GET", ROWS, &[]).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_session_ends_with_the_request_that_it_is_to_end_with() {
    let asked = Asked::recorded().await;
    asked.server.fail_next(CLOSED, [Trouble::Expired]);
    let cookie = asked.cookie();
    assert_eq!(asked.ask("GET", CLOSED, &[("cookie", cookie.as_str())]).await.status, 401);
}

#[tokio::test]
async fn pages_that_take_too_long_have_to_be_smaller() {
    let asked = Asked::recorded().await;
    asked.server.limit_run_time(2);
    assert_eq!(asked.csv("entity/pnc:subject@sort(RID)?limit=4").await.status, 400);
    assert_eq!(asked.csv("entity/pnc:subject@sort(RID)?limit=2").await.status, 200);
}
