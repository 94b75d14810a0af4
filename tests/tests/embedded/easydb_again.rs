//! What an incremental export left out comes with the next run, though nobody changed it.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::served::Served;
use crate::dialect::Guest;

#[tokio::test]
async fn an_object_that_was_left_out_comes_with_the_next_run_though_nobody_changed_it() {
    let served = Served::start(
        "[easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{folder}/c\"\n",
    )
    .await;
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let folder = served.path("c");
    fs::create_dir(&folder).unwrap();
    fs::copy(small.join("catalogue.json"), folder.join("catalogue.json")).unwrap();
    let whole = fs::read_to_string(small.join("search-00000.json")).unwrap();
    // A number that is none.
    let broken = whole.replacen("\"_id\":23,\"_version\":", "\"_id\":23,\"_version\":0", 1);
    assert_ne!(broken, whole);
    let file = folder.join("search-00000.json");
    fs::write(&file, &broken).unwrap();
    let local = Guest(served.api.clone());
    let besides = json!({"type": "export_incremental", "eas_fields": {}});
    let export = local.makes("changes", &besides).await;
    let first = local.sees_end(&export, 1).await;
    let others = local.reads(&export, &first).await;
    assert_eq!(others.len(), 29, "{first:#}");
    // Still broken, it is left out again, and nothing else comes.
    local.starts(&export).await;
    local.starts(&export).await;
    let second = local.sees_end(&export, 2).await;
    assert_eq!(local.reads(&export, &second).await.len(), 0, "{second:#}");
    fs::write(&file, &whole).unwrap();
    local.starts(&export).await;
    let third = local.sees_end(&export, 3).await;
    let come = local.reads(&export, &third).await;
    assert_eq!(come.len(), 1, "{third:#}");
    assert!(come.is_disjoint(&others));
    local.starts(&export).await;
    let last = local.sees_end(&export, 4).await;
    assert_eq!(local.reads(&export, &last).await.len(), 0, "{last:#}");
}
