//! Deliveries by FTP to a real server, that fails in the middle.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{FtpServer, Ftps, laid};

use super::desk::{Ask, Desk, below};
use super::material::of_all_kinds;

/// A target: by TLS where the server speaks it.
pub(super) fn of(server: &FtpServer) -> Value {
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
pub(super) fn long(desk: &Desk, target: &Value) -> Value {
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
pub(super) fn archive(desk: &Desk, target: &Value) -> Value {
    let mut asked = definition(desk, target);
    asked["transports"] = json!([{"type": "ftp", "target": "far"}]);
    asked
}

/// Asks for what a server of the tests' own authority gets.
pub(super) fn trusting<'d>(ask: Ask<'d>, server: &FtpServer) -> Ask<'d> {
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
async fn a_server_that_has_as_many_users_as_it_takes_is_asked_again() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::plain(&desk.path(""), &folder).await.unwrap();
    server.fail(&["USER 530 Too many users"]).unwrap();
    desk.define(&archive(&desk, &of(&server))).done().await;
    assert!(folder.join("Out [there].zip").exists());
    assert!(server.seen().unwrap().starts_with("USER\nUSER\nPASS\n"));
}

#[tokio::test]
async fn what_is_damaged_in_the_store_gets_no_name_by_ftp() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::plain(&desk.path(""), &folder).await.unwrap();
    let asked = archive(&desk, &of(&server));
    let ask = || desk.define(&asked).config("[coordinator]\nattempts = 1\n").for_people();
    server.fail(&["STOR 550 No"]).unwrap();
    let ran = ask().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "550 No"]);

    let is_volume = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.parent().is_some_and(|folder| folder.ends_with("archives/0")) && name.starts_with("0-")
    };
    let runs = desk.path("data/store/runs");
    let volumes: Vec<PathBuf> = below(&runs).into_iter().filter(is_volume).collect();
    let [volume] = volumes.as_slice() else { panic!("{volumes:?}") };
    let mut content = fs::read(volume).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(volume, content).unwrap();
    let ran = ask().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[store_damaged]"]);
    assert!(!folder.join("Out [there].zip").exists(), "what is damaged has its name");
}
