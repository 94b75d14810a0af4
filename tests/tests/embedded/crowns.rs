//! Pictures that people took and marked, exported in every native format and by an exporter of a plugin: other
//! people's readers see the boxes of the records.

use std::fs;
use std::path::Path;

use proto::fault::Code;
use serde_json::{Value, json};
use tests::plugins_section;

use super::desk::Desk;
use super::material::{example, scenario};
use super::tool::tool;

/// What each entry is exported as, with the media that are asked for.
fn outputs(status: &str, medias: &str) -> Vec<Value> {
    let select = match status {
        "any" => json!({}),
        status => json!({"where": {"status": status}}),
    };
    let shapes = json!({"dataset": {
        "kind": "dimensions.type", "points": "dimensions.points", "category": "annotation.category",
        "folder": "images/", "categories": ["Alive", "Dead", "Tree"],
    }});
    let records = |format: &str| json!({"to": format!("entries.{format}"), "from": "crowns", "format": format, "select": select});
    let pictures = |to: &str, format: &str| json!({"to": to, "from": "crowns", "format": format, "options": shapes, "select": select});
    let each = |to: &str, format: &str| {
        let mut output = pictures(to, format);
        output["per"] = json!("record");
        output
    };
    let mut table = records("csv");
    table["select"]["fields"] = json!(["id", "name", "status", "width", "height"]);
    let mut outputs = vec![
        records("json"),
        records("jsonl"),
        table,
        pictures("coco.json", "coco"),
        pictures("cvat.xml", "cvat"),
        {
            let mut names = pictures("data.yaml", "yolo");
            names.as_object_mut().unwrap().remove("select");
            names
        },
        each("labels/{_stem}.txt", "yolo"),
        each("annotations/{_stem}.xml", "voc"),
        json!({"to": "crowns.upd", "from": "crowns", "format": "upd", "options": {"medias": medias}, "select": select}),
        json!({"to": "plugin/", "from": "crowns", "plugin": "media-zip", "options": {"include_medias": medias}}),
    ];
    let assets = |field: &str| json!({"to": "images/", "from": "crowns", "select": select, "assets": {"field": field}});
    match medias {
        "original" => outputs.push(assets("file")),
        "all" => outputs.push(assets("files")),
        _ => {}
    }
    outputs
}

/// The configuration of a worker whose program is there.
fn duckdb(program: &Path) -> String {
    format!("[worker]\nduckdb = '{}'\n", program.display())
}

#[tokio::test]
async fn pictures_of_trees_are_read_by_others_in_every_format() {
    let desk = Desk::new();
    let crowns = example("crowns");
    let plugins = plugins_section(&[example("plugins")], "");
    let config = format!("{}{plugins}", duckdb(&tests::env::venv().join("bin/duckdb")));
    let python = tests::env::venv().join("bin/python");
    for (status, medias, batch_size) in
        [("completed", "none", 0), ("any", "original", 3), ("completed", "all", 1)]
    {
        let definition = json!({
            "name": "Crowns",
            "batch_size": batch_size,
            "outputs": outputs(status, medias),
            "sources": {"crowns": {"kind": "dataset", "directory": crowns}},
        });
        let ran = desk.define(&definition).config(&config).apart(medias).done().await;
        ran.entries();
        let verdict = tool(
            python.to_str().unwrap(),
            [
                scenario("crowns/judge.py").as_os_str(),
                crowns.as_os_str(),
                ran.unpacked().as_os_str(),
                status.as_ref(),
                medias.as_ref(),
            ],
        );
        assert_eq!(verdict, "as it should be\n", "{medias}");
    }
}

#[tokio::test]
async fn upd_without_its_program_fails_before_anything_is_made() {
    let desk = Desk::new();
    let definition = json!({
        "name": "Crowns",
        "outputs": [{"to": "crowns.upd", "from": "crowns", "format": "upd"}],
        "sources": {"crowns": {"kind": "dataset", "directory": example("crowns")}},
    });
    let config = duckdb(Path::new("/nowhere/duckdb"));
    let ran = desk.define(&definition).config(&config).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&[Code::NotConfigured.as_str(), "/nowhere/duckdb", "[worker] duckdb"]);
    ran.assert_nothing_made();
}

#[tokio::test]
async fn media_that_are_missing_are_left_out_of_upd_and_told() {
    let desk = Desk::new();
    for kind in ["datasets", "entries", "annotations", "medias"] {
        let name = format!("{kind}.jsonl");
        desk.write(&format!("crowns/{name}"), fs::read(example("crowns").join(name)).unwrap());
    }
    desk.write("crowns/media/other.png", "another");
    let definition = json!({
        "name": "Crowns",
        "on_error": "warn",
        "outputs": [{"to": "crowns.upd", "from": "crowns", "format": "upd"}],
        "sources": {"crowns": {"kind": "dataset", "directory": "crowns"}},
    });
    let config = duckdb(&tests::env::venv().join("bin/duckdb"));
    let ran = desk.define(&definition).config(&config).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let warnings = ran.text("warnings.jsonl");
    assert!(warnings.contains("media were left out: 10"), "{warnings}");
    assert!(warnings.contains("osbs_029-1.png"), "{warnings}");
    let python = tests::env::venv().join("bin/python");
    let counts = "import sys, duckdb; read = duckdb.connect(sys.argv[1], read_only=True).sql; \
                  print(read('SELECT count(*), count(media_url) FROM entries').fetchall()[0], \
                  read('SELECT count(*) FROM medias').fetchall()[0])";
    let database = ran.unpacked().join("crowns.upd");
    let seen =
        tool(python.to_str().unwrap(), ["-c".as_ref(), counts.as_ref(), database.as_os_str()]);
    assert_eq!(seen, "(10, 0) (0,)\n");
}
