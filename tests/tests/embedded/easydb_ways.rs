//! Every transport of the easydb dialect with every packer, from one document to the place where it ends:
//! each brings the files that `_files` lists.

mod elsewhere;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{Letter, MailServer, laid, sha256};

use self::elsewhere::Elsewhere;
use super::served::Served;
use super::tool::tool;
use crate::dialect::{self, Guest};

/// Anna reads German.
const PEOPLE: &str = "[users.anna]\nemail = \"anna@example.org\"\nlanguage = \"de\"\nname = \"Anna\"\n\
     [users.bert]\nemail = \"bert@example.org\"\n[groups.editors]\nmembers = [\"anna\", \"bert\"]\n";

/// The packers, and what archives of theirs are called; nothing where the files come one by one, or as
/// the transport has them.
const PACKERS: [(&str, Option<&str>); 8] = [
    ("zip", Some(".zip")),
    ("zip_10mb", Some(".zip")),
    ("zip_2gb", Some(".zip")),
    ("tar_bz2", Some(".tar.bz2")),
    ("tar_gz", Some(".tar.gz")),
    ("tar.gz", Some(".tar.gz")),
    ("folder", None),
    ("", None),
];

/// What an archive holds, or what lies in a folder: the sum of each file, by its path.
fn opened(path: &Path) -> BTreeMap<String, String> {
    if path.is_dir() {
        return laid(path).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let (file, to) = (path.as_os_str(), folder.path().as_os_str());
    if path.extension() == Some("zip".as_ref()) {
        tool("unzip", ["-qo".as_ref(), file, "-d".as_ref(), to]);
    } else {
        tool("tar", ["-xf".as_ref(), file, "-C".as_ref(), to]);
    }
    laid(folder.path()).unwrap()
}

/// What a folder or a person is called that gets something by a packer.
fn called(packer: &str) -> String {
    if packer.is_empty() { "by-none".to_owned() } else { format!("by-{packer}") }
}

/// The only file of a folder, which is the export's archive.
fn only(folder: &Path, ending: &str) -> PathBuf {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [folder.join(format!("all ways{ending}"))]);
    files[0].clone()
}

/// What an address gives, in a file of a name.
async fn fetched(guest: &Guest, url: &str, file: &Path) -> PathBuf {
    guest.0.download(url, file).await.unwrap();
    file.to_owned()
}

/// What the addresses of files give, in a folder, each at its path.
async fn fetched_one_by_one(
    guest: &Guest,
    files: impl Iterator<Item = (String, String)>,
    folder: &Path,
) -> PathBuf {
    for (path, url) in files {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fetched(guest, &url, &file).await;
    }
    folder.to_owned()
}

/// A document with every transport by some packers, and a mail to a group.
fn document(elsewhere: &Elsewhere, packers: &[(&str, Option<&str>)]) -> Value {
    let mut ways = Vec::new();
    for (packer, _) in packers {
        let packed = if packer.is_empty() { Value::Null } else { json!(packer) };
        for kind in Elsewhere::KINDS {
            let options = elsewhere.options(kind, &called(packer));
            ways.push(json!({"type": kind, "packer": packed, "options": options}));
        }
        ways.push(json!({"type": "download", "packer": packed}));
        let address = format!("{}@example.org", called(packer));
        let recipients = json!([{"user": {"type": "email", "login": address}}]);
        ways.push(json!({"type": "email", "packer": packed, "email": {"recipients": recipients}}));
    }
    let editors = json!([{"_basetype": "group", "group": {"_id": 2, "name": "editors"}}]);
    let email = json!({"recipients": editors, "message": "Bitte <prüfen>."});
    ways.push(json!({"type": "email", "email": email}));
    json!({"_transports": ways, "export": {"name": "all ways", "xml": true, "json": true,
        "search": {"search": []}, "batch_size": 7, "eas_fields": {"bild.datei": {"files": true}},
        "classes": {"image": {"version": "original"}}}})
}

/// What is listed of an export, as it is fetched file by file: the sum of each, by its path.
async fn listed(guest: &Guest, path: &str, shown: &Value, desk: &Path) -> BTreeMap<String, String> {
    let mut listed = BTreeMap::new();
    for (number, file) in shown["_files"].as_array().unwrap().iter().enumerate() {
        let name = dialect::path(file);
        let to = desk.join(format!("file-{number}"));
        let content = fetched(guest, &format!("{path}/file/{name}"), &to).await;
        assert_eq!(file["size"], fs::metadata(&content).unwrap().len(), "{name}");
        listed.insert(name, sha256(&content).unwrap());
    }
    assert!(listed.len() > 10, "{listed:?}");
    listed
}

