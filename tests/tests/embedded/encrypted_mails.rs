//! Encrypted results by mail: attached, and behind a link.

use std::fs;

use serde_json::json;
use tests::{Api, MailServer, Security};

use super::served::Served;
use super::vault::Vault;

#[tokio::test]
async fn what_is_encrypted_is_what_a_mail_has_and_what_its_link_opens() {
    let vault = Vault::new();
    let mails = MailServer::sink(Security::Starttls, 40 << 20).await.unwrap();
    let sources = "[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n";
    let served = Served::start(&format!("{sources}{}", mails.config())).await;
    let content = "id\r\n1\r\n2\r\n";
    fs::write(served.path("s.csv"), content).unwrap();
    let mail = |to: &str, packer: &str| json!({"type": "email", "to": [to], "packer": packer, "encrypt": vault.encrypt});
    let attached = |to: &str, packer: &str| {
        let mut mail = mail(to, packer);
        mail["attach"] = json!({});
        mail
    };
    let definition = json!({
        "name": "Secret",
        "outputs": [{"to": "in/s.csv", "from": "s", "format": "csv"}],
        "transports": [
            {"type": "download", "packer": "tar"},
            attached("archive@example.org", "tar"), attached("tree@example.org", "none"),
            mail("archive-link@example.org", "tar"), mail("tree-link@example.org", "none"),
        ],
    });
    let export = served.export(&definition).await;
    let shown = served.ended(&export, 1).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let plain = served.path("plain.tar");
    let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    served.api.download(url, &plain).await.unwrap();
    let expected = |packer: &str| match packer {
        "archive" => fs::read(&plain).unwrap(),
        _ => content.as_bytes().to_vec(),
    };

    let stranger = Api::new(&served.url).unwrap();
    let (sealed, opened) = (vault.desk.path("sealed"), vault.desk.path("opened"));
    let attachments = vault.desk.path("attachments");
    let letters = mails.letters_opened(&attachments).unwrap();
    assert_eq!(letters.len(), 4);
    for letter in letters {
        let to = letter.to().trim_end_matches("@example.org").to_owned();
        let packer = to.trim_end_matches("-link");
        let name = if packer == "archive" { "Secret.tar.age" } else { "in_s.csv.age" };
        if to == packer {
            let attached = attachments.join(letter.part("file").as_str().unwrap());
            assert_eq!(letter.part("attachments").as_array().unwrap().len(), 1, "{letter:?}");
            fs::copy(attached.join(name), &sealed).unwrap();
        } else {
            let text = letter.text("plain");
            let link = text.lines().find(|line| line.starts_with("http")).unwrap();
            let href = if packer == "archive" {
                link.to_owned()
            } else {
                let page = stranger.get(link).await.unwrap().body;
                assert_eq!(page["files"][0]["path"], "in/s.csv.age", "{page:#}");
                page["files"][0]["href"].as_str().unwrap().to_owned()
            };
            stranger.download(&href, &sealed).await.unwrap();
        }
        vault.open_to(&sealed, &opened);
        assert!(fs::read(&opened).unwrap() == expected(packer), "{to}");
    }
}
