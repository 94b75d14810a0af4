//! What is told of runs that a schedule began.

use axum::http::Method;
use proto::fault::{Code, Fault};
use proto::run::{BatchFault, Outcome, State};
use serde_json::{Value, json};

use super::super::super::scene::Scene;
use super::super::document;
use super::super::events::types;
use super::{PRODUCTS, answered};
use crate::api::easydb::Product;

impl Scene {
    /// Begins the run of the next day.
    async fn begin_due(&self) {
        self.pass(24 * 3600);
        self.coordinator.start_due().await.unwrap();
    }

    /// How runs end: with nothing, with something, for nobody answers, and with nothing again.
    fn ends(&self) -> [Outcome; 4] {
        let mut failed = self.outcome(State::Failed, 0);
        let fault = Fault::new(Code::SourceUnavailable, "nobody answers");
        failed.faults.push(BatchFault { batch: Some(0), transport: None, fault });
        let done = |records| self.outcome(State::Done, records);
        [done(0), done(2), failed, done(0)]
    }
}

/// An export with a schedule; its number.
async fn scheduled(scene: &Scene, product: Product) -> u64 {
    let mut sent = document("a");
    sent["_schedules"] = json!([{"hours": [3]}]);
    let made = match product {
        Product::Easydb5 => scene.ask(Method::PUT, "export", &sent).await,
        Product::Fylr => scene.ask_fylr(Method::POST, "export", &sent).await,
    };
    made.json()["export"]["_id"].as_u64().unwrap()
}

/// What was made last, and when there was anything, however the runs after it ended.
#[tokio::test]
async fn the_last_run_that_gave_anything_is_told_where_later_ones_gave_nothing() {
    let scene = Scene::new().await;
    let number = scheduled(&scene, Product::Easydb5).await;
    let mut given = Value::Null;
    for (ordinal, count) in [0, 2, 2, 0].into_iter().enumerate() {
        scene.begin_due().await;
        let end = &scene.ends()[ordinal];
        scene.end_as(number, end).await;
        if end.counts.records > 0 {
            given = json!(end.at);
        }
        let path = format!("export/{number}");
        let shown = scene.ask(Method::GET, &path, &Value::Null).await.json();
        assert_eq!(shown["_last_relevant_object_count"], count, "{ordinal}");
        assert_eq!(shown["_last_relevant_run_at"], given, "{ordinal}");
    }
    assert!(given.is_string());
}

#[tokio::test]
async fn due_runs_that_found_nothing_are_told_of_to_fylrs_clients_alone() {
    for product in PRODUCTS {
        let scene = Scene::new().await;
        let number = scheduled(&scene, product).await;
        for ordinal in 0..4 {
            scene.begin_due().await;
            let end = &scene.ends()[ordinal];
            scene.end_as(number, end).await;
        }
        assert_eq!(scene.run_of(number).await.run, 4);
        let told: &[&str] = match product {
            Product::Easydb5 => &["EXPORT_START", "EXPORT_FINISH", "EXPORT_START", "EXPORT_FAILED"],
            Product::Fylr => &[
                "EXPORT_START",
                "EXPORT_FINISH_EMPTY",
                "EXPORT_START",
                "EXPORT_FINISH",
                "EXPORT_START",
                "EXPORT_FAILED",
                "EXPORT_START",
                "EXPORT_FINISH_EMPTY",
            ],
        };
        let expected = [["EXPORT_INSERT"].as_slice(), told].concat();
        let shown = answered(&scene, product, &format!("export/{number}")).await;
        assert_eq!(types(&shown["_log"]), expected);
        let polled = answered(&scene, product, "event/poll/0?limit=0").await;
        assert_eq!(types(&polled), expected);
        let listed = answered(&scene, product, "event/list?sort=_id&base_type=export").await;
        assert_eq!(types(&listed["objects"]), expected);
        // Of runs that nobody is told of nothing stands in the log, and what stood in it stays.
        let told = &told[told.len() - 2..];
        let shown = answered(&scene, product, &format!("export/{number}?format=standard")).await;
        assert_eq!(types(&shown["_log"]), told);
    }
}

#[tokio::test]
async fn a_run_of_easydbs_that_somebody_asks_for_is_told_of_though_it_finds_nothing() {
    let scene = Scene::new().await;
    let number = scheduled(&scene, Product::Easydb5).await;
    scene.begin_due().await;
    let path = format!("export/{number}");
    let log = async || types(&scene.ask(Method::GET, &path, &Value::Null).await.json()["_log"]);
    // It may find nothing.
    assert_eq!(log().await, ["EXPORT_INSERT"]);
    scene.end_as(number, &scene.outcome(State::Done, 0)).await;
    assert_eq!(log().await, ["EXPORT_INSERT"]);
    scene.start(number).await;
    scene.end_as(number, &scene.outcome(State::Done, 0)).await;
    assert_eq!(log().await, ["EXPORT_INSERT", "EXPORT_START", "EXPORT_FINISH"]);
}

#[tokio::test]
async fn a_due_run_that_failed_at_first_is_told_of_to_its_end() {
    let scene = Scene::new().await;
    let number = scheduled(&scene, Product::Easydb5).await;
    scene.begin_due().await;
    let [_, _, failed, _] = scene.ends();
    scene.end_as(number, &failed).await;
    // It is taken up again, and finds nothing.
    scene.pass(60);
    let head = scene.coordinator.numbered(number).await.unwrap().unwrap();
    let (run, done) = (scene.run_of(number).await, scene.outcome(State::Done, 0));
    scene.coordinator.conclude(run, &head, &done).await.unwrap();
    let shown = answered(&scene, Product::Easydb5, &format!("export/{number}")).await;
    let expected = ["EXPORT_INSERT", "EXPORT_START", "EXPORT_FAILED", "EXPORT_FINISH"];
    assert_eq!(types(&shown["_log"]), expected);
}
