//! A program written for easydb, against a fleet: it signs in, tidies up, exports, waits, fetches, unpacks and
//! tidies up.

use std::path::Path;

use serde_json::{Value, json};

use super::crew::Crew;
use crate::dialect::{Guest, client, objects_unpacked, real_body};

#[tokio::test(flavor = "multi_thread")]
async fn the_sequence_of_a_real_client_gets_its_files_from_a_fleet() {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let sources = json!({"catalogue": {"kind": "easydb", "path": catalogue}});
    let mut crew = Crew::configured(&sources, "[easydb]\nsource = \"catalogue\"\n").await;
    crew.start("worker", "worker-2", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    let guest = Guest(crew.ann.clone());
    let old = guest.makes("old", &Value::Null).await;
    guest.sees_end(&old, 1).await;
    let url = format!("http://127.0.0.1:{}/", crew.port);
    let who = ("ann", crew.ann.token().unwrap());
    // Both workers have something to do.
    let mut body = real_body(&[10, 20]);
    body["export"]["batch_size"] = json!(2);
    let printed = client(&url, who, &body, crew.fleet.dir()).unwrap();
    assert_eq!(printed[0], "done");
    let objects = objects_unpacked(&printed, crew.fleet.dir());
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), [1046, 1058, 1060, 1070, 1072, 1082]);
    assert_eq!(guest.0.get(&old).await.unwrap().status, 404);
}
