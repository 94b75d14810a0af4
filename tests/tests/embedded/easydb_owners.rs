//! The mail to the owner of an easydb export: once a run has ended, in their language, with where the files are and
//! what went wrong.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Letter, MailServer, until};

use super::served::Served;
use crate::dialect::Guest;

/// How long it may take until it is told that a mail was sent.
const DEADLINE: Duration = Duration::from_mins(1);

fn config(mails: &MailServer, address: &str, more: &str) -> String {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    format!(
        "[easydb]\nsource = \"catalogue\"\nname = \"Museum\"\n{more}\
         [sources.catalogue]\nkind = \"easydb\"\npath = \"{}\"\n\
         [coordinator]\nattempts = 2\ndeliver_for = \"1s\"\n\
         [targets.backup]\nkind = \"rsync\"\nto = \"{{folder}}/there\"\n{}\
         [users.local]\nemail = \"{address}\"\nlanguage = \"de\"\nname = \"Lena\"\n",
        catalogue.display(),
        mails.config(),
    )
}

fn document(name: &str, ways: &Value) -> Value {
    json!({"_transports": ways,
        "export": {"name": name, "search": {"search": []}, "json": true, "batch_size": 7}})
}

/// The events of mails, once there are so many.
async fn told(guest: &Guest, count: usize) -> Vec<Value> {
    until("events of mails", DEADLINE, async || {
        let listed = guest.0.get("/api/v1/event/list?type=EMAIL_SENT").await?.body;
        let events = listed["objects"].as_array().cloned().unwrap_or_default();
        Ok((events.len() >= count).then_some(events))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn an_owner_reads_how_a_run_ended_and_fetches_what_it_made() {
    let mails = MailServer::failing().await.unwrap();
    // Of this address the first mail is taken, and the connection breaks before that is said.
    let served = Served::start(&config(&mails, "drop@example.org", "")).await;
    let guest = Guest(served.api.clone());
    let path = guest.puts(&document("Bilder <1>", &json!([{"type": "download"}]))).await;
    let shown = guest.sees_end(&path, 1).await;
    let owner = json!({"_basetype": "user",
        "user": {"type": "easydb", "login": "local", "_generated_displayname": "Lena"}});
    assert_eq!((&shown["_owner"], &shown["_log"][0]["_user"]), (&owner, &owner), "{shown:#}");
    let letters = mails.took(2).await.unwrap();
    let ids: Vec<&str> = letters.iter().map(|letter| letter.header("Message-ID")).collect();
    assert!(ids[0] == ids[1] && ids[0].contains(".end-"), "{ids:?}");
    let letter: &Letter = &letters[1];
    assert_eq!(
        (letter.to(), letter.header("Subject")),
        ("drop@example.org", "Bilder <1> ist fertig")
    );
    assert_eq!(letter.part("defects"), &json!([]));
    let plain = letter.text("plain");
    assert!(plain.starts_with("Guten Tag Lena,"), "{plain}");
    let number = path.rsplit('/').next().unwrap();
    assert!(plain.contains(&format!("(Nr. {number}, Lauf 1)")), "{plain}");
    assert!(letter.text("html").contains("Bilder &lt;1&gt;"), "{}", letter.text("html"));
    let link = plain.lines().find(|line| line.starts_with("http")).unwrap();
    let file = served.path("mailed.zip");
    guest.0.download(link, &file).await.unwrap();
    assert!(super::tool::tool("unzip", ["-t".as_ref(), file.as_os_str()]).contains("No errors"));

    let events = told(&guest, 1).await;
    let info = json!({"type": "export", "recipients": ["user:local"],
        "subject": "Bilder <1> ist fertig", "message": null});
    assert_eq!((events.len(), &events[0]["event"]["info"]), (1, &info));

    // What went wrong is told too; there is no place for this one.
    let ways = json!([{"type": "rsync", "options": {"destination": "backup"}}]);
    let path = guest.puts(&document("kaputt", &ways)).await;
    guest.sees_end(&path, 1).await;
    let letters = mails.took(3).await.unwrap();
    assert_eq!(letters.len(), 3);
    let letter = &letters[2];
    assert_eq!(letter.header("Subject"), "kaputt ist fertig, mit Warnungen");
    assert!(letter.text("plain").contains("[target_unavailable]"), "{}", letter.text("plain"));
    assert!(!letter.text("plain").contains("http"), "{}", letter.text("plain"));
    assert_eq!(told(&guest, 2).await.len(), 2);
}

#[tokio::test]
async fn who_wants_to_hear_of_trouble_alone_hears_of_nothing_else() {
    let mails = MailServer::failing().await.unwrap();
    let more = "owner_mails = \"trouble\"\n";
    let served = Served::start(&config(&mails, "lena@example.org", more)).await;
    let guest = Guest(served.api.clone());
    let path = guest.puts(&document("gut", &json!([{"type": "download"}]))).await;
    guest.sees_end(&path, 1).await;
    let ways = json!([{"type": "rsync", "options": {"destination": "backup"}}]);
    let path = guest.puts(&document("kaputt", &ways)).await;
    guest.sees_end(&path, 1).await;
    let letters = mails.took(1).await.unwrap();
    let subjects: Vec<&str> = letters.iter().map(|letter| letter.header("Subject")).collect();
    assert_eq!(subjects, ["kaputt ist fertig, mit Warnungen"]);
    assert_eq!(told(&guest, 1).await.len(), 1);
}
