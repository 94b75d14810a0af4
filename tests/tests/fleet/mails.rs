//! Mails of a fleet: a real mail server, real links.

use reqwest::Url;
use serde_json::json;
use tests::{MailServer, sha256};

use super::crew::Crew;
use super::load::Load;

const PEOPLE: &str =
    "[users.anna]\nemail = \"anna@example.org\"\nlanguage = \"de\"\nname = \"Anna\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_too_large_for_the_mail_server_is_fetched_by_the_link_in_the_mail() {
    let server = MailServer::exim("100K").await.unwrap();
    let load = Load::small();
    let more = format!("{}{PEOPLE}", server.config());
    let mut crew = Crew::configured(&load.sources, &more).await;
    let expected = load.sha256(&crew.fleet).await;
    let mut definition = load.definition();
    definition["transports"] = json!([{
        "type": "email", "to": ["user:anna", "x@example.org", "nouser@example.org"],
        "subject": "Ihr Export – № 1", "message": "Viele Grüße", "attach": {},
    }]);
    let run = crew.submit(&definition).await;
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done_with_warnings", "{shown:#}");
    assert_eq!(shown["faults"][0]["code"], "mail_refused", "{shown:#}");

    let receipts = shown["transports"][0]["receipts"].as_array().unwrap();
    assert_eq!(receipts.len(), 2);
    for receipt in receipts {
        let delivered = &receipt["delivered"];
        assert!(delivered["answer"].as_str().unwrap().starts_with("250 "), "{receipt:#}");
        assert_eq!(
            (&delivered["place"], &delivered["files"]),
            (&json!("links in the mail"), &json!(1))
        );
        assert_eq!(delivered["bytes"], receipt["volumes"][0]["len"], "{receipt:#}");
        assert_eq!(delivered["digest"].as_str().unwrap().len(), 64);
    }

    let letters = server.took(2).await.unwrap();
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        assert_eq!(letter.part("defects"), &json!([]));
        assert_eq!(letter.part("attachments"), &json!([]));
        assert_eq!(letter.header("Subject"), "Ihr Export – № 1");
        assert!(letter.text("plain").contains("Viele Grüße"), "{letter:?}");
        let link = letter.text("plain").lines().find(|line| line.starts_with("http"));
        let link = Url::parse(link.unwrap()).unwrap();
        // The escaping of HTML takes slashes along.
        let html = letter.text("html").replace("&#x2f;", "/");
        assert!(html.contains(link.as_str()), "{letter:?}");
        let file = crew.fleet.dir().join("mailed.zip");
        crew.ann.download(link.as_str(), &file).await.unwrap();
        assert_eq!(sha256(&file).unwrap(), expected);
    }
    let anna = letters.iter().find(|letter| letter.to() == "anna@example.org").unwrap();
    assert!(anna.text("plain").starts_with("Guten Tag Anna,"), "{anna:?}");
}
