//! Mails of a run in one process, to a mail server that fails in every way that they do.

use serde_json::{Value, json};
use tests::{Letter, MailServer};

use super::desk::Desk;

/// Anna reads German and has a name that would be several headers if it were not quoted.
const PEOPLE: &str = "[users.anna]\nemail = \"anna@example.org\"\nlanguage = \"de\"\n\
     name = \"Änna, \\\"the\\\" <boss@example.org>\"\n\
     [users.bert]\nemail = \"bert@example.org\"\n[groups.editors]\nmembers = [\"bert\", \"anna\"]\n";

fn definition(to: &[&str]) -> Value {
    json!({
        "name": "Bcc: everybody & <all>",
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}},
        "transports": [
            {"type": "download"},
            {"type": "email", "to": to, "attach": {}, "message": "Hello.\r\n.\r\nMAIL FROM:<x@y.z>\r\n..."},
        ],
    })
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("s.csv", "id,name\n1,a\n");
    desk
}

fn to<'l>(letters: &'l [Letter], name: &str) -> Vec<&'l Letter> {
    let address = format!("{name}@example.org");
    letters.iter().filter(|letter| letter.to() == address).collect()
}

#[tokio::test]
async fn who_can_be_reached_gets_the_archive_once_whatever_goes_wrong_in_between() {
    let (server, desk) = (MailServer::failing().await.unwrap(), desk());
    let recipients = [
        "user:anna",
        "group:editors",
        "greylist@example.org",
        "busy@example.org",
        "drop@example.org",
        "nouser@example.org",
        "jürgen@example.org",
    ];
    let config = format!("{}{PEOPLE}", server.config());
    let ran = desk.define(&definition(&recipients)).config(&config).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let result = ran.result();
    assert_eq!(result["state"], "done_with_warnings");
    let fault = &result["faults"][0];
    assert_eq!(fault["code"], "mail_refused", "{result:#}");
    assert_eq!((&fault["transport"], &fault["place"]), (&json!(1), &json!("nouser@example.org")));
    // Whose it is stands beside what the server said, for its owner; that goes to the log too.
    assert!(!fault["message"].to_string().contains('@'), "{fault:#}");

    let letters = server.letters().unwrap();
    for name in ["anna", "bert", "greylist", "busy", "jürgen"] {
        assert_eq!(to(&letters, name).len(), 1, "{name}");
    }
    // Nobody could know that the first one had arrived; its identity tells the two for one.
    let twice = to(&letters, "drop");
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0].header("Message-ID"), twice[1].header("Message-ID"));
    assert_eq!(to(&letters, "nouser").len(), 0);
    assert_eq!(letters.len(), 7);

    let sum = ran.sha256();
    for letter in &letters {
        assert_eq!(letter.part("defects"), &json!([]));
        assert_eq!(letter.part("attachments")[0][1], sum.as_str(), "{letter:?}");
        assert_eq!(letter.header("Bcc"), "");
        assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
        assert!(letter.text("plain").contains("MAIL FROM:<x@y.z>\n..."), "{letter:?}");
        assert!(letter.text("html").contains("Bcc: everybody &amp; &lt;all&gt;"), "{letter:?}");
    }
    let anna = to(&letters, "anna")[0];
    assert_eq!(anna.header("Subject"), "Bcc: everybody & <all> steht bereit");
    let addressed = json!([["Änna, \"the\" <boss@example.org>", "anna@example.org"]]);
    assert_eq!(anna.part("addressed"), &addressed);
    assert_eq!(to(&letters, "bert")[0].header("Subject"), "Bcc: everybody & <all> is ready");
}

#[tokio::test]
async fn a_transport_that_reaches_nobody_fails() {
    let (server, desk) = (MailServer::failing().await.unwrap(), desk());
    let ran =
        desk.define(&definition(&["nouser@example.org"])).config(&server.config()).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    let fault = &ran.result()["faults"][0];
    assert_eq!(fault["code"], "mail_refused");
    assert!(fault["message"].to_string().contains("no such user"), "{fault:#}");
    assert!(!fault["message"].to_string().contains('@'), "{fault:#}");
    assert!(!ran.said.contains("nouser@example.org"), "{}", ran.said);
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_prove_itself_or_refuses_the_login() {
    let (server, desk) = (MailServer::failing().await.unwrap(), desk());
    let asked = definition(&["x@example.org"]);
    let wrong_password = server.config().replace("s3cret", "canary-secret");
    let unknown = server
        .config()
        .lines()
        .filter(|line| !line.starts_with("ca_file"))
        .fold(String::new(), |text, line| text + line + "\n");
    for (name, config) in [("password", wrong_password), ("authority", unknown)] {
        let ran = desk.define(&asked).apart(name).config(&config).run().await;
        assert_eq!(ran.code, 1, "{name}: {}", ran.said);
        assert_eq!(ran.result()["faults"][0]["code"], "mail_refused", "{name}: {}", ran.said);
        assert!(!ran.said.contains("canary-secret"), "{}", ran.said);
    }
    assert_eq!(server.letters().unwrap().len(), 0);
}

#[tokio::test]
async fn recipients_and_subjects_that_would_be_more_than_one_are_refused_with_their_places() {
    let desk = desk();
    let mut asked = definition(&[
        "user:ana",
        "group:nobody",
        "a@b.c\r\nBcc: x@y.z",
        "a@b.c, d@e.f",
        "A <a@b.c>",
    ]);
    asked["transports"][1]["subject"] = json!("Ready\r\nBcc: x@y.z");
    let config = format!("[email]\nserver = \"smtp://localhost\"\nfrom = \"a@b.c\"\n{PEOPLE}");
    let ran = desk.define(&asked).config(&config).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&[
        "/transports/1/to/2: ",
        "/transports/1/to/3: ",
        "/transports/1/to/4: ",
        "/transports/1/subject: a subject is one line",
    ]);
    let asked = definition(&["user:ana", "group:nobody"]);
    let ran = desk.define(&asked).config(&config).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&[
        "/transports/1/to/0: there is no user \"ana\" [unknown_recipient] (did you mean `user:anna`?)",
        "/transports/1/to/1: there is no group \"nobody\" [unknown_recipient]",
    ]);
    let ran = desk.define(&definition(&["a@b.c"])).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transports/1: no mails are sent from here [not_configured]"]);
}
