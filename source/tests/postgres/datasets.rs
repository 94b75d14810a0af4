//! Datasets in tables: their names and columns configured, the whole seen at one moment.

use std::sync::Arc;

use serde_json::{Value, json};
use source::Source;
use source::datasets::{Filter, Record};

use crate::database::{Database, batches_of, open_any, read, rows};

/// Tables whose ids are of three types, one of them with a column that has another name.
const TABLES: &str = "
    CREATE TABLE datasets (id int PRIMARY KEY, name text);
    CREATE TABLE images (id uuid PRIMARY KEY, dataset int, name text, resource text, priority numeric);
    CREATE TABLE annotations (id text PRIMARY KEY, entry_id uuid, dimensions jsonb, deleted_at timestamptz);
    CREATE TABLE medias (id int PRIMARY KEY, resource text, key text, filename text, meta json);
    INSERT INTO datasets VALUES (1, 'One'), (2, 'O''Two');
    INSERT INTO images SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, n % 2 + 1,
        n || '.png', 'r' || n, 1.50 FROM generate_series(1, 2500) n;
    INSERT INTO annotations SELECT 'a' || n || '-' || m, ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        jsonb_build_object('type', CASE m WHEN 1 THEN 'idah-image:bounding-box' ELSE 'idah-image:polygon' END),
        CASE m WHEN 3 THEN now() END FROM generate_series(1, 2500) n, generate_series(1, 3) m;
    INSERT INTO medias VALUES (1, 'r1', '', '1.png', '{\"width\": 64, \"height\": 48}'), (2, 'r1', 'thumb', 't.png', NULL)";

async fn filled(schema: &'static str, consistency: &str) -> (Database, Arc<dyn Source>) {
    let database = Database::new(schema).await;
    database.run(TABLES).await;
    let table = |name: &str| json!({"table": format!("{schema}.{name}")});
    let mut entries = table("images");
    entries["columns"] = json!({"dataset_id": "dataset"});
    let spec = json!({"kind": "dataset", "postgres": {
        "url": database.url, "consistency": consistency, "datasets": table("datasets"), "entries": entries,
        "annotations": table("annotations"), "medias": table("medias"),
    }});
    let source = open_any(&serde_json::from_value(spec).unwrap()).unwrap();
    (database, source)
}

fn id(nth: u32) -> String {
    format!("00000000-0000-0000-0000-{nth:012}")
}

fn value(record: &Record) -> Value {
    serde_json::from_str(record.get()).unwrap()
}

#[tokio::test]
async fn rows_have_all_that_belongs_to_them_in_every_slice() {
    let (_database, source) = filled("datasets_rows", "none").await;
    let mut wanted = batches_of(1000);
    wanted.needs_columns = false;
    let survey = source.survey(&wanted).await.unwrap();
    assert_eq!((survey.slices.len(), survey.records), (3, Some(2500)));
    let mut seen = Vec::new();
    for slice in &survey.slices {
        for row in rows(&*source, &read(&survey, slice)).await.unwrap() {
            let row: Value = serde_json::from_str(&row[0].1).unwrap();
            assert_eq!(row["annotations"].as_array().unwrap().len(), 2, "{row}");
            let set = row["dataset_id"].as_u64().unwrap();
            assert_eq!(row["dataset"]["name"], ["One", "O'Two"][usize::try_from(set).unwrap() - 1]);
            seen.push(row["id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(seen, (1..=2500).map(id).collect::<Vec<_>>());

    wanted.needs_columns = true;
    let survey = source.survey(&wanted).await.unwrap();
    let fields = survey.fields.unwrap().join(" ");
    let expected =
        "id dataset_id name resource priority width height file files dataset annotations medias";
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn the_database_leaves_out_the_entries_that_their_records_would() {
    let (_database, source) = filled("datasets_filtered", "none").await;
    let mut wanted = batches_of(0);
    wanted.needs_columns = false;
    let survey = source.survey(&wanted).await.unwrap();
    // One column has another name, and the other is not there at all.
    for (filter, expected) in [
        (json!({"dataset_id": ["1"]}), 1250),
        (json!({"dataset_id": 2, "status": null}), 1250),
        (json!({"dataset_id": ["1", "2"], "status": "completed"}), 0),
        (json!({"dataset_id": {"ne": "1"}, "name": "1.png"}), 1),
        (json!({"dataset_id": {"lt": "2"}, "status": {"ne": "completed"}}), 1250),
        (json!({"dataset_id": [2, null]}), 1250),
        (json!({"dataset_id": "1' OR '1'='1"}), 0),
    ] {
        let mut read = read(&survey, &survey.slices[0]);
        read.filter = serde_json::from_value(filter.clone()).unwrap();
        assert_eq!(rows(&*source, &read).await.unwrap().len(), expected, "{filter}");
    }
}

#[tokio::test]
async fn datasets_are_given_record_by_record() {
    let (_database, source) = filled("datasets_records", "none").await;
    let datasets = source.datasets().unwrap();
    assert_eq!(datasets.ids().await.unwrap(), ["1", "2"]);
    assert_eq!(value(&datasets.dataset("2").await.unwrap().unwrap())["name"], "O'Two");
    let (mut seen, all) = (Vec::<String>::new(), Filter::default());
    loop {
        let after = seen.last().map(String::as_str);
        let page = datasets.entries("2", &all, after).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 1000 && page[0].get().contains("1.50"), "{}", page[0]);
        seen.extend(page.iter().map(|entry| value(entry)["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, (1..=2500).filter(|nth| nth % 2 == 1).map(id).collect::<Vec<_>>());

    let entries = [id(9), id(1)];
    let boxes: Filter = Filter(json!({"type": "bounding_box"}).as_object().unwrap().clone());
    let annotations = datasets.annotations(&entries, &boxes).await.unwrap();
    let ids: Vec<Vec<Value>> = annotations
        .iter()
        .map(|some| some.iter().map(|one| value(one)["id"].clone()).collect())
        .collect();
    assert_eq!(ids, [[json!("a9-1")], [json!("a1-1")]]);
    let medias = datasets.medias(&entries, &all).await.unwrap();
    assert_eq!((medias[0].len(), medias[1].len()), (0, 2));
    assert_eq!(value(&medias[1][0])["meta"]["width"], 64);
}

#[tokio::test]
async fn what_belongs_to_entries_is_of_the_same_snapshot() {
    let (database, source) = filled("datasets_snapshot", "snapshot").await;
    let mut wanted = batches_of(0);
    wanted.needs_columns = false;
    let survey = source.survey(&wanted).await.unwrap();
    database.run("DELETE FROM annotations; UPDATE datasets SET name = 'Other'").await;
    let given = rows(&*source, &read(&survey, &survey.slices[0])).await.unwrap();
    let row: Value = serde_json::from_str(&given[0][0].1).unwrap();
    assert_eq!(row["annotations"].as_array().unwrap().len(), 2);
    assert_eq!(row["dataset"]["name"], "O'Two");
}
