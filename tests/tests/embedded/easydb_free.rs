//! Transports of the easydb dialect to hosts that the operator lists: the document says who gets in and how, and
//! nobody reads it there again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{FtpServer, Ftps, laid};

use super::served::Served;
use crate::dialect::{Guest, paths};

/// What the servers' user has for a password.
const SECRET: &str = "s3cret";

fn config(hosts: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let folder = folder.display();
    format!(
        "[telemetry]\nlog = \"debug\"\n[easydb]\nsource = \"catalogue\"\nfree_hosts = [{hosts}]\n\
         [sources.catalogue]\nkind = \"easydb\"\npath = \"{folder}\"\n\
         [coordinator]\nattempts = 2\ndeliver_for = \"1s\"\n"
    )
}

/// A folder for a server's own files, with one in it that it serves.
fn folder(desk: &Path, name: &str) -> PathBuf {
    let folder = desk.join(name);
    fs::create_dir_all(folder.join("there")).unwrap();
    folder
}

fn document(name: &str, ways: &Value) -> Value {
    json!({"_transports": ways,
        "export": {"name": name, "search": {"search": []}, "json": true, "batch_size": 7}})
}

/// A transport by FTP to `host`.
fn to(host: &str, port: u16, password: Option<&str>) -> Value {
    let mut options = json!({"server": format!("ftp://{host}:{port}"), "login": "export",
        "directory": "in/a"});
    if let Some(password) = password {
        options["password:secret"] = json!(password);
    }
    json!({"type": "ftp", "uuid": "0192d3a0-0000-4000-8000-000000000000", "options": options})
}

/// Whoever looks at the export, its events or the log reads no password; neither does the store have one.
async fn nothing_is_told(served: &Served, guest: &Guest, path: &str) {
    let mut told = vec![served.log()];
    for path in [path, "/api/v1/export", "/api/v1/event/list", "/v1/exports"] {
        told.push(guest.0.get(path).await.unwrap().body.to_string());
    }
    for told in told {
        assert!(!told.contains(SECRET), "{told}");
    }
    for file in super::desk::below(&served.path("data")) {
        let content = fs::read(&file).unwrap_or_default();
        let is_there = content.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes());
        assert!(!is_there, "{}", file.display());
    }
}

#[tokio::test]
async fn files_are_brought_to_a_listed_host_by_who_the_document_says() {
    let desk = tempfile::tempdir().unwrap();
    let (one, two) = (folder(desk.path(), "one"), folder(desk.path(), "two"));
    let plain = FtpServer::plain(&one, &one.join("there")).await.unwrap();
    let tls = FtpServer::encrypted(&two, &two.join("there"), Ftps::Explicit).await.unwrap();
    let authorities = tls.authorities.as_ref().unwrap().display().to_string();
    let config = config("\"127.0.0.1\", \"localhost\"");
    let served = Served::start_with(&config, &[("SSL_CERT_FILE", &authorities)]).await;
    let guest = Guest(served.api.clone());
    let address = format!("ftps://export:{SECRET}@localhost:{}", tls.port);
    let ways = json!([to("127.0.0.1", plain.port, Some(SECRET)),
        {"plugin": "ftp:upload", "packer": "zip",
            "options": {"server": address, "directory": "/in"}}]);
    let path = guest.puts(&document("free", &ways)).await;
    let shown = guest.sees_end(&path, 1).await;
    for way in shown["_transports"].as_array().unwrap() {
        assert_eq!(way["_state"], "done", "{way:#}");
    }
    let there: BTreeSet<String> = laid(&one.join("there/in/a")).unwrap().into_keys().collect();
    assert_eq!(there, paths(&shown).into_iter().collect());
    let archive: Vec<String> = laid(&two.join("there/in")).unwrap().into_keys().collect();
    assert_eq!(archive, ["free.zip"]);
    nothing_is_told(&served, &guest, &path).await;

    // The password stays where an update leaves it out that leads there, and an operator may change their mind.
    let number = path.rsplit('/').next().unwrap();
    let update = json!({"_id": number, "_version": 2,
        "_transports": [to("127.0.0.1", plain.port, None)]});
    let changed = guest.0.post(&path, &update).await.unwrap();
    assert_eq!(changed.status, 200, "{:#}", changed.body);
    let shown = guest.sees_end(&path, 2).await;
    assert_eq!(shown["_transports"][0]["_state"], "done", "{shown:#}");
    let served = served.again(&self::config("\"elsewhere.example\"")).await;
    let guest = Guest(served.api.clone());
    guest.starts(&path).await;
    // The run that the change began is taken for the one that is asked for first.
    guest.starts(&path).await;
    let shown = guest.sees_end(&path, 3).await;
    let way = &shown["_transports"][0];
    assert_eq!(way["_state"], "failed", "{shown:#}");
    assert!(way["_transport_log"].to_string().contains("unknown_target"), "{way:#}");
}

