//! Deliveries by FTP to a real server, that fails in the middle.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::{FtpServer, Ftps, laid};

use super::desk::{Ask, Desk};
use super::material::of_all_kinds;

/// A target: by TLS where the server speaks it.
fn of(server: &FtpServer) -> Value {
    let security = if server.authorities.is_some() { "tls" } else { "none" };
    json!({
        "kind": "ftp", "host": "localhost", "port": server.port, "user": "export",
        "password_file": server.password_file, "security": security,
    })
}

/// An archive and a tree, with a name of more than ASCII.
fn definition(desk: &Desk, target: &Value) -> Value {
    desk.write("names.csv", "name,text\nStraße [a] 100 %,one\n-x,two\n");
    let mut asked = of_all_kinds("Out [there]", "deep/er/{name}.json");
    asked["transports"] = json!([
        {"type": "download"},
        {"type": "ftp", "target": "far", "path": "a b/zip"},
        {"type": "ftp", "target": "far", "path": "tree", "packer": "none"},
    ]);
    asked["targets"] = json!({"far": target});
    asked
}

/// A tree with one long file between short ones.
fn long(desk: &Desk, target: &Value) -> Value {
    let mut asked = definition(desk, target);
    let lines: Vec<String> = (0..60_000).map(|line| format!("{line},number {line}\n")).collect();
    desk.write("long.csv", format!("id,text\n{}", lines.concat()));
    asked["sources"]["flights"]["path"] = json!("long.csv");
    asked["transports"] = json!([
        {"type": "download", "packer": "none"},
        {"type": "ftp", "target": "far", "packer": "none"},
    ]);
    asked
}

/// One small archive.
fn archive(desk: &Desk, target: &Value) -> Value {
    let mut asked = definition(desk, target);
    asked["transports"] = json!([{"type": "ftp", "target": "far"}]);
    asked
}

/// Asks for what a server of the tests' own authority gets.
fn trusting<'d>(ask: Ask<'d>, server: &FtpServer) -> Ask<'d> {
    ask.variable("SSL_CERT_FILE", server.authorities.as_ref().unwrap())
}

fn tree(out: &Path) -> BTreeMap<String, String> {
    laid(&out.join("Out [there]")).unwrap()
}

#[tokio::test]
async fn archive_and_tree_arrive_by_ftp_with_tls_and_arrive_again_the_same() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::encrypted(&desk.path(""), &folder, Ftps::Explicit).await.unwrap();
    let asked = definition(&desk, &of(&server));
    let ran = trusting(desk.define(&asked), &server).done().await;
    let zip = [("Out [there].zip".to_owned(), ran.sha256())].into();
    assert_eq!(laid(&folder.join("a b/zip")).unwrap(), zip);
    let tree = laid(&ran.unpacked()).unwrap();
    assert!(tree.contains_key("deep/er/Straße [a] 100 %.json"), "{tree:?}");
    assert!(laid(&folder.join("tree")).unwrap() == tree, "the tree differs");
    let seen = server.seen().unwrap();
    // The two deliveries go on side by side.
    let count = |command: &str| seen.lines().filter(|line| *line == command).count();
    assert!(seen.starts_with("AUTH\n"), "{seen}");
    assert!(["PBSZ", "PROT", "USER"].map(count) == [count("AUTH"); 3], "{seen}");

    trusting(desk.define(&asked), &server).done().await;
    assert_eq!(laid(&folder.join("a b/zip")).unwrap(), zip);
    assert!(laid(&folder.join("tree")).unwrap() == tree, "the tree differs the second time");
}

#[tokio::test]
async fn a_server_that_encrypts_from_the_first_byte_on_gets_its_files() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::encrypted(&desk.path(""), &folder, Ftps::Implicit).await.unwrap();
    let mut target = of(&server);
    target["security"] = json!("implicit");
    let mut asked = archive(&desk, &target);
    asked["transports"].as_array_mut().unwrap().push(json!({"type": "download"}));
    let ran = trusting(desk.define(&asked), &server).done().await;
    assert_eq!(laid(&folder).unwrap(), [("Out [there].zip".to_owned(), ran.sha256())].into());
    assert!(server.seen().unwrap().starts_with("PBSZ\nPROT\nUSER"));
}

#[tokio::test]
async fn a_file_that_was_cut_off_goes_on_where_it_was() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::plain(&desk.path(""), &folder).await.unwrap();
    // The first file arrives before its connection ends, the second is put off, the third is cut off and
    // finds its place taken.
    let stored = ["STOR cut 0", "STOR 450 Busy", "STOR cut 200000"];
    let renamed = ["RNTO -", "RNTO -", "RNTO 550 Taken"];
    server.fail(&[stored, renamed].concat()).unwrap();
    desk.write("there/flights.csv", "what was there before");
    let ran = desk.define(&long(&desk, &of(&server))).done().await;
    assert!(laid(&folder).unwrap() == tree(&ran.out), "the tree differs");
    assert!(server.seen().unwrap().contains("DELE"), "what was there did not make room");
    let len = fs::metadata(folder.join("flights.csv")).unwrap().len();
    assert!(len > 1_000_000, "{len}");

    server.fail(&["STOR cut 200000", "STOR cut 200000"]).unwrap();
    let mut asked = long(&desk, &of(&server));
    asked["outputs"] = json!([asked["outputs"][1]]);
    asked["transports"] =
        json!([{"type": "ftp", "target": "far", "path": "once more", "packer": "none"}]);
    let before = server.took().unwrap().len();
    desk.define(&asked).done().await;
    let took = &server.took().unwrap()[before..];
    assert_eq!(
        (took.len(), took.iter().sum::<u64>()),
        (3, len),
        "something was sent again: {took:?}"
    );
    assert_eq!(
        fs::read(folder.join("once more/flights.csv")).unwrap(),
        fs::read(folder.join("flights.csv")).unwrap()
    );
}

