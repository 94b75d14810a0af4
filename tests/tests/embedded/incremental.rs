//! Exports of what changed, over files that change.

use std::fs;

use serde_json::{Value, json};

use super::served::Served;

const SOURCES: &str = "[sources.people]\nkind = \"jsonl\"\npath = \"{folder}/people.jsonl\"\n\
     [sources.log]\nkind = \"csv\"\npath = \"{folder}/log.csv\"\n";

/// People by their content, in batches of two; a log by its numbers and by its times.
fn definition() -> Value {
    json!({"name": "Changes", "batch_size": 2, "outputs": [
        {"to": "people.csv", "from": "people", "format": "csv",
         "select": {"fields": ["name", "age"]}, "incremental": {"by": "digest", "key": "id"}},
        {"to": "log.jsonl", "from": "log", "format": "jsonl",
         "select": {"fields": ["n"]}, "incremental": {"by": {"sequence": "n"}}},
        {"to": "times.jsonl", "from": "log", "format": "jsonl",
         "select": {"fields": ["n"]}, "incremental": {"by": {"field": "at"}}},
    ]})
}

/// A person on a line.
fn person(id: u32, name: &str, age: u32) -> String {
    json!({"id": id, "name": name, "age": age}).to_string() + "\n"
}

#[tokio::test]
async fn what_is_younger_than_the_lag_waits_for_a_later_run() {
    let served = Served::start(SOURCES).await;
    let now = jiff::Timestamp::now();
    fs::write(served.path("people.jsonl"), "").unwrap();
    fs::write(served.path("log.csv"), format!("n,at\n1,2026-01-01T00:00:00Z\n2,{now}\n")).unwrap();
    let definition = json!({"name": "Lag", "outputs": [
        {"to": "all.jsonl", "from": "log", "format": "jsonl",
         "select": {"fields": ["n"]}, "incremental": {"by": {"field": "at"}}},
        {"to": "settled.jsonl", "from": "log", "format": "jsonl",
         "select": {"fields": ["n"]}, "incremental": {"by": {"field": "at"}, "lag": "1h"}},
    ]});
    let export = served.export(&definition).await;
    check(
        &served.unpacked(&export, 1).await,
        &[("all.jsonl", "{\"n\":\"1\"}\n{\"n\":\"2\"}\n"), ("settled.jsonl", "{\"n\":\"1\"}\n")],
    );
}

