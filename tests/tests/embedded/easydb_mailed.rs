//! Mails to the recipients of an easydb export: each in the language that the recipient reads, in words of the operator's
//! that say what easydb's own templates are told.

use std::fs;
use std::path::Path;

use serde_json::json;
use tests::{Letter, MailServer};

use super::served::Served;
use crate::dialect::Guest;

/// What templates are told by the names that it has in easydb, and the export's own message.
const WORDS: &str = "{{ export_name }}|{{ export_id }}|{{ login }}|{{ first_name }}|{{ last_name }}|\
    {{ _generated_displayname }}|{{ easydb_name }}|{{ easydb_url }}|{{ lang }}|{{ message }}|\
    {% for download in downloads %}{{ download.url }}{% endfor %}|\
    {% for link in links %}{{ link.url }}{% endfor %}";

/// A server with a mail server, a user, and templates in a folder.
async fn served(mails: &MailServer, templates: &Path) -> Served {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    Served::start(&format!(
        "[easydb]\nsource = \"catalogue\"\nname = \"Museum\"\n\
         [sources.catalogue]\nkind = \"easydb\"\npath = \"{}\"\n{}templates = \"{}\"\n\
         [users.anna]\nemail = \"anna@example.org\"\nname = \"Anna Maria Seghers\"\n",
        catalogue.display(),
        mails.config(),
        templates.display(),
    ))
    .await
}

#[tokio::test]
async fn recipients_read_their_own_language_and_templates_say_what_those_of_easydb_do() {
    let mails = MailServer::failing().await.unwrap();
    let templates = tempfile::tempdir().unwrap();
    for language in ["en", "de"] {
        fs::write(templates.path().join(format!("{language}.txt")), WORDS).unwrap();
    }
    let served = served(&mails, templates.path()).await;
    let guest = Guest(served.api.clone());
    let address = |name: &str, language: Option<&str>| {
        let login = format!("{name}@example.org");
        json!({"user": {"type": "email", "login": login, "frontend_language": language}})
    };
    let recipients = json!([address("kurt", Some("de-DE")), address("jane", Some("en-US")),
        address("eve", None), {"user": {"_id": 4, "login": "anna"}}]);
    let ways =
        json!([{"type": "email", "email": {"recipients": recipients, "message": "Bitte prüfen."}}]);
    let export = json!({"name": "Bilder", "search": {"search": []}, "json": true});
    let path = guest.puts(&json!({"_transports": ways, "export": export})).await;
    let shown = guest.sees_end(&path, 1).await;
    assert_eq!(shown["_transports"][0]["email"]["recipients"], recipients, "{shown:#}");

    let (letters, number) = (mails.took(4).await.unwrap(), path.rsplit('/').next().unwrap());
    for (login, language, names) in [
        ("kurt@example.org", "de", "||kurt@example.org"),
        ("jane@example.org", "en", "||jane@example.org"),
        ("eve@example.org", "en", "||eve@example.org"),
        ("anna", "en", "Anna Maria|Seghers|Anna Maria Seghers"),
    ] {
        let is_theirs = |letter: &&Letter| letter.to().starts_with(login);
        let letter = letters.iter().find(is_theirs).unwrap();
        let subject = if language == "de" { "Bilder steht bereit" } else { "Bilder is ready" };
        assert_eq!(letter.header("Subject"), subject, "{login}");
        let said: Vec<&str> = letter.text("plain").trim().rsplitn(3, '|').collect();
        let [links, downloads, words] = said[..] else { panic!("{said:?}") };
        let url = &served.url;
        let expected =
            format!("Bilder|{number}|{login}|{names}|Museum|{url}|{language}|Bitte prüfen.");
        assert_eq!(words, expected);
        assert!(downloads == links && links.starts_with(url.as_str()), "{downloads} {links}");
    }
}
