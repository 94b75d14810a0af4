//! Mails to owners: what is kept to be sent, and what is told once it was.

use axum::http::Method;
use fabric::record;
use proto::fault::{Code, Fault};
use proto::key::{Key, Prefix};
use proto::owner_mail::{OwnerMail, OwnerMailSent};
use proto::people::{People, User};
use proto::run::{BatchFault, Head, Outcome, State};
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;
use super::events::types;
use crate::{OwnerMails, Settings};

/// A scene in which Ann has an address.
async fn scene(owner_mails: OwnerMails) -> Scene {
    let mut scene = Scene::new().await;
    let ann = User { email: "ann@example.org".to_owned(), language: None, name: None };
    let people = People { users: [("ann".to_owned(), ann)].into(), ..People::default() };
    let settings = Settings {
        people: Some(people),
        owner_mails,
        instance: "Museum".to_owned(),
        ..Settings::default()
    };
    scene.coordinator.settings = settings.into();
    scene
}

fn with_download(name: &str) -> Value {
    let mut document = document(name);
    document["_transports"] = json!([{"type": "download"}]);
    document
}

/// What waits to be sent.
async fn waiting(scene: &Scene) -> Vec<OwnerMail> {
    let mut mails = Vec::new();
    for entry in scene.store.list(&Prefix::owner_mails(), None, 10).await.unwrap() {
        mails.push(record::read(&*scene.store, &entry.key).await.unwrap());
    }
    mails
}

/// Does once more what follows from the end of a run.
async fn concluded_again(scene: &Scene, number: u64) {
    let run = scene.run_of(number).await;
    let head: Head = record::read(&*scene.store, &Key::head(run.export)).await.unwrap();
    let outcome: Outcome = record::read(&*scene.store, &Key::outcome(run)).await.unwrap();
    scene.coordinator.conclude(run, &head, &outcome).await.unwrap();
}

#[tokio::test]
async fn an_owner_gets_one_mail_of_the_end_of_a_run_and_it_is_told_once() {
    let scene = scene(OwnerMails::All).await;
    let number = scene.put(&document("a")).await;
    scene.end_run(number, State::Done).await;
    concluded_again(&scene, number).await;
    let mails = waiting(&scene).await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.name.as_str(), mail.number, mail.state), ("a", number, State::Done));
    assert_eq!((mail.instance.as_str(), mail.records), ("Museum", 2));
    // Nobody asked for the archive that there is all the same.
    assert_eq!(mail.downloads, [0_u32; 0]);
    // An agent sent it and died before it took away what waited.
    let sent = OwnerMailSent {
        run: mail.run,
        ended: mail.at,
        at: scene.coordinator.ambient.now(),
        recipient: "user:ann".to_owned(),
        subject: "a is done".to_owned(),
    };
    record::create(&*scene.store, &sent.key(), &sent).await.unwrap();
    for _ in 0..2 {
        scene.coordinator.tell_owner_mails().await.unwrap();
        concluded_again(&scene, number).await;
        assert_eq!(waiting(&scene).await, []);
    }
    let left = scene.store.list(&Prefix::owner_mails_sent(), None, 1).await.unwrap();
    assert_eq!(left, []);
    let told = scene.ask(Method::GET, "event/list?type=EMAIL_SENT", &Value::Null).await.json();
    assert_eq!(types(&told["objects"]), ["EMAIL_SENT"]);
    let info = json!({"type": "export", "recipients": ["user:ann"], "subject": "a is done",
        "message": null});
    assert_eq!(told["objects"][0]["event"]["info"], info);
}

#[tokio::test]
async fn a_mail_to_an_owner_says_what_went_wrong_and_what_can_be_fetched() {
    let scene = scene(OwnerMails::Trouble).await;
    let number = scene.put(&with_download("a")).await;
    let run = scene.run_of(number).await;
    let fault = Fault::new(Code::TargetRefused, "it does not want it");
    let faults = vec![BatchFault { batch: None, transport: Some(0), fault }];
    let head: Head = record::read(&*scene.store, &Key::head(run.export)).await.unwrap();
    let mut outcome = Outcome {
        state: State::Failed,
        at: scene.coordinator.ambient.now(),
        counts: proto::run::Counts::default(),
        faults,
        warnings: Vec::new(),
    };
    scene.coordinator.keep_owner_mail(run, &head, &outcome).await.unwrap();
    let mails = waiting(&scene).await;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.state, mail.downloads.as_slice()), (State::DoneWithWarnings, &[0][..]));
    assert_eq!(mail.troubles, ["it does not want it [target_refused]"]);
    scene.store.delete(&[mail.key()]).await.unwrap();
    // What went well, and what somebody stopped, is no trouble.
    for state in [State::Done, State::Stopped] {
        outcome.state = state;
        scene.coordinator.keep_owner_mail(run, &head, &outcome).await.unwrap();
    }
    assert_eq!(waiting(&scene).await, []);
}

#[tokio::test]
async fn nobody_gets_a_mail_of_a_due_run_that_found_nothing() {
    let scene = scene(OwnerMails::All).await;
    let mut sent = document("a");
    sent["_schedules"] = json!([{"hours": [3]}]);
    let number = scene.put(&sent).await;
    scene.pass(24 * 3600);
    scene.coordinator.start_due().await.unwrap();
    let run = scene.run_of(number).await;
    let head: Head = record::read(&*scene.store, &Key::head(run.export)).await.unwrap();
    for (records, mails) in [(0, 0), (1, 1)] {
        let outcome = Outcome {
            state: State::Done,
            at: scene.coordinator.ambient.now(),
            counts: proto::run::Counts { records, ..proto::run::Counts::default() },
            faults: Vec::new(),
            warnings: Vec::new(),
        };
        scene.coordinator.keep_owner_mail(run, &head, &outcome).await.unwrap();
        assert_eq!(waiting(&scene).await.len(), mails, "{records}");
    }
}

#[tokio::test]
async fn nobody_without_an_address_and_nobody_who_wants_none_gets_a_mail() {
    let mut scene = scene(OwnerMails::None).await;
    scene.exported(&document("a"), State::Failed).await;
    assert_eq!(waiting(&scene).await, []);
    let settings = Settings {
        people: Some(People::default()),
        owner_mails: OwnerMails::All,
        ..Settings::default()
    };
    scene.coordinator.settings = settings.into();
    scene.exported(&document("b"), State::Failed).await;
    assert_eq!(waiting(&scene).await, []);
}
