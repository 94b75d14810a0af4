//! Deliveries by WebDAV to a real server that fails in the middle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::{Value, json};
use tests::{Receiver, Reply, WebdavServer, laid};

use super::desk::Desk;
use super::material::of_all_kinds;

/// An archive and a tree, with names that URLs read otherwise.
fn definition(desk: &Desk, target: &Value) -> Value {
    desk.write("names.csv", "name,text\n100%25 #1 [a] ü,one\nb&c=d,two\n");
    let mut definition = of_all_kinds("Out [there]", "deep/er/{name}.json");
    definition["transports"] = json!([
        {"type": "download"},
        {"type": "webdav", "target": "far", "path": "a b/zip", "options": {"verify": true}},
        {"type": "webdav", "target": "far", "path": "tree", "packer": "none"},
    ]);
    definition["targets"] = json!({"far": target});
    definition
}

pub(super) fn of(server: &WebdavServer) -> Value {
    json!({
        "kind": "webdav", "url": server.url, "user": "export",
        "password_file": server.password_file,
    })
}

/// One small archive.
fn archive(desk: &Desk, target: &Value) -> Value {
    let mut asked = definition(desk, target);
    asked["transports"] = json!([{"type": "webdav", "target": "far"}]);
    asked
}

#[tokio::test]
async fn archive_and_tree_arrive_by_webdav_whatever_the_server_does_in_between() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = WebdavServer::start(&desk.path(""), &folder).await.unwrap();
    let asked = definition(&desk, &of(&server));
    // Requests that are cut off, put off, or done without an answer.
    let faults =
        ["PUT 503 Retry-After: 1", "PUT 0", "PUT 500", "MOVE 0", "MOVE 502", "MKCOL 0", "HEAD 429"];
    server.fail(&faults).unwrap();
    let ran = desk.define(&asked).done().await;
    assert_eq!(server.left().unwrap(), "");
    let zip = [("Out [there].zip".to_owned(), ran.sha256())].into();
    assert_eq!(laid(&folder.join("a b/zip")).unwrap(), zip);
    let tree = laid(&ran.unpacked()).unwrap();
    assert!(tree.contains_key("deep/er/100%25 #1 [a] ü.json"), "{tree:?}");
    assert!(laid(&folder.join("tree")).unwrap() == tree, "the tree differs");

    desk.define(&asked).done().await;
    assert_eq!(laid(&folder.join("a b/zip")).unwrap(), zip);
    assert!(laid(&folder.join("tree")).unwrap() == tree, "the tree differs the second time");
}

#[tokio::test]
async fn a_full_webdav_server_fails_the_delivery_and_it_goes_on_after_what_has_arrived() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = WebdavServer::start(&desk.path(""), &folder).await.unwrap();
    let mut asked = definition(&desk, &of(&server));
    asked["transports"] = json!([{"type": "webdav", "target": "far", "packer": "none"}]);
    let ask = || desk.define(&asked).config("[coordinator]\nattempts = 1\n");
    server.fail(&["PUT -", "PUT -", "PUT 507"]).unwrap();
    let ran = ask().for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_full]", "far"]);
    assert!(!ran.said.contains("s3cret"), "{}", ran.said);
    let before = inodes(&folder.join("deep/er"));
    assert_eq!((before.len(), laid(&folder).unwrap().len()), (2, 2));

    ask().done().await.assert_said(&["going on with the run that failed"]);
    let whole = tree(&desk, &asked).await;
    assert!(laid(&folder).unwrap() == whole, "the tree differs");
    assert_eq!(inodes(&folder.join("deep/er")), before, "what had arrived was sent again");
}

/// Which files lie in a folder: one that is written again is another.
fn inodes(folder: &Path) -> BTreeSet<u64> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().ino()).collect()
}

/// The tree as `longshore run` lays it down by itself.
async fn tree(desk: &Desk, asked: &Value) -> BTreeMap<String, String> {
    let mut plain = asked.clone();
    plain["transports"] = json!([{"type": "download", "packer": "none"}]);
    let ran = desk.define(&plain).apart("plain").done().await;
    laid(&ran.out.join("Out [there]")).unwrap()
}