/// What was brought, fetched or mailed: an archive or a folder of each, and what it came by.
async fn arrived(
    guest: &Guest,
    (elsewhere, packers): (&Elsewhere, &[(&str, Option<&str>)]),
    letters: &[Letter],
    (path, shown): (&str, &Value),
    desk: &Path,
) -> Vec<(String, PathBuf)> {
    let mut arrived = Vec::new();
    let mut fetch = Vec::new();
    for &(packer, ending) in packers {
        for kind in Elsewhere::KINDS {
            let folder = elsewhere.folder.join(kind).join(called(packer));
            let found = if let Some(ending) = ending { only(&folder, ending) } else { folder };
            arrived.push((format!("{kind} {packer}"), found));
        }
        let is_it = |way: &&Value| {
            way["type"] == "download" && way["packer"].as_str().unwrap_or_default() == packer
        };
        let way = shown["_transports"].as_array().unwrap().iter().find(is_it).unwrap();
        let to = format!("{}@example.org", called(packer));
        let letter = letters.iter().find(|letter| letter.to() == to).unwrap();
        // What is not packed is fetched file by file: by the transport's uuid, or as the list behind the link of
        // a mail tells.
        if packer == "folder" {
            assert!(way["_download"].is_null(), "{way:#}");
            let by_uuid = format!("{path}/uuid/{}/file", way["uuid"].as_str().unwrap());
            let files = shown["_files"].as_array().unwrap().iter().map(|file| {
                let path = dialect::path(file);
                let url = format!("{by_uuid}/{path}");
                (path, url)
            });
            let folder = fetched_one_by_one(guest, files, &desk.join("by-uuid")).await;
            arrived.push(("download folder".to_owned(), folder));
            let list = guest.0.get(&format!("{}?limit=200", link(letter))).await.unwrap().body;
            assert!(list["next"].is_null(), "{list:#}");
            let told = |file: &Value, key: &str| file[key].as_str().unwrap().to_owned();
            let files = list["files"].as_array().unwrap().iter();
            let files = files.map(|file| (told(file, "path"), told(file, "href")));
            let folder = fetched_one_by_one(guest, files, &desk.join("by-mail")).await;
            arrived.push(("email folder".to_owned(), folder));
            continue;
        }
        let ending = ending.unwrap_or(".zip");
        let url = way["_download"]["_files"][0]["url"].as_str().unwrap();
        fetch.push((format!("download {packer}"), format!("{path}/download/{url}"), ending));
        fetch.push((format!("email {packer}"), link(letter), ending));
    }
    fetch.push(("zip".to_owned(), format!("{path}/zip/"), ".zip"));
    fetch.push(("tar_gz".to_owned(), format!("{path}/tar_gz/"), ".tar.gz"));
    for (number, (what, url, ending)) in fetch.into_iter().enumerate() {
        let to = desk.join(format!("fetched-{number}{ending}"));
        arrived.push((what, fetched(guest, &url, &to).await));
    }
    arrived
}

/// The first link in a mail.
fn link(letter: &Letter) -> String {
    let mut lines = letter.text("plain").lines();
    lines.find(|line| line.starts_with("http")).unwrap().to_owned()
}

#[tokio::test]
async fn every_transport_brings_what_is_listed_by_every_packer() {
    let desk = tempfile::tempdir().unwrap();
    let elsewhere = Elsewhere::start(desk.path()).await;
    let mails = MailServer::failing().await.unwrap();
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let served = Served::start(&format!(
        "[telemetry]\nlog = \"debug\"\n[easydb]\nsource = \"catalogue\"\n\
         [sources.catalogue]\nkind = \"easydb\"\npath = \"{}\"\n{}{}{PEOPLE}",
        catalogue.display(),
        mails.config(),
        elsewhere.targets(),
    ))
    .await;
    let guest = Guest(served.api.clone());
    let mut mailed = 0;
    // An export has at most 32 transports.
    for packers in PACKERS.chunks(4) {
        let path = guest.puts(&document(&elsewhere, packers)).await;
        let shown = guest.sees_end(&path, 1).await;
        assert_eq!(shown["_state"], "done", "{shown:#}");
        for way in shown["_transports"].as_array().unwrap() {
            assert_eq!(way["_state"], "done", "{way:#}");
        }
        mailed += packers.len() + 2;
        let letters = mails.took(mailed).await.unwrap();
        assert_eq!(letters.len(), mailed);
        let listed = listed(&guest, &path, &shown, desk.path()).await;
        let (by, of) = ((&elsewhere, packers), (path.as_str(), &shown));
        for (what, found) in arrived(&guest, by, &letters, of, desk.path()).await {
            assert!(opened(&found) == listed, "{what} is not what is listed");
        }
        check_letters(&letters[letters.len() - packers.len() - 2..]);
        nothing_is_told(&served, &guest, &path, &shown).await;
        assert_eq!(served.api.delete(&path).await.unwrap().status, 200);
    }
}

/// Everybody reads their own language, and what the export says to them.
fn check_letters(letters: &[Letter]) {
    for (to, subject, greeting) in [
        ("anna@example.org", "all ways steht bereit", "Guten Tag Anna,"),
        ("bert@example.org", "all ways is ready", "Hello,"),
    ] {
        let letter = letters.iter().find(|letter| letter.to() == to).unwrap();
        assert_eq!((letter.header("Subject"), letter.part("defects")), (subject, &json!([])));
        let plain = letter.text("plain");
        assert!(plain.starts_with(greeting) && plain.contains("Bitte <prüfen>."), "{plain}");
        let html = letter.text("html").replace("&#x2f;", "/").replace("&amp;", "&");
        assert!(html.contains(&format!("href=\"{}\"", link(letter))), "{html}");
        assert!(html.contains("Bitte &lt;prüfen&gt;."), "{html}");
    }
}

/// Whoever looks at the export, its events or the log reads no secret; neither does the store have one.
async fn nothing_is_told(served: &Served, guest: &Guest, path: &str, shown: &Value) {
    let mut told = vec![shown.to_string(), served.log()];
    for path in [path, "/api/v1/export", "/api/v1/event/list", "/v1/exports"] {
        told.push(guest.0.get(path).await.unwrap().body.to_string());
    }
    for told in told {
        assert!(!told.contains("CANARY"), "{told}");
    }
    for file in super::desk::below(&served.path("data")) {
        let content = fs::read(&file).unwrap_or_default();
        let is_there = content.windows(6).any(|bytes| bytes == b"CANARY");
        assert!(!is_there, "{}", file.display());
    }
}