fn check(found: &[(String, String)], expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> =
        expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn each_run_gives_what_changed_since_the_last_one_that_succeeded() {
    let served = Served::start(SOURCES).await;
    let (people, log) = (served.path("people.jsonl"), served.path("log.csv"));
    let lines =
        [person(1, "Ann", 30), person(2, "Bob", 40), person(3, "Cid", 50), person(9, "Dan", 60)];
    fs::write(&people, lines.concat()).unwrap();
    fs::write(&log, "n,at\n9,2026-01-01T00:00:00Z\n10,2026-01-01T00:00:01Z\n").unwrap();
    let export = served.export(&definition()).await;
    check(
        &served.unpacked(&export, 1).await,
        &[
            ("people.csv", "name,age\r\nAnn,30\r\nBob,40\r\nCid,50\r\nDan,60\r\n"),
            ("log.jsonl", "{\"n\":\"9\"}\n{\"n\":\"10\"}\n"),
            ("times.jsonl", "{\"n\":\"9\"}\n{\"n\":\"10\"}\n"),
        ],
    );

    // One changed, one gone, one new, and those that stay in another order. A field that is not
    // exported may change as it likes.
    let others = "{\"id\": 9, \"age\": 60, \"name\": \"Dan\", \"mood\": \"fine\"}\n";
    let lines =
        [person(4, "Eve", 20), others.to_owned(), person(2, "Bob", 41), person(1, "Ann", 30)];
    fs::write(&people, lines.concat()).unwrap();
    fs::write(
        &log,
        "n,at\n10,2026-01-01T00:00:01Z\n11,2025-12-31T00:00:00Z\n8,2026-01-02T00:00:00Z\n",
    )
    .unwrap();
    served.start_run(&export).await;
    let second = [
        ("people.csv", "name,age\r\nEve,20\r\nBob,41\r\n"),
        ("log.jsonl", "{\"n\":\"11\"}\n"),
        ("times.jsonl", "{\"n\":\"8\"}\n"),
        ("people.deleted.jsonl", "{\"id\":3}\n"),
    ];
    check(&served.unpacked(&export, 2).await, &second);

    served.start_run(&export).await;
    check(
        &served.unpacked(&export, 3).await,
        &[
            ("people.csv", "name,age\r\n"),
            ("log.jsonl", ""),
            ("times.jsonl", ""),
            ("people.deleted.jsonl", ""),
        ],
    );

    // A run that fails moves nothing: the next one gives what it would have given, and more.
    fs::write(&people, [person(4, "Eve", 20), "{\"id\": 5, oops}\n".to_owned()].concat()).unwrap();
    fs::write(&log, "n,at\n12,2026-01-03T00:00:00Z\n").unwrap();
    served.start_run(&export).await;
    let failed = served.ended(&export, 4).await;
    assert_eq!(
        (&failed["state"], &failed["faults"][0]["code"]),
        (&json!("failed"), &json!("broken_record"))
    );
    fs::write(&people, [person(4, "Eve", 21), person(5, "Flo", 5), person(1, "Ann", 30)].concat())
        .unwrap();
    fs::write(&log, "n,at\n12,2026-01-03T00:00:00Z\n13,2026-01-04T00:00:00Z\n").unwrap();
    served.start_run(&export).await;
    check(
        &served.unpacked(&export, 5).await,
        &[
            ("people.csv", "name,age\r\nEve,21\r\nFlo,5\r\n"),
            ("log.jsonl", "{\"n\":\"12\"}\n{\"n\":\"13\"}\n"),
            ("times.jsonl", "{\"n\":\"12\"}\n{\"n\":\"13\"}\n"),
            ("people.deleted.jsonl", "{\"id\":2}\n{\"id\":9}\n"),
        ],
    );

    // An output that exports other fields begins anew; the others go on.
    let mut changed = definition();
    changed["outputs"][0]["select"]["fields"] = json!(["name"]);
    assert_eq!(served.api.put(&export, &changed).await.unwrap().status, 200);
    served.start_run(&export).await;
    check(
        &served.unpacked(&export, 6).await,
        &[("people.csv", "name\r\nEve\r\nFlo\r\nAnn\r\n"), ("log.jsonl", ""), ("times.jsonl", "")],
    );
    // What was kept of runs before is gone.
    let kept =
        fs::read_dir(served.path("data/store/exports")).unwrap().next().unwrap().unwrap().path();
    let marks = fs::read_dir(&kept).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("marks-")
    });
    assert_eq!(marks.count(), 1);
    assert_eq!(fs::read_dir(kept.join("digests")).unwrap().count(), 1);
}

