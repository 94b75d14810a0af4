//! Searches as documents send them: those that are long on their way to a server, and those that find nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;
use tests::{EasydbServer, Reader};

use super::served::Served;
use super::tool::tool;
use crate::dialect::Guest;

#[tokio::test]
async fn a_search_for_thirty_thousand_numbers_finds_those_that_there_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let catalogue = EasydbServer::start(&folder).await.unwrap();
    let (_, address) = catalogue.url.split_once("//").unwrap();
    let password = tempfile::NamedTempFile::new().unwrap();
    fs::write(password.path(), "secret\n").unwrap();
    let served = Served::start(&format!(
        "[easydb]\nsource = \"catalogue\"\n[addresses]\nallow = [\"{address}\"]\n\
         [sources.catalogue]\nkind = \"easydb\"\nurl = \"{}\"\nlogin = \"ann\"\n\
         password_file = \"{}\"\n",
        catalogue.url,
        password.path().display()
    ))
    .await;
    let ids: Vec<u64> =
        (1040..1_000_000_000).step_by(30_011).take(29_998).chain([1042, 1088]).collect();
    assert_eq!(ids.len(), 30_000);
    let search = json!({"search": [
        {"type": "in", "bool": "must", "fields": ["_system_object_id"], "in": ids}]});
    let guest = Guest(served.api.clone());
    let besides =
        json!({"search": search, "eas_fields": {}, "merge_linked_objects": "in_main_search"});
    let export = guest.makes("thousands", &besides).await;
    let shown = guest.sees_end(&export, 1).await;
    assert_eq!(guest.reads(&export, &shown).await, BTreeSet::from([1040, 1042, 1088]));
    assert_eq!(shown["export"]["search"], search);
}

/// As incremental exports are when nothing has changed: whoever fetches everything gets an archive of nothing.
#[tokio::test]
async fn an_export_that_finds_nothing_is_done_and_fetched() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let served = Served::start(&format!(
        "[easydb]\nsource = \"catalogue\"\n\
         [sources.catalogue]\nkind = \"easydb\"\npath = \"{}\"\n",
        folder.display()
    ))
    .await;
    let guest = Guest(served.api.clone());
    let search =
        json!({"search": [{"type": "in", "fields": ["bild._pool.pool._id"], "in": [999]}]});
    // The ZIP archive that a run makes, and one that is made when it is fetched.
    for ways in [json!([]), json!([{"type": "download", "packer": "tar_bz2"}])] {
        let name = format!("nothing by {ways}");
        let document = json!({"_transports": ways,
            "export": {"name": name, "search": search, "xml": true, "json": true, "csv": {}}});
        let export = guest.puts(&document).await;
        fetches_nothing(&served, &guest, &export).await;
    }
}

/// Waits for an export that finds nothing, and fetches all of it.
async fn fetches_nothing(served: &Served, guest: &Guest, export: &str) {
    let done = guest.sees_end(export, 1).await;
    assert_eq!((&done["_state"], &done["_files"]), (&json!("done"), &json!([])), "{done:#}");
    assert_eq!(done["_last_relevant_object_count"], 0, "{done:#}");
    let (zip, tar) = (served.path("nothing.zip"), served.path("nothing.tar.gz"));
    guest.0.download(&format!("{export}/zip/"), &zip).await.unwrap();
    assert_eq!(Reader::Python.read(&zip).unwrap().len(), 0);
    guest.0.download(&format!("{export}/tar_gz/"), &tar).await.unwrap();
    assert_eq!(tool("tar", ["-tzf".as_ref(), tar.as_os_str()]), "");
    for form in ["zip", "tar_gz", "file"] {
        let gone = guest.0.get(&format!("{export}/{form}/gone")).await.unwrap();
        assert_eq!(gone.status, 404, "{form}: {:#}", gone.body);
    }
}