#[tokio::test]
async fn what_is_not_listed_and_what_lets_nobody_in_is_refused() {
    let desk = tempfile::tempdir().unwrap();
    let one = folder(desk.path(), "one");
    let ftp = FtpServer::plain(&one, &one.join("there")).await.unwrap();
    let served = Served::start(&config("\"127.0.0.1\", \"localhost\"")).await;
    let guest = Guest(served.api.clone());
    let refused = async |way: &Value, why: &str| {
        let answer = guest.0.put("/api/v1/export", &document("refused", &json!([way]))).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 400, "{way}: {:#}", answer.body);
        let told = answer.body.to_string();
        assert!(told.contains(why) && !told.contains(SECRET), "{way}: {told}");
    };
    refused(&to("127.0.0.2", ftp.port, Some(SECRET)), "unknown_target").await;
    refused(&to("127.0.0.1", ftp.port, None), "the password for it is missing").await;
    let sftp = json!({"type": "sftp", "options": {"server": "sftp://127.0.0.1", "login": "export",
        "password": SECRET}});
    refused(&sftp, "SFTP lets in by keys").await;

    // A password is for the host that it was given for.
    let mut waits = document("waits", &json!([to("127.0.0.1", ftp.port, Some(SECRET))]));
    waits["_schedules"] = json!([{"days_of_month": [31], "hours": [3], "minutes": [59]}]);
    let path = guest.puts(&waits).await;
    let number = path.rsplit('/').next().unwrap();
    let update = json!({"_id": number, "_version": 2,
        "_transports": [to("localhost", ftp.port, None)]});
    let changed = guest.0.post(&path, &update).await.unwrap();
    assert_eq!(changed.status, 400, "{:#}", changed.body);
    let told = changed.body.to_string();
    assert!(told.contains("the password for it is missing"), "{told}");

    // By the API of Longshore itself no address is a target.
    let address = format!("ftp://export@127.0.0.1:{}", ftp.port);
    let definition = json!({"name": "x", "transports": [{"type": "ftp", "target": address}],
        "outputs": [{"to": "a.csv", "from": "catalogue", "format": "csv"}]});
    let answer = guest.0.post("/v1/exports", &definition).await.unwrap();
    assert!(answer.body.to_string().contains("unknown_target"), "{:#}", answer.body);

    // Who is not let in is told so, and the files are there all the same.
    let wrong = document("wrong", &json!([to("127.0.0.1", ftp.port, Some("CANARY"))]));
    let path = guest.puts(&wrong).await;
    let shown = guest.sees_end(&path, 1).await;
    let way = &shown["_transports"][0];
    assert_eq!(way["_state"], "failed", "{shown:#}");
    let log = way["_transport_log"].to_string();
    assert!(log.contains("check the address, login and password of the transport"), "{log}");
    assert!(!shown.to_string().contains("CANARY") && !served.log().contains("CANARY"), "{shown:#}");
    assert!(!laid(&one.join("there")).unwrap().keys().any(|path| path.contains(".json")));
}
