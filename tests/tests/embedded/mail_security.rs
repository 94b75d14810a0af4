//! The ways to a mail server: TLS from the first byte, STARTTLS, and in the clear.

use serde_json::{Value, json};
use tests::{MailServer, Security};

use super::desk::Desk;

fn definition() -> Value {
    json!({
        "name": "Mailed",
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}},
        "transports": [{"type": "email", "to": ["a@example.org"], "attach": {}}],
    })
}

/// Sends a mail to a server, with another key in `[email]`; the exit code, what went wrong where it
/// did, and how many mails arrived.
async fn check(security: Security, config: &str) -> (i32, Value, usize) {
    let server = MailServer::sink(security, 40 << 20).await.unwrap();
    let desk = Desk::new();
    desk.write("s.csv", "id\n1\n");
    let config = format!("{}{config}\n", server.config());
    let ran = desk.define(&definition()).config(&config).run().await;
    assert!(!ran.said.contains("s3cret"), "{}", ran.said);
    (ran.code, ran.result()["faults"][0]["code"].clone(), server.letters().unwrap().len())
}

#[tokio::test]
async fn a_server_that_is_encrypted_from_the_first_byte_takes_mails() {
    assert_eq!(check(Security::Wrapped, "").await, (0, Value::Null, 1));
}

#[tokio::test]
async fn what_is_offered_is_used_where_it_need_not_be() {
    for starttls in ["opportunistic", "required"] {
        let config = format!("starttls = \"{starttls}\"");
        assert_eq!(check(Security::Starttls, &config).await, (0, Value::Null, 1));
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_told_nothing_unless_the_operator_wants_it() {
    let refused = json!("mail_refused");
    assert_eq!(check(Security::Plain, "").await, (1, refused, 0));
    for starttls in ["opportunistic", "never"] {
        let config = format!("starttls = \"{starttls}\"");
        assert_eq!(check(Security::Plain, &config).await, (0, Value::Null, 1), "{starttls}");
    }
}

#[tokio::test]
async fn a_server_that_wants_encryption_takes_nothing_without() {
    let (code, _, letters) = check(Security::Starttls, "starttls = \"never\"").await;
    assert_eq!((code, letters), (1, 0));
}
