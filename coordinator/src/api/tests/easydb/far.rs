//! Events of a run of many batches, far from its beginning.

use futures::{StreamExt, TryStreamExt};
use proto::commit::{Commit, Content};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;
use crate::easydb::{Each, Happened, What};

/// How many batches there are, with two objects and two files each.
const BATCHES: u32 = 250;

/// The record of what happened to everything in a run.
fn happened(run: RunId, each: Each) -> Happened {
    Happened {
        what: What::Objects,
        of: "each".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        export: run.export,
        number: 1,
        version: 1,
        info: serde_json::Map::new(),
        each: Some(each),
    }
}

impl Scene {
    /// A run as of many batches: copies of the third, whose files are those of a catalogue.
    async fn long_run(&self) -> RunId {
        let number = self.put(&document("a")).await;
        let run = self.run_of(number).await;
        self.catalogue_files(run).await;
        self.end_run(number, State::Done).await;
        let of_three = RunId { run: 1, ..run };
        let run = RunId { run: 7, ..run };
        let mut plan: Plan =
            fabric::record::read(&*self.store, &Key::plan(of_three)).await.unwrap();
        plan.outputs.remove(0);
        (plan.outputs[0].first, plan.outputs[0].batches, plan.batches) = (0, BATCHES, BATCHES);
        fabric::record::create(&*self.store, &Key::plan(run), &plan).await.unwrap();
        let commit: Commit =
            fabric::record::read(&*self.store, &Key::commit(of_three, 2)).await.unwrap();
        for ordinal in 0..BATCHES {
            let mut commit = Commit { ordinal, records: 2, ..commit.clone() };
            if let Content::Members(members) = &mut commit.content {
                for (place, member) in (0..).zip(members) {
                    member.path = format!("{ordinal}-{}", member.path);
                    member.of.as_mut().unwrap().eas_id = u64::from(2 * ordinal + place);
                }
            }
            fabric::record::create(&*self.store, &Key::commit(run, ordinal), &commit)
                .await
                .unwrap();
            let lines = (0..2).map(|place| {
                let id = 2 * ordinal + place;
                let line =
                    json!({"objecttype": "bild", "id": id, "system_object_id": id, "version": 1});
                format!("{line}\n")
            });
            let lines: String = lines.collect();
            let key = Key::exported(run, ordinal);
            self.store.put_if_absent(&key, lines.into()).await.unwrap();
        }
        run
    }

    /// The numbers of a few things from a place on.
    async fn numbers(&self, happened: &Happened, key: &str, skip: u64) -> Vec<Value> {
        let things = self.coordinator.each(happened, skip).take(3);
        things.map_ok(|thing| thing[key].clone()).try_collect().await.unwrap()
    }
}

#[tokio::test]
async fn what_is_far_is_found_without_what_is_before_it() {
    let scene = Scene::new().await;
    let run = scene.long_run().await;
    let count = u64::from(2 * BATCHES);
    let objects = happened(run, Each::Objects { run: run.run, count });
    let assets = happened(run, Each::Assets { run: run.run, count });
    let both = [(&objects, "object_id"), (&assets, "asset_id")];
    for (happened, key) in both {
        for skip in [0, 1, 199, 200, 333, 400, 499, 500] {
            let expected: Vec<u64> = (skip..count.min(skip + 3)).collect();
            assert_eq!(scene.numbers(happened, key, skip).await, expected, "{key} {skip}");
        }
    }
    // What goes by on the way in a batch is not read either.
    let key = Key::exported(run, 216);
    scene.store.delete(std::slice::from_ref(&key)).await.unwrap();
    let second = r#"{"objecttype":"bild","id":433,"system_object_id":433,"version":1}"#;
    scene.store.put_if_absent(&key, format!("torn\n{second}\n").into()).await.unwrap();
    let commits: Vec<Key> = (0..200).map(|ordinal| Key::commit(run, ordinal)).collect();
    scene.store.delete(&commits).await.unwrap();
    for (happened, key) in both {
        assert_eq!(scene.numbers(happened, key, 433).await, [433, 434, 435], "{key}");
        assert_eq!(scene.numbers(happened, key, 333).await, [0; 0], "{key}: they are gone");
    }
}
