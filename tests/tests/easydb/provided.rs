//! Stylesheets and mappings that a server keeps, as its users see them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::{EasydbServer, Mishap};

use super::catalogue::small;
use super::server::Asking;

/// The folder of a catalogue with some.
fn keep(folder: &Path) {
    for name in ["catalogue.json", "search-00000.json"] {
        fs::copy(small().join(name), folder.join(name)).unwrap();
    }
    for name in ["stylesheets", "mappings"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    for name in ["4711.xsl", "4712.xslt", "4713.txt"] {
        fs::write(folder.join("stylesheets").join(name), name).unwrap();
    }
    fs::write(folder.join("stylesheets/4714.xsl"), " ".repeat((1 << 20) + 1)).unwrap();
    for (id, name) in [(12, "Zwölf"), (13, "Dreizehn")] {
        let mapping = json!({"id": id, "displayname": {"de-DE": name, "en-US": format!("no {id}")},
            "profile": format!("p{id}.cson.json"), "fields": []});
        fs::write(folder.join(format!("mappings/{id}.json")), mapping.to_string()).unwrap();
    }
}

#[tokio::test]
async fn stylesheets_are_files_of_their_kind_by_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path());
    let server = EasydbServer::start(folder.path()).await.unwrap();
    let ann = Asking::new(&server, "ann", "secret", &json!({"tries": 3}));
    let catalogue = ann.source.catalogue().unwrap();
    server.fail_next("/api/v1/eas", [Mishap::Status(503, None), Mishap::Expired]);
    for (id, expected) in [
        ("4711", Some("4711.xsl")),
        ("4712", Some("4712.xslt")),
        ("4713", None),
        ("4715", None),
        ("mods", None),
        ("../mods", None),
    ] {
        let found = catalogue.stylesheet(id).await.unwrap();
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{id}");
    }
    assert!(catalogue.stylesheet("4714").await.unwrap_err().to_string().contains("1048576 bytes"));
    // What another user may not see is not there for them.
    let bob = Asking::new(&server, "bob", "hidden", &json!({}));
    let catalogue = bob.source.catalogue().unwrap();
    assert_eq!(catalogue.stylesheet("4711").await.unwrap(), None);
    assert_eq!(catalogue.mapping("12").await.unwrap(), None);
    assert_eq!(catalogue.mapping("Zwölf").await.unwrap(), None);
}

#[tokio::test]
async fn a_server_tells_the_mappings_of_pools_and_types_as_its_folder_does() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path());
    let path = folder.path().join("catalogue.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let said = json!({"pools": {"10": "12", "11": "none"}, "types": {"bild": "13"}});
    about["image_mappings"] = said.clone();
    fs::write(&path, about.to_string()).unwrap();
    let server = EasydbServer::start(folder.path()).await.unwrap();
    let ann = Asking::new(&server, "ann", "secret", &json!({}));
    let catalogue = ann.source.catalogue().unwrap();
    let told = catalogue.image_mappings().await.unwrap();
    assert_eq!(serde_json::to_value(told).unwrap(), said);
    // What this user may not see is as if nothing were said.
    server.fail_next("/api/v1/pool", [Mishap::Status(400, None)]);
    let told = catalogue.image_mappings().await.unwrap();
    assert_eq!(serde_json::to_value(told).unwrap(), json!({"pools": {}, "types": {"bild": "13"}}));
}

#[tokio::test]
async fn mappings_are_found_by_their_numbers_and_by_what_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path());
    let server = EasydbServer::start(folder.path()).await.unwrap();
    let ann = Asking::new(&server, "ann", "secret", &json!({}));
    let catalogue = ann.source.catalogue().unwrap();
    for (name, expected) in [
        ("12", Some(12)),
        ("Dreizehn", Some(13)),
        ("no 12", Some(12)),
        ("p13", Some(13)),
        ("p13.cson.json", Some(13)),
        ("14", None),
        ("nobody", None),
    ] {
        let found = catalogue.mapping(name).await.unwrap();
        let id = found.map(|text| serde_json::from_slice::<Value>(&text).unwrap()["id"].as_u64());
        assert_eq!(id.flatten(), expected, "{name}");
    }
    // A server that is down says nothing of what it has.
    server.fail_next("/api/v1/xmlmapping", vec![Mishap::Status(503, None); 9]);
    assert!(catalogue.mapping("12").await.unwrap_err().is_transient());
}
