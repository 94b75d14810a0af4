//! A catalogue that everybody exports from with their own rights: workers open what the coordinator was told.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{Backends, EasydbServer};

use super::crew::{Crew, DEADLINE};
use crate::dialect::Guest;

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// A fleet with a coordinator and an agent, over a catalogue.
async fn crew(catalogue: &EasydbServer) -> Crew {
    let backends = Backends::shared().await.unwrap();
    let sources = json!({"catalogue":
        {"kind": "easydb", "url": catalogue.url, "rights": "caller", "page_size": 3}});
    let (_, address) = catalogue.url.split_once("//").unwrap();
    let more = format!(
        "[easydb]\nsource = \"catalogue\"\npasswords = \"catalogue\"\n\
         [addresses]\nallow = [\"{address}\"]\n"
    );
    let mut crew = Crew::idle(&backends, &sources, &more).await;
    crew.start("coordinator", "coordinator", &[("LONGSHORE_COORDINATOR__ATTEMPTS", "2")]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    crew
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_read_for_each_owner_as_that_owner_alone() {
    let catalogue = EasydbServer::start(&small()).await.unwrap();
    let mut crew = crew(&catalogue).await;
    for worker in ["worker-1", "worker-2"] {
        crew.start("worker", worker, &[("LONGSHORE_WORKER__SLOTS", "2")]);
    }
    let ann = Guest::enters(&crew.ann, "ann", "secret").await;
    let bob = Guest::enters(&crew.ann, "bob", "hidden").await;
    let (of_ann, of_bob) =
        (ann.makes("pictures", &Value::Null).await, bob.makes("pictures", &Value::Null).await);
    let (anns, bobs) = (ann.sees_end(&of_ann, 1).await, bob.sees_end(&of_bob, 1).await);
    let (all, some) = (ann.reads(&of_ann, &anns).await, bob.reads(&of_bob, &bobs).await);
    assert_eq!(all.len(), 30);
    assert!(some.is_subset(&all) && (10..30).contains(&some.len()), "{some:?}");
    // Sessions end; a new sign-in counts on all workers.
    catalogue.end_sessions();
    // The first start takes the run that began by itself.
    ann.starts(&of_ann).await;
    ann.starts(&of_ann).await;
    let failed = ann.sees_end(&of_ann, 2).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    assert!(failed["_log"].to_string().contains("signed_out"), "{failed:#}");
    let ann = Guest::enters(&crew.ann, "ann", "secret").await;
    ann.starts(&of_ann).await;
    let done = ann.sees_end(&of_ann, 3).await;
    assert_eq!(ann.reads(&of_ann, &done).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_with_another_key_opens_nothing_and_one_without_does_not_start() {
    let catalogue = EasydbServer::start(&small()).await.unwrap();
    let mut crew = crew(&catalogue).await;
    let key = crew.fleet.dir().join("other.key");
    fs::write(&key, "fedcba9876543210fedcba9876543210\n").unwrap();
    let other = [("LONGSHORE_API__LINK_KEY_FILE", key.to_str().unwrap())];
    crew.start("worker", "stranger", &other);
    let ann = Guest::enters(&crew.ann, "ann", "secret").await;
    let export = ann.makes("pictures", &Value::Null).await;
    let failed = ann.sees_end(&export, 1).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    assert!(failed["_log"].to_string().contains("wrong_key"), "{failed:#}");
    let fetched = catalogue.asked_by("ann").iter().filter(|path| path.contains("/eas/")).count();
    assert_eq!(fetched, 0);
    let nothing = [("LONGSHORE_API__LINK_KEY_FILE", "")];
    let mut keyless = crew.fleet.start("worker", "keyless", &nothing).unwrap();
    let status = keyless.wait(DEADLINE).await.unwrap();
    assert!(!status.success());
    let said = keyless.said().unwrap();
    assert!(said.contains("[api] link_key_file") && said.contains("workers"), "{said}");
}
