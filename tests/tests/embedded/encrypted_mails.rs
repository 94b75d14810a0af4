//! Encrypted results by mail: attached, and behind a link.

use std::fs;

use serde_json::{Value, json};
use tests::{Api, MailServer, Security, laid};

use super::served::Served;
use super::vault::{Vault, is_key, open_by};

#[tokio::test]
async fn what_is_encrypted_is_what_a_mail_has_and_what_its_link_opens() {
    let vault = Vault::new();
    let mails = MailServer::sink(Security::Starttls, 40 << 20).await.unwrap();
    let sources = "[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n";
    let config = format!("{sources}{}{}", mails.config(), vault.config());
    let served = Served::start(&config).await;
    let content = "id\r\n1\r\n2\r\n";
    fs::write(served.path("s.csv"), content).unwrap();
    let mail = |to: &str, packer: &str, encrypt: &Value| json!({"type": "email", "to": [to], "packer": packer, "encrypt": encrypt});
    let attached = |to: &str, packer: &str, encrypt: &Value| {
        let mut mail = mail(to, packer, encrypt);
        mail["attach"] = json!({});
        mail
    };
    let Vault { encrypt, locked, .. } = &vault;
    let definition = json!({
        "name": "Secret",
        "outputs": [{"to": "in/s.csv", "from": "s", "format": "csv"}],
        "transports": [
            {"type": "download", "packer": "tar"},
            attached("archive@example.org", "tar", encrypt),
            attached("tree@example.org", "none", encrypt),
            attached("locked@example.org", "none", locked),
            mail("archive-link@example.org", "tar", encrypt),
            mail("tree-link@example.org", "none", encrypt),
            mail("locked-link@example.org", "none", locked),
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
    let [sealed, key, opened] = ["sealed", "key", "opened"].map(|name| vault.desk.path(name));
    let attachments = vault.desk.path("attachments");
    let letters = mails.letters_opened(&attachments).unwrap();
    assert_eq!(letters.len(), 6);
    for letter in letters {
        let to = letter.to().trim_end_matches("@example.org").to_owned();
        let packer = to.trim_end_matches("-link");
        let name = if packer == "archive" { "Secret.tar.age" } else { "in_s.csv.age" };
        let is_locked = packer == "locked";
        if to == packer {
            let attached = attachments.join(letter.part("file").as_str().unwrap());
            let names = letter.part("attachments").as_array().unwrap();
            assert_eq!(names.len(), 1 + usize::from(is_locked), "{letter:?}");
            fs::copy(attached.join(name), &sealed).unwrap();
            if is_locked {
                let there = laid(&attached).unwrap().into_keys().find(|path| is_key(path));
                fs::copy(attached.join(there.unwrap()), &key).unwrap();
            }
        } else {
            let text = letter.text("plain");
            let link = text.lines().find(|line| line.starts_with("http")).unwrap();
            let href = if packer == "archive" {
                link.to_owned()
            } else {
                let page = stranger.get(link).await.unwrap().body;
                let files = page["files"].as_array().unwrap();
                let (keys, files): (Vec<&Value>, Vec<&Value>) =
                    files.iter().partition(|file| is_key(file["path"].as_str().unwrap()));
                assert_eq!((keys.len(), files.len()), (usize::from(is_locked), 1), "{page:#}");
                assert_eq!(files[0]["path"], "in/s.csv.age", "{page:#}");
                for there in keys {
                    stranger.download(there["href"].as_str().unwrap(), &key).await.unwrap();
                }
                files[0]["href"].as_str().unwrap().to_owned()
            };
            stranger.download(&href, &sealed).await.unwrap();
        }
        if is_locked {
            open_by(&vault.unlocked(&key), &sealed, &opened);
        } else {
            vault.open_to(&sealed, &opened);
        }
        assert!(fs::read(&opened).unwrap() == expected(packer), "{to}");
    }
}