#[tokio::test]
async fn a_file_that_was_cut_off_begins_again_where_the_server_goes_on_in_none() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::plain(&desk.path(""), &folder).await.unwrap();
    let mut asked = long(&desk, &of(&server));
    asked["outputs"] = json!([asked["outputs"][1]]);
    let unknown = ["REST 502 Unknown"].as_slice();
    let silent = ["SIZE 500 What?"; 4];
    for (name, faults) in [("rest", unknown), ("size", silent.as_slice())] {
        server.fail(&[&["STOR cut 200000"][..], faults].concat()).unwrap();
        let before = server.took().unwrap_or_default().len();
        let ran = desk.define(&asked).apart(name).done().await;
        assert!(laid(&folder).unwrap() == tree(&ran.out), "the tree differs: {name}");
        assert_eq!(server.took().unwrap().len(), before + 2, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_dies_amid_a_file_has_all_of_it_once_it_is_back() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let mut server = FtpServer::plain(&desk.path(""), &folder).await.unwrap();
    let mut asked = long(&desk, &of(&server));
    asked["outputs"] = json!([asked["outputs"][1]]);
    server.fail(&["STOR die 300000"]).unwrap();
    let under = desk.define(&asked).start();
    server.rise_again().await.unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(laid(&folder).unwrap() == tree(&ran.out), "the tree differs");
    assert!(server.seen().unwrap().contains("REST\nSTOR"));
}

#[tokio::test]
async fn a_server_that_was_set_up_anew_gets_everything_again() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::plain(&desk.path(""), &folder).await.unwrap();
    let asked = long(&desk, &of(&server));
    server.fail(&["RNTO -", "RNTO 553 No"]).unwrap();
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(laid(&folder).unwrap().len(), 2, "a file, and one under way");
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    let ran = desk.define(&asked).done().await;
    assert!(laid(&folder).unwrap() == tree(&ran.out), "the tree differs");
}

#[tokio::test]
async fn a_wrong_password_ends_the_delivery_by_ftp_and_nobody_is_told_of_it() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    fs::write(&server.password_file, "CANARY-password").unwrap();
    let ask = desk.define(&archive(&desk, &of(&server))).config("[telemetry]\nlog = \"trace\"\n");
    let ran = ask.for_people().run().await;
    assert_eq!(ran.code, 1, "the end of it: {}", ran.said.lines().last().unwrap_or_default());
    let hint = "check user, password_file and security of [targets.far]";
    ran.assert_said(&["[target_refused]", "far does not let export in: 530", hint, "DEBUG"]);
    assert!(!ran.said.contains("CANARY"), "the password is in the log");
    assert_eq!(server.seen().unwrap(), "USER\nPASS\n");
}

#[tokio::test]
async fn a_server_gets_no_password_that_proves_nothing_or_does_not_encrypt() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::encrypted(&desk.path(""), &folder, Ftps::Explicit).await.unwrap();
    let ran = desk.define(&archive(&desk, &of(&server))).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_untrusted]"]);
    assert_eq!(server.seen().unwrap(), "AUTH\n");

    let plain = Desk::new();
    let server = FtpServer::plain(&plain.path(""), &plain.path("there")).await.unwrap();
    let mut target = of(&server);
    target["security"] = json!("tls");
    let ran = plain.define(&archive(&plain, &target)).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "AUTH"]);
    assert_eq!(server.seen().unwrap(), "AUTH\n");
}

#[tokio::test]
async fn what_an_ftp_server_will_not_take_is_told_with_the_files_name() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    let asked = archive(&desk, &of(&server));
    let once = "[coordinator]\nattempts = 1\n";
    server.fail(&["STOR 552 Exceeded"]).unwrap();
    let ran = desk.define(&asked).apart("full").config(once).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_full]", "552 Exceeded"]);

    server.fail(&["RNTO 553 Not a name\n"]).unwrap();
    let ran = desk.define(&asked).apart("name").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "Out [there].zip: 553 Not a name"]);

    desk.write("there/Out [there].zip/theirs.txt", "theirs");
    let ran = desk.define(&asked).apart("folder").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "Out [there].zip: 550"]);
    assert!(desk.path("there/Out [there].zip/theirs.txt").exists());

    let mut nowhere = of(&server);
    nowhere["path"] = json!("/nowhere");
    let ran = desk.define(&archive(&desk, &nowhere)).apart("nowhere").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "550"]);
}

#[tokio::test]
async fn ftp_targets_and_paths_that_lead_astray_are_refused_by_name() {
    let desk = Desk::new();
    let target = json!({
        "kind": "ftp", "host": "a b", "user": "u\r\nDELE x", "password_file": "p", "silence": "0s",
    });
    let mut asked = archive(&desk, &target);
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/targets/far/host", "/targets/far/user", "/targets/far/silence"]);
    asked["targets"]["far"] =
        json!({"kind": "ftp", "host": "h", "user": "u", "password_file": "p"});
    asked["transports"][0]["path"] = json!("../up");
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transports/0/path", "[invalid_value]"]);
}
