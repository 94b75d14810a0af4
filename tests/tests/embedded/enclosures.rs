//! Mails with the result in them: as large as the mail server takes, and with links beyond.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tests::{Letter, MailServer, Security, sha256};

use super::served::Served;

const SOURCES: &str = "[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n";

/// Lines that no compressor makes shorter than 30,000 bytes.
fn noise() -> String {
    let (mut text, mut state) = ("id,content\n".to_owned(), 0x9e37_79b9_7f4a_7c15_u64);
    for id in 0..6000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        writeln!(text, "{id},{state:016x}").unwrap();
    }
    text
}

fn definition(to: &[&str]) -> Value {
    json!({
        "name": "Noise",
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "transports": [{"type": "email", "to": to, "attach": {}}],
    })
}

/// What a run to these recipients mailed, in the order of arrival, and where it can be fetched.
async fn mailed(mails: &MailServer, to: &[&str]) -> (Served, Vec<Letter>) {
    mailed_as(mails, &mails.config(), &noise(), &definition(to)).await
}

/// The same of a table by a definition, where mails are configured so.
async fn mailed_as(
    mails: &MailServer,
    config: &str,
    table: &str,
    definition: &Value,
) -> (Served, Vec<Letter>) {
    let served = Served::start(&format!("{SOURCES}{config}")).await;
    fs::write(served.path("s.csv"), table).unwrap();
    let export = served.export(definition).await;
    let shown = served.ended(&export, 1).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    (served, mails.letters().unwrap())
}

/// Fetches the archive by the link in a mail; its SHA-256.
async fn fetched(served: &Served, letter: &Letter) -> String {
    assert_eq!(letter.part("attachments"), &json!([]), "{letter:?}");
    let link = letter.text("plain").lines().find(|line| line.starts_with("http")).unwrap();
    let file = served.path("fetched.zip");
    served.api.download(link, &file).await.unwrap();
    sha256(&file).unwrap()
}

#[tokio::test]
async fn who_comes_after_a_mail_that_was_too_large_gets_a_link_to_the_same_bytes() {
    let mails = MailServer::failing().await.unwrap();
    let to = ["first@example.org", "small@example.org", "last@example.org"];
    let (served, letters) = mailed(&mails, &to).await;
    let addressed: Vec<&str> = letters.iter().map(Letter::to).collect();
    assert_eq!(addressed, to);
    let sum = letters[0].part("attachments")[0][1].as_str().unwrap();
    for letter in &letters[1..] {
        assert_eq!(fetched(&served, letter).await, sum);
    }
    // Each size was told before it was sent.
    let asked = mails.asked().unwrap();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked.iter().all(|asked| asked.contains(" SIZE=")), "{asked:?}");
}

#[tokio::test]
async fn a_mail_beyond_the_size_that_the_server_tells_is_not_even_begun() {
    const LIMIT: u64 = 20_000;
    let mails = MailServer::sink(Security::Starttls, LIMIT).await.unwrap();
    let (served, letters) = mailed(&mails, &["a@example.org", "b@example.org"]).await;
    let sums = [fetched(&served, &letters[0]).await, fetched(&served, &letters[1]).await];
    assert_eq!((letters.len(), &sums[0]), (2, &sums[1]));
    let asked = mails.asked().unwrap();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for asked in asked {
        let size = asked.split(" SIZE=").nth(1).unwrap().split(' ').next().unwrap();
        assert!(size.parse::<u64>().unwrap() <= LIMIT, "{asked}");
    }
}

#[tokio::test]
async fn what_is_beyond_the_wish_of_the_export_or_of_the_operator_or_of_many_files_is_linked() {
    let mails = MailServer::sink(Security::Starttls, 40 << 20).await.unwrap();
    let config = mails.config();
    let to = ["a@example.org"];
    let mut asked_less = definition(&to);
    asked_less["transports"][0]["attach"] = json!({"up_to": "10KiB"});
    let allowed_less = config.replace("[email]\n", "[email]\nattach_up_to = \"10KiB\"\n");
    for (config, definition) in [(&config, asked_less), (&allowed_less, definition(&to))] {
        let (served, mut letters) = mailed_as(&mails, config, &noise(), &definition).await;
        fetched(&served, &letters.pop().unwrap()).await;
    }
    let mut many = definition(&to);
    many["outputs"] = json!([{"to": "{id}.json", "from": "s", "format": "json", "per": "record"}]);
    many["transports"][0]["packer"] = json!("none");
    for (files, is_attached) in [(20, true), (21, false)] {
        let table: String = (0..files).fold("id\n".to_owned(), |text, id| format!("{text}{id}\n"));
        let (_served, mut letters) = mailed_as(&mails, &config, &table, &many).await;
        let letter = letters.pop().unwrap();
        let attached = letter.part("attachments").as_array().unwrap().len();
        assert_eq!(attached, if is_attached { files } else { 0 }, "{letter:?}");
    }
}
