//! What changed in a database, run after run, also where runs fail.

use std::fs;
use std::process::Command;

use proto::id::RunId;
use proto::key::Prefix;
use serde_json::{Value, json};
use tests::{Backends, Kind, Server};
use tokio_postgres::Client;

use super::crew::Crew;

/// A table whose rows have a number and a time that are drawn anew with each change.
const TABLE: &str = "\
CREATE SEQUENCE changes;
CREATE TABLE orders (id int PRIMARY KEY, name text, file text, \
    changed bigint NOT NULL DEFAULT nextval('changes'), \
    updated timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    NEW.changed := nextval('changes'); NEW.updated := clock_timestamp(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO orders SELECT n, 'name ' || n, 'a.txt' FROM generate_series(1, 500) n;";

struct Scene {
    crew: Crew,
    database: Client,
    folder: tempfile::TempDir,
    _server: Server,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::start(Kind::Postgres).await.unwrap();
        let address = server.address("LONGSHORE_TEST_POSTGRES").unwrap().to_owned();
        let (database, connection) =
            tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        database.batch_execute(TABLE).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), "a").unwrap();
        let source = |consistency: &str| {
            json!({"kind": "postgres", "url": address, "table": "orders", "key": "id",
                   "assets": folder.path(), "consistency": consistency})
        };
        let sources = json!({"orders": source("none"), "seen": source("snapshot")});
        let backends = Backends::shared().await.unwrap();
        let crew = Crew::working(&backends, &sources, 2).await;
        Self { crew, database, folder, _server: server }
    }

    async fn sql(&self, sql: &str) {
        self.database.batch_execute(sql).await.unwrap();
    }

    /// The names of files of a run, and the ids of records or whatever else is in them.
    async fn found(&mut self, run: RunId) -> Vec<(String, Vec<String>)> {
        self.crew.sha256(run).await;
        let archive = self.crew.fleet.dir().join("download.zip").display().to_string();
        let unzip = |arguments: &[&str]| {
            let output = Command::new("unzip").args(arguments).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let read = |name: &str| {
            let text = unzip(&["-p", &archive, name]);
            let lines = text.lines().filter(|line| *line != "id");
            lines.map(ToOwned::to_owned).collect()
        };
        let names = unzip(&["-Z1", &archive]);
        names.lines().map(|name| (name.to_owned(), read(name))).collect()
    }

    async fn post(&self, run: RunId, what: &str) {
        let path = format!("/v1/exports/{}/{what}", run.export);
        let answer = self.crew.ann.post(&path, &Value::Null).await.unwrap();
        assert_eq!(answer.status, 202, "{:#}", answer.body);
    }
}

fn lines(ids: &[i32]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn definition() -> Value {
    let fields = json!({"fields": ["id"]});
    json!({"name": "Changes", "batch_size": 100, "outputs": [
        {"to": "number.csv", "from": "orders", "format": "csv", "select": fields,
         "incremental": {"by": {"sequence": "changed"}}},
        {"to": "time.csv", "from": "orders", "format": "csv", "select": fields,
         "incremental": {"by": {"field": "updated"}}},
        {"to": "content.csv", "from": "seen", "format": "csv",
         "select": {"fields": ["id", "name"]}, "incremental": {"by": "digest", "key": "id"}},
        {"to": "media/", "from": "orders", "incremental": {"by": {"sequence": "changed"}},
         "assets": {"field": "file", "name": "{id}.txt"}},
    ]})
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_table_come_exactly_once_also_after_runs_that_failed() {
    let mut scene = Scene::new().await;
    let first = scene.crew.submit(&definition()).await;
    let found = scene.found(first).await;
    let all: Vec<String> = (1..=500).map(|id| id.to_string()).collect();
    assert_eq!((found[0].1.as_slice(), found[1].1.as_slice()), (all.as_slice(), all.as_slice()));
    assert_eq!((found[2].1.len(), found.len()), (501, 503));

    // A file is missing, so that the run fails after it was planned.
    scene
        .sql(
            "UPDATE orders SET name = 'new' WHERE id IN (7, 450); DELETE FROM orders WHERE id = 9;",
        )
        .await;
    scene.sql("INSERT INTO orders VALUES (501, 'next', 'b.txt');").await;
    scene.post(first, "start").await;
    let second = RunId { run: 2, ..first };
    let failed = scene.crew.ended(second).await;
    assert_eq!(
        (&failed["state"], &failed["faults"][0]["code"]),
        (&json!("failed"), &json!("asset_missing"))
    );

    // What changes afterwards is for the run after, whatever becomes of this one.
    fs::write(scene.folder.path().join("b.txt"), "b").unwrap();
    scene.sql("UPDATE orders SET name = 'newer' WHERE id = 20;").await;
    scene.post(first, "start").await;
    let third = RunId { run: 3, ..first };
    let found = scene.found(third).await;
    let changed = lines(&[7, 20, 450, 501]);
    assert_eq!((&found[0].1, &found[1].1), (&changed, &changed));
    assert_eq!(found[2].1, ["id,name", "7,new", "20,newer", "450,new", "501,next"]);
    let media: Vec<&str> = found[3..7].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(media, ["media/7.txt", "media/20.txt", "media/450.txt", "media/501.txt"]);
    assert_eq!(found[7], ("content.deleted.jsonl".to_owned(), vec!["{\"id\":9}".to_owned()]));

    scene.post(first, "start").await;
    let fourth = scene.found(RunId { run: 4, ..first }).await;
    assert!(
        fourth.iter().all(|(_, lines)| lines.is_empty() || lines == &["id,name"]),
        "{fourth:?}"
    );
    let marks = scene.crew.keys(Prefix::marks(first.export)).await;
    assert_eq!(marks.len(), 1, "{marks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_taken_up_again_gives_what_it_would_have_given() {
    let mut scene = Scene::new().await;
    let mut definition = definition();
    // Without the output that holds a snapshot, which is gone with a run that failed.
    definition["outputs"].as_array_mut().unwrap().remove(2);
    let first = scene.crew.submit(&definition).await;
    scene.crew.sha256(first).await;
    scene.sql("INSERT INTO orders VALUES (501, 'next', 'b.txt');").await;
    scene.post(first, "start").await;
    let second = RunId { run: 2, ..first };
    assert_eq!(scene.crew.ended(second).await["state"], "failed");
    fs::write(scene.folder.path().join("b.txt"), "b").unwrap();
    scene.sql("UPDATE orders SET name = 'newer' WHERE id = 20;").await;
    scene.post(first, "retry").await;
    let found = scene.found(second).await;
    assert_eq!((&found[0].1, &found[1].1), (&lines(&[501]), &lines(&[501])));
    scene.post(first, "start").await;
    let found = scene.found(RunId { run: 3, ..first }).await;
    assert_eq!((&found[0].1, &found[1].1), (&lines(&[20]), &lines(&[20])));
}
