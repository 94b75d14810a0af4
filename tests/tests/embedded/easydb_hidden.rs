//! What a user may not see behind what they may: linked objects that are written out, at every depth, and those that
//! link to an object. They stay what the catalogue tells of them where it names them, and their files stay away.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::easydb::judged_in;
use super::easydb_rights::Museum;
use super::tool::tool;
use crate::dialect::Guest;

/// A determination that only ann sees, of a picture that bob sees.
const DETERMINATION: u64 = 1066;

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// Whether bob sees an object.
fn is_bobs(object: &Value) -> bool {
    let pool = &object["bild"]["_pool"]["pool"]["_id"];
    (pool.is_null() || *pool == 10 || *pool == 11) && object["_system_object_id"] != DETERMINATION
}

/// The objects of the small catalogue, each with its text, as its server tells them.
fn objects(museum: &Museum) -> Vec<(Value, String)> {
    let answer = fs::read_to_string(small().join("search-00000.json")).unwrap();
    let own = format!("\"{}/eas/files/", museum.catalogue.url);
    let lines = answer.lines().map(|line| line.trim_end_matches(',').replace("\"files/", &own));
    // The first line and the last are not objects.
    lines.filter_map(|line| Some((serde_json::from_str(&line).ok()?, line))).collect()
}

/// Lays the catalogue down as somebody sees it who is told of no other objects.
fn lay_down(museum: &Museum, folder: &Path, is_seen: impl Fn(&Value) -> bool) {
    fs::create_dir(folder).unwrap();
    let about = fs::read_to_string(small().join("catalogue.json")).unwrap();
    let about = about.replace("https://hafenmuseum.example.org", &museum.catalogue.url);
    fs::write(folder.join("catalogue.json"), about).unwrap();
    let seen = objects(museum).into_iter().filter(|(object, _)| is_seen(object));
    let texts: Vec<String> = seen.map(|(_, text)| text).collect();
    fs::write(folder.join("search-0.json"), format!("{{\"objects\":[{}]}}", texts.join(",")))
        .unwrap();
}

/// The numbers of files of pictures.
fn files_of(museum: &Museum, is_one: impl Fn(&Value) -> bool) -> BTreeSet<u64> {
    let objects = objects(museum).into_iter().map(|(object, _)| object).filter(is_one);
    let files = |object: Value| object["bild"]["datei"].as_array().cloned().unwrap_or_default();
    objects.flat_map(files).map(|file| file["_id"].as_u64().unwrap()).collect()
}

/// Exports everything that somebody sees, with all that it links to, and holds it against the catalogue as they see
/// it; the numbers of the files that went along.
async fn export(museum: &Museum, guest: &Guest, name: &str) -> BTreeSet<u64> {
    let ways = [
        "bild.datei",
        "bild.serie.bild.datei",
        "person.portrait.bild.datei",
        "bestimmung.bild.bild.datei",
        "bild.urheber.person.portrait.bild.datei",
    ];
    let mut fields = json!({});
    for way in ways {
        fields[way] = json!({"files": true, "include_non_preferred": true});
    }
    let export = guest
        .makes(
            name,
            &json!({"xml": true, "merge_linked_objects": "all", "merge_max_depth": 3,
            "eas_fields": fields}),
        )
        .await;
    let done = guest.sees_end(&export, 1).await;
    assert_eq!(done["_state"], "done", "{done:#}");
    let (archive, unpacked) = (museum.served.path("all.zip"), museum.served.path(name));
    guest.0.download(&format!("{export}/zip/"), &archive).await.unwrap();
    tool("unzip", ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), unpacked.as_os_str()]);
    let seen = museum.served.path(&format!("seen by {name}"));
    let judged = judged_in(&unpacked, &seen, ("all", 3, &[]), "");
    assert!(judged.values > 5000 && judged.merged > 30, "{} {}", judged.values, judged.merged);
    done["_files"].as_array().unwrap().iter().filter_map(|file| file["eas_id"].as_u64()).collect()
}

#[tokio::test]
async fn what_may_not_be_seen_is_a_name_behind_links_at_every_depth() {
    let museum = Museum::open("", "product = \"easydb5\"").await;
    museum.catalogue.hide([DETERMINATION]);
    lay_down(&museum, &museum.served.path("seen by ann"), |_| true);
    lay_down(&museum, &museum.served.path("seen by bob"), is_bobs);
    // What was read for ann is at hand when bob's run is made.
    let ann = museum.enters("ann", "secret").await;
    let of_ann = export(&museum, &ann, "ann").await;
    let bob = museum.enters("bob", "hidden").await;
    let of_bob = export(&museum, &bob, "bob").await;
    let hidden = files_of(&museum, |object| !is_bobs(object));
    assert!(of_ann.is_superset(&hidden) && !hidden.is_empty(), "{of_ann:?}");
    assert_eq!(of_bob, files_of(&museum, is_bobs));
}
