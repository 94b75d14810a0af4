//! What is told of mails to recipients.

use axum::http::Method;
use fabric::record;
use proto::archive::Receipt;
use proto::definition::{Transport, TransportKind};
use proto::delivery::{Delivery, Step};
use proto::fault::{Code, Fault};
use proto::key::Key;
use proto::run::{Head, Outcome, State, StoredDefinition};
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

fn email(to: &[&str]) -> Transport {
    let email = json!({"type": "email", "to": to, "message": "Please look."});
    serde_json::from_value(email).unwrap()
}

/// An export with two transports that mail, of which the first reached both of its recipients; its number.
async fn mailed(scene: &Scene) -> u64 {
    let number = scene.put(&document("a")).await;
    let run = scene.run_of(number).await;
    // As it is kept where mails are sent.
    let key = Key::definition(run.export, 1);
    let (bytes, tag) = scene.store.get(&key).await.unwrap();
    let mut stored: StoredDefinition = record::decode(&key, &bytes).unwrap();
    stored.definition.transports =
        vec![email(&["ann@example.org", "user:bob"]), email(&["eve@example.org"])];
    stored.original["document"]["ways"] = json!([{}, {}]);
    scene.store.replace(&key, record::encode(&stored), &tag).await.unwrap();
    let at = scene.coordinator.ambient.now();
    for recipient in ["ann@example.org", "user:bob"] {
        let receipt = Receipt {
            transport: 0,
            kind: TransportKind::Email,
            recipient: recipient.to_owned(),
            at,
            volumes: Vec::new(),
            delivered: None,
            subject: Some(format!("a for {recipient}")),
        };
        let word = recipient.replace([':', '@'], "-");
        record::create(&*scene.store, &Key::receipt(run, 0, &word), &receipt).await.unwrap();
    }
    let fault = Fault::new(Code::MailRefused, "nobody is called so");
    for (transport, step) in [(0, Step::Delivered), (1, Step::Failed { fault })] {
        let mut delivery = Delivery::default();
        delivery.note(at, 1, Step::Delivering);
        delivery.note(at, 1, step);
        record::create(&*scene.store, &Key::delivery(run, transport), &delivery).await.unwrap();
    }
    number
}

#[tokio::test]
async fn each_mail_is_told_of_once_and_so_is_why_there_is_none() {
    let scene = Scene::new().await;
    let number = mailed(&scene).await;
    scene.end_run(number, State::Done).await;
    let listed = async |kind: &str| {
        let path = format!("event/list?sort=_id&type={kind}");
        let listed = scene.ask(Method::GET, &path, &Value::Null).await.json();
        let events = listed["objects"].as_array().unwrap().iter();
        events.map(|one| one["event"]["info"].clone()).collect::<Vec<_>>()
    };
    let sent = |to: &str| {
        json!({"type": "transport", "recipients": [to], "subject": format!("a for {to}"),
            "message": "Please look."})
    };
    let expected = [sent("ann@example.org"), sent("user:bob")];
    assert_eq!(listed("EMAIL_SENT").await, expected);
    let finished = &listed("EXPORT_TRANSPORT_FINISH").await[0];
    assert_eq!(finished["email_sent_to"], json!(["ann@example.org", "user:bob"]));
    assert_eq!(finished["email_sent_error"], Value::Null);
    let failed = &listed("EXPORT_TRANSPORT_FAILED").await[0];
    assert_eq!(
        (&failed["email_sent_to"], &failed["transport_state"]),
        (&json!([]), &json!("failed"))
    );
    assert_eq!(failed["transport"], json!({"type": "email", "_id": 1}));
    assert_eq!(failed["email_sent_error"], "nobody is called so [mail_refused]");
    let log = failed["transport_log"].as_array().unwrap();
    assert!(log[1].as_str().unwrap().ends_with("failed: nobody is called so [mail_refused]"));
    // The run is taken up again, and ends again.
    let run = scene.run_of(number).await;
    let head: Head = record::read(&*scene.store, &Key::head(run.export)).await.unwrap();
    let outcome: Outcome = record::read(&*scene.store, &Key::outcome(run)).await.unwrap();
    scene.pass(60);
    let again = Outcome { at: scene.coordinator.ambient.now(), ..outcome };
    scene.coordinator.conclude(run, &head, &again).await.unwrap();
    assert_eq!(listed("EMAIL_SENT").await, expected);
    assert_eq!(listed("EXPORT_TRANSPORT_FINISH").await.len(), 2);
}
