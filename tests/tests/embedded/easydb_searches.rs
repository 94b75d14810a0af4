//! Searches as documents send them, on their way to a server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;
use tests::EasydbServer;

use super::served::Served;
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