#[tokio::test]
async fn a_server_that_was_set_up_anew_gets_everything_again() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = WebdavServer::start(&desk.path(""), &folder).await.unwrap();
    let mut asked = definition(&desk, &of(&server));
    asked["transports"] = json!([{"type": "webdav", "target": "far", "packer": "none"}]);
    server.fail(&["PUT -", "PUT -", "PUT 403"]).unwrap();
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]"]);
    assert_eq!(laid(&folder).unwrap().len(), 2);
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    desk.define(&asked).done().await;
    let whole = tree(&desk, &asked).await;
    assert!(laid(&folder).unwrap() == whole, "the tree differs");
}

#[tokio::test]
async fn a_folder_in_the_way_of_a_file_stays_with_all_that_is_in_it() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = WebdavServer::start(&desk.path(""), &folder).await.unwrap();
    desk.write("there/Out [there].zip/theirs.txt", "theirs");
    let ran = desk.define(&archive(&desk, &of(&server))).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "is a folder there"]);
    assert!(folder.join("Out [there].zip/theirs.txt").exists());
}

#[tokio::test]
async fn a_file_that_the_server_calls_otherwise_is_not_taken_for_delivered() {
    let desk = Desk::new();
    let server = WebdavServer::start(&desk.path(""), &desk.path("there")).await.unwrap();
    let mut asked = archive(&desk, &of(&server));
    // This server takes what follows for parameters.
    asked["name"] = json!("a;b");
    let ask = desk.define(&asked).config("[coordinator]\nattempts = 1\n").for_people();
    let ran = ask.run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_damaged]", "a;b.zip"]);
}

#[tokio::test]
async fn what_a_webdav_server_gives_back_otherwise_than_it_was_sent_is_not_taken_for_delivered() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = WebdavServer::start(&desk.path(""), &folder).await.unwrap();
    let mut asked = archive(&desk, &of(&server));
    asked["transports"][0]["options"] = json!({"verify": true});
    server.fail(&["GET !"]).unwrap();
    let ask = || desk.define(&asked).config("[coordinator]\nattempts = 1\n");
    let ran = ask().for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_damaged]", "has other content"]);
    assert!(!folder.join("Out [there].zip").exists(), "what is damaged got its name");
    // Asked again, it gives back what it was sent.
    ask().done().await;
    assert_eq!(laid(&folder).unwrap().into_keys().collect::<Vec<_>>(), ["Out [there].zip"]);
}

#[tokio::test]
async fn a_wrong_password_or_a_folder_that_is_not_there_ends_the_delivery_by_webdav() {
    let desk = Desk::new();
    let server = WebdavServer::start(&desk.path(""), &desk.path("there")).await.unwrap();
    fs::write(&server.password_file, "CANARY-password").unwrap();
    let ran = desk.define(&archive(&desk, &of(&server))).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "401"]);
    assert!(!ran.said.contains("CANARY-password"), "{}", ran.said);

    fs::write(&server.password_file, "s3cret").unwrap();
    let mut nowhere = of(&server);
    nowhere["url"] = json!(format!("{}/nowhere", server.url));
    let ran = desk.define(&archive(&desk, &nowhere)).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "409"]);
    assert!(laid(&desk.path("there")).unwrap().is_empty());
}

#[tokio::test]
async fn credentials_of_webdav_are_not_sent_on() {
    let other = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let location = format!("Location: http://127.0.0.1:{}/\r\n", other.port);
    let receiver = Receiver::start(move |_, _| Reply::Status(307, location.clone())).await.unwrap();
    let desk = Desk::new();
    desk.write("token", "canary-token\n");
    let target = json!({
        "kind": "webdav", "url": format!("http://127.0.0.1:{}/", receiver.port),
        "bearer_file": "token",
    });
    let ran = desk.define(&archive(&desk, &target)).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "redirects are not followed"]);
    assert!(!ran.said.contains("canary-token"), "{}", ran.said);
    let seen = receiver.seen();
    assert_eq!((seen.len(), seen[0].header("authorization")), (1, "Bearer canary-token"));
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn webdav_targets_and_paths_that_lead_astray_are_refused_by_name() {
    let desk = Desk::new();
    let mut asked = archive(&desk, &json!({"kind": "webdav", "url": "file:///etc", "user": "u"}));
    asked["transports"][0]["path"] = json!("../up");
    asked["transports"][0]["options"] = json!({"overwrite": true});
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/targets/far/url", "/targets/far/password_file", "options/overwrite"]);
    asked["transports"][0].as_object_mut().unwrap().remove("options");
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transports/0/path", "[invalid_value]"]);
}
