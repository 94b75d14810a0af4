use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fabric::ambient::Ambient;
use fabric::board::ProcessBoard;
use fabric::queue::ProcessQueue;
use fabric::store::{DirectoryStore, Store};
use proto::definition::{Definition, Easydb};
use proto::lay::Asked;
use proto::plan::{KeyRange, Slice};
use serde_json::json;
use source::address::AddressRules;
use source::asset::{HttpAssets, HttpLimits};
use source::catalogue::About;
use source::{Catalog, Read};

use super::*;
use crate::batch::Place;
use crate::easydb::scene::Scene;
use crate::listed::ListedSource;
use crate::patience::{Patience, WaitingTime};
use crate::{Images, Settings};

/// A worker with one slot, over a store in a folder.
fn worker(store: &Arc<dyn Store>, folder: &Path) -> Worker {
    let images = Images {
        program: PathBuf::new(),
        at_once: 1,
        memory_bytes: 0,
        processor_seconds: 0,
        most_bytes: 0,
        most_pixels: 0,
        cmyk_profile: None,
        watermarks: None,
    };
    let settings = Settings {
        slots: 1,
        scratch: folder.to_owned(),
        stylesheets: None,
        max_xml_for_stylesheets: 0,
        mappings: None,
        duckdb: PathBuf::new(),
        grace: Duration::ZERO,
        images,
        plugins: crate::Plugins::none(),
    };
    let http = HttpAssets::new(HttpLimits::default(), AddressRules::default()).unwrap();
    let catalog = Catalog::new(BTreeMap::new(), Arc::new(http));
    Worker::new(
        Arc::clone(store),
        Arc::new(ProcessQueue::new()),
        Arc::new(ProcessBoard::new()),
        Arc::new(catalog),
        Ambient::system(),
        settings,
    )
}

/// A batch without files that go along.
fn desk(folder: &Path) -> Desk {
    let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.join("store")).unwrap());
    let definition: Definition = serde_json::from_value(json!({"name": "Kai",
        "outputs": [{"to": "kai/", "from": "museum", "easydb": {"json": true}}]}))
    .unwrap();
    let read = Read {
        slice: Slice::Keys(KeyRange { after: None, until: None }),
        fields: None,
        besides: Vec::new(),
        filter: proto::filter::Where::new(),
        search: None,
        query: None,
        view: None,
        on_error: OnError::Fail,
    };
    let task = Task {
        of: ("00000000-0000-0000-0000-000000000000/1".parse().unwrap(), 0),
        ordinal: 0,
        output: definition.outputs[0].clone(),
        columns: None,
        apart: None,
        source: Arc::new(ListedSource::new(Arc::clone(&store))),
        read,
        sheets: Vec::new(),
        place: Place::First,
        batches: 1,
        parts: None,
        asked: Asked::of(&definition),
        patience: Patience::Left,
        waiting: WaitingTime::default(),
    };
    Desk {
        worker: worker(&store, folder),
        scene: Arc::new(Scene::new(Arc::new(About::default()), Easydb::default())),
        task: Arc::new(task),
        scratch: Arc::from(folder),
        stylesheet: None,
        mapping: None,
    }
}

/// Three files of many objects.
fn written(desk: &Desk) -> Written {
    let many = || Many::new(Arc::clone(&desk.scratch));
    let file = |end: &str| {
        let mut file = Waiting::new(Arc::clone(&desk.scratch));
        file.take(&mut b"objects".to_vec()).unwrap();
        (end.to_owned(), file)
    };
    Written {
        ids: Some((1, 2)),
        records: 2,
        files: [".json", ".xml", ".csv"].map(file).into(),
        workbook: None,
        singles: many(),
        pending: many(),
        exported: None,
        warnings: Warnings::default(),
    }
}

#[tokio::test]
async fn the_next_batch_has_its_turn_while_what_is_written_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    let turns = &desk.worker.turns;
    let mut turn = desk.worker.turn().await;
    assert_eq!(turns.available_permits(), 0);
    let (ready, mut packed) = mpsc::channel(1);
    let handing = desk.worker.hand_files_over(&desk, (written(&desk), None), ready, &mut turn);
    let taking = async {
        assert!(packed.recv().await.is_some());
        // The last file is packed only once there is room for it, so that the batch is not at its end.
        assert_eq!(turns.available_permits(), 1);
        let mut others = 0;
        while packed.recv().await.is_some() {
            others += 1;
        }
        others
    };
    let (handed, others) = tokio::join!(handing, taking);
    handed.unwrap();
    assert_eq!(others, 2);
}
