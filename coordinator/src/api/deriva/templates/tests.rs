//! What becomes of a request for a template, without anybody being asked.

use serde_json::json;

use super::*;

/// A table with a template for a bag and one for a file that is open to everybody.
fn place() -> Place {
    let output = json!({"source": {"api": "entity"}, "destination": {"type": "csv", "name": "t"}});
    let templates = json!([
        {"displayname": "Bag", "type": "BAG", "outputs": [output]},
        {"displayname": "File", "type": "FILE", "outputs": [output], "public": true},
        {"displayname": "None", "type": "BAG", "outputs": []},
    ]);
    let column = json!({"name": "RID", "type": {"typename": "text"}, "nullok": false,
        "rights": {"select": true}, "annotations": {}});
    let table = json!({"schema_name": "s", "table_name": "t", "kind": "table",
        "annotations": {"tag:isrd.isi.edu,2016:export": {"templates": templates}},
        "column_definitions": [column], "foreign_keys": [],
        "keys": [{"names": [["s", "t_key"]], "unique_columns": ["RID"]}]});
    let document = json!({"schemas": {"s": {"schema_name": "s", "tables": {"t": table}}}});
    let catalogue = Catalogue::read(document.to_string().as_bytes()).unwrap();
    Place {
        service: "https://h/ermrest".to_owned(),
        catalogue: Arc::new(catalogue),
        schema: "s".to_owned(),
        table: "t".to_owned(),
    }
}

fn wanted(body: &Value) -> Wanted {
    Wanted::read(body.to_string().as_bytes()).unwrap()
}

#[test]
fn a_template_becomes_the_request_that_a_client_would_send() {
    let rows = wanted(&json!({"path": "RID=1-X4"}));
    let Request { way, uri, configuration, warnings } =
        place().request("7@3-A", "Bag", &rows).unwrap();
    assert_eq!((way, uri.query(), warnings.len()), (Way::Bag, None, 0));
    assert_eq!(configuration["bag"]["bag_name"], "t");
    let catalog = &configuration["catalog"];
    assert_eq!((&catalog["host"], &catalog["catalog_id"]), (&json!("https://h"), &json!("7@3-A")));
    let params = &catalog["query_processors"][0]["processor_params"];
    assert_eq!(params["query_path"], "/entity/M:=s:t/RID=1-X4?limit=none");
}

#[test]
fn a_result_is_open_where_the_request_or_else_the_template_says_so() {
    let query = |displayname: &str, body: Value| {
        let Request { way, uri, configuration, .. } =
            place().request("7", displayname, &wanted(&body)).unwrap();
        assert_eq!(way == Way::Files, configuration.get("bag").is_none());
        uri.query().map(str::to_owned)
    };
    assert_eq!(query("File", json!({})).as_deref(), Some("public=true"));
    assert_eq!(query("File", json!({"public": false})).as_deref(), Some("public=false"));
    assert_eq!(query("Bag", json!({"public": true})).as_deref(), Some("public=true"));
}

#[test]
fn what_is_left_out_for_its_long_query_is_told() {
    let rows = wanted(&json!({"path": format!("RID={}", "X".repeat(4000))}));
    let warnings = place().request("7", "Bag", &rows).unwrap().warnings;
    assert!(warnings[0].starts_with("output 0 is left out: its query has 40"), "{warnings:?}");
}

#[test]
fn what_is_no_template_is_told_with_its_reason() {
    let told = |displayname: &str| {
        let trouble = place().request("7", displayname, &Wanted::default()).unwrap_err();
        assert_eq!(trouble.status, StatusCode::NOT_FOUND);
        trouble.faults[0].to_string()
    };
    assert!(told("None").contains("outputs is not a list of one output or more"));
    assert!(told("Other").contains("there are Bag, File"));
    let elsewhere = Place { table: "u".to_owned(), ..place() };
    assert_eq!(elsewhere.table().err().map(|trouble| trouble.status.as_u16()), Some(404));
}

#[test]
fn a_body_says_which_rows_and_nothing_that_is_not_known() {
    assert_eq!(Wanted::read(b"").unwrap(), Wanted::default());
    for body in ["[]", "{\"paths\": \"\"}", "{\"public\": 1}", "x"] {
        let trouble = Wanted::read(body.as_bytes()).unwrap_err();
        assert_eq!(trouble.status, StatusCode::BAD_REQUEST, "{body}");
    }
}