#[tokio::test]
async fn whole_documents_and_files_are_compared_too() {
    let served = Served::start(SOURCES).await;
    let people = served.path("people.jsonl");
    fs::write(served.path("log.csv"), "n,at\n").unwrap();
    for name in ["a.txt", "b.txt"] {
        fs::write(served.path(name), name).unwrap();
    }
    fs::write(&people, "{\"id\":\"x\",\"f\":\"a.txt\"}\n{\"id\":\"y\",\"f\":\"a.txt\"}\n").unwrap();
    let by = json!({"by": "digest", "key": "id"});
    let export = served
        .export(&json!({"name": "Documents", "outputs": [
            {"to": "all.jsonl", "from": "people", "format": "jsonl", "incremental": by},
            {"to": "each/{id}.json", "from": "people", "format": "json", "per": "record", "incremental": by},
            {"to": "media/", "from": "people", "incremental": by, "assets": {"field": "f", "name": "{id}-{_name}"}},
        ]}))
        .await;
    served.unpacked(&export, 1).await;
    fs::write(&people, "{\"id\":\"y\",\"f\":\"b.txt\"}\n").unwrap();
    served.start_run(&export).await;
    check(
        &served.unpacked(&export, 2).await,
        &[
            ("all.jsonl", "{\"id\":\"y\",\"f\":\"b.txt\"}\n"),
            ("each/y.json", "{\"id\":\"y\",\"f\":\"b.txt\"}\n"),
            ("media/y-b.txt", "b.txt"),
            ("all.deleted.jsonl", "{\"id\":\"x\"}\n"),
            ("each/deleted.jsonl", "{\"id\":\"x\"}\n"),
            ("media/deleted.jsonl", "{\"id\":\"x\"}\n"),
        ],
    );
    // Nobody can tell the one from the other.
    fs::write(&people, "{\"id\":\"y\",\"f\":\"b.txt\"}\n{\"id\":\"y\",\"f\":\"a.txt\"}\n").unwrap();
    served.start_run(&export).await;
    let failed = served.ended(&export, 3).await;
    assert_eq!(failed["faults"][0]["place"], "/outputs/0/incremental", "{failed:#}");
}

#[tokio::test]
async fn a_full_run_gives_everything_and_the_next_ones_go_on_from_it() {
    let served = Served::start(SOURCES).await;
    let (people, log) = (served.path("people.jsonl"), served.path("log.csv"));
    let lines = [person(1, "Ann", 30), person(2, "Bob", 40)];
    fs::write(&people, lines.concat()).unwrap();
    fs::write(&log, "n,at\n1,2026-01-01T00:00:00Z\n").unwrap();
    let export = served.export(&definition()).await;
    served.unpacked(&export, 1).await;

    // One that fails moves nothing: what is new is still new.
    let changed = [person(1, "Ann", 31), person(3, "Cid", 50)].concat();
    fs::write(&people, format!("{changed}{{\"id\": 5, oops}}\n")).unwrap();
    start_full(&served, &export).await;
    assert_eq!(served.ended(&export, 2).await["state"], "failed");
    fs::write(&people, &changed).unwrap();
    served.start_run(&export).await;
    let usual = [
        ("people.csv", "name,age\r\nAnn,31\r\nCid,50\r\n"),
        ("log.jsonl", ""),
        ("times.jsonl", ""),
        ("people.deleted.jsonl", "{\"id\":2}\n"),
    ];
    check(&served.unpacked(&export, 3).await, &usual);

    fs::write(&log, "n,at\n1,2026-01-01T00:00:00Z\n2,2026-01-02T00:00:00Z\n").unwrap();
    start_full(&served, &export).await;
    let everything = [
        ("people.csv", "name,age\r\nAnn,31\r\nCid,50\r\n"),
        ("log.jsonl", "{\"n\":\"1\"}\n{\"n\":\"2\"}\n"),
        ("times.jsonl", "{\"n\":\"1\"}\n{\"n\":\"2\"}\n"),
    ];
    check(&served.unpacked(&export, 4).await, &everything);
    assert_eq!(served.ended(&export, 4).await["full"], true);

    fs::write(&people, person(3, "Cid", 50)).unwrap();
    served.start_run(&export).await;
    let after = [
        ("people.csv", "name,age\r\n"),
        ("log.jsonl", ""),
        ("times.jsonl", ""),
        ("people.deleted.jsonl", "{\"id\":1}\n"),
    ];
    check(&served.unpacked(&export, 5).await, &after);
    let refused = served.api.post(&format!("{export}/start?ful=true"), &Value::Null).await.unwrap();
    assert_eq!(refused.status, 422, "{:#}", refused.body);
}

/// Starts a run that exports everything, by the command line.
async fn start_full(served: &Served, export: &str) {
    let id = export.rsplit('/').next().unwrap();
    let token = fs::read_to_string(served.path("data/token")).unwrap();
    let arguments = ["start", id, "--full", "--url", &served.url, "--token", token.trim()];
    served.fleet.run(&arguments).await.unwrap();
}
