//! A definition that is wrong is told what is wrong, all at once, before anything is done.

use super::desk::Desk;
use super::ran::Ran;

async fn run(definition: &str) -> (Desk, Ran) {
    let desk = Desk::new();
    desk.write("s.csv", "id,name\n1,a\n");
    let file = desk.write("export.json", definition);
    let ran = desk.ask(&file).for_people().run().await;
    (desk, ran)
}

/// That it ends with exit code 2, says all of these, and leaves nothing.
async fn check(definition: &str, expected: &[&str]) {
    let (desk, ran) = run(definition).await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(expected);
    ran.assert_nothing_made();
    drop(desk);
}

#[tokio::test]
async fn five_mistakes_are_told_at_once_with_places_and_hints() {
    let definition = r#"{"name": "x", "on_eror": "warn", "batch_size": "many",
        "outputs": [{"to": "a.csv", "from": "a", "format": "cvs"},
                    {"from": "a", "format": "csv"},
                    {"to": "b.csv", "from": "a", "format": "csv", "options": {"delimiter": "||"}}]}"#;
    let expected = [
        "export.json has 5 mistakes",
        "/on_eror: `on_eror` is not a key that is known here [unknown_field] (did you mean `on_error`?)",
        "/batch_size: \"many\" is not of types \"null\", \"integer\" [invalid_value]",
        "/outputs/0/format: \"cvs\" is none of csv, json, jsonl, xml, xlsx, parquet, fasta, coco, yolo, voc, cvat, upd [invalid_value] (did you mean `csv`?)",
        "/outputs/1: `to` is missing [missing_field]",
        "/outputs/2/options/delimiter: \"||\" is longer than 1 character [invalid_value]",
    ];
    check(definition, &expected).await;
}

#[tokio::test]
async fn a_source_that_is_not_there_is_told_with_those_that_are() {
    let definition = r#"{"name": "x", "outputs": [{"to": "a", "from": "nobody", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}}}"#;
    check(definition, &["/outputs/0/from: there is no source \"nobody\" [unknown_source]", "s)"])
        .await;
}

#[tokio::test]
async fn a_field_that_the_source_does_not_have_is_told_with_those_that_it_has() {
    let definition = r#"{"name": "x", "outputs": [{"to": "a", "from": "s", "format": "csv",
        "select": {"fields": ["id", "nme"]}}], "sources": {"s": {"kind": "csv", "path": "s.csv"}}}"#;
    let expected = ["/outputs/0", "no field \"nme\"; it has id, name", "[unknown_source_field]"];
    check(definition, &expected).await;
}

#[tokio::test]
async fn what_is_not_json_is_told_with_line_and_column() {
    check("{\"name\": \"x\",\n  outputs: []}", &["line 2, column 3", "[unreadable]"]).await;
}

#[tokio::test]
async fn a_source_file_that_is_not_there_fails_the_run() {
    let definition = r#"{"name": "x", "outputs": [{"to": "a", "from": "s", "format": "csv"}],
        "sources": {"s": {"kind": "csv", "path": "none.csv"}}}"#;
    let (_desk, ran) = run(definition).await;
    assert_eq!(ran.code, 1);
    ran.assert_said(&["none.csv", "[source_refused]"]);
    ran.assert_nothing_made();
}

#[tokio::test]
async fn a_definition_that_cannot_be_read_is_a_bad_one_whichever_command_reads_it() {
    let desk = Desk::new();
    let missing = desk.path("none.json").display().to_string();
    for command in ["run", "check", "submit"] {
        let ran = desk.command(&[command, &missing]).await;
        assert_eq!(ran.code, 2, "{command}: {}", ran.said);
        ran.assert_said(&[&format!("{missing}: the file cannot be read: "), "[unreadable]"]);
    }
}

#[tokio::test]
async fn a_folder_in_the_way_is_left_alone_unless_a_run_made_it() {
    let definition = r#"{"name": "docs",
        "outputs": [{"to": "a.csv", "from": "s", "format": "csv"}],
        "transports": [{"type": "download", "packer": "none"}],
        "sources": {"s": {"kind": "csv", "path": "s.csv"}}}"#;
    let desk = Desk::new();
    desk.write("s.csv", "id,name\n1,a\n");
    let file = desk.write("export.json", definition);
    let theirs = desk.write("out/docs/theirs.txt", "x");
    let ran = desk.ask(&file).run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["docs: this is in the way of the result, and no run made it [conflict]"]);
    assert!(theirs.exists());

    std::fs::remove_dir_all(desk.path("out")).unwrap();
    let made = desk.path("out/docs/a.csv");
    for _ in 0..2 {
        desk.ask(&file).done().await;
        assert!(made.exists());
        std::fs::remove_file(&made).unwrap();
    }
}
