//! What is asked of an export service, and what is too long to be asked.

use serde_json::{Value, json};

use super::super::{LeftOut, MAX_PATH_LEN, Output, Template, Templates, Unannotated, requested};
use super::{bag, catalogue, reference, table};
use crate::deriva::schema::{Catalogue, VISIBLE_COLUMNS};

fn alone(columns: &[&str], annotations: &Value) -> Catalogue {
    catalogue(&json!({}), &json!({}), &[table("t", columns, annotations)])
}

/// The only query of a template with this output.
fn query(source: &Value) -> String {
    let output = json!({ "source": source, "destination": { "type": "csv" } });
    let template = json!({ "displayname": "it", "type": "BAG", "outputs": [output] });
    let template = Template::read(&template).unwrap();
    let catalogue = alone(&["title"], &json!({}));
    let table = catalogue.table("s", "t").unwrap();
    let request = requested(&template, &reference(table, "M:=s:t/RID=1"), "t_1").request;
    request.catalog.query_processors[0].params["query_path"].as_str().unwrap().to_owned()
}

#[test]
fn a_query_is_the_api_the_rows_and_what_comes_after_them() {
    let of = |source: Value| query(&source);
    assert_eq!(of(json!({ "api": "entity" })), "/entity/M:=s:t/RID=1?limit=none");
    assert_eq!(
        of(json!({ "api": "attribute", "path": "//a,b/" })),
        "/attribute/M:=s:t/RID=1/a,b?limit=none"
    );
    let skipped = json!({ "api": "", "path": "/entity/s:u/?accept=csv", "skip_root_path": true });
    assert_eq!(of(skipped), "/entity/s:u/?accept=csv&limit=none");
    assert_eq!(of(json!({ "api": "schema", "skip_root_path": true })), "/schema");
    let nameless = json!({ "api": false, "path": "/schema/s", "skip_root_path": true });
    assert_eq!(of(nameless), "/schema/s");
    assert_eq!(of(json!({ "api": "entity", "skip_limit": true })), "/entity/M:=s:t/RID=1");
}

#[test]
fn an_api_that_is_no_text_stays_what_it_is() {
    let output = json!({
        "source": { "api": false, "skip_root_path": true }, "destination": { "type": "json" },
    });
    let whole = json!({ "displayname": "it", "type": "FILE", "outputs": [output] });
    let template = Template::read(&whole).unwrap();
    assert_eq!(serde_json::to_value(&template).unwrap(), whole);
    assert_eq!(query(&whole["outputs"][0]["source"]), "/");
}

#[test]
fn a_query_that_has_a_limit_keeps_it() {
    let of = |path: &str| query(&json!({ "api": "entity", "path": path }));
    assert_eq!(of("?limit=5"), "/entity/M:=s:t/RID=1/?limit=5");
    assert_eq!(of("?accept=csv&limit=5"), "/entity/M:=s:t/RID=1/?accept=csv&limit=5");
    assert_eq!(of("x?unlimit=5"), "/entity/M:=s:t/RID=1/x?unlimit=5&limit=none");
    assert_eq!(of("x?odd&limit=5"), "/entity/M:=s:t/RID=1/x?odd&limit=5&limit=none");
}

#[test]
fn everything_a_template_says_is_in_the_request() {
    let template = json!({
        "displayname": "it", "type": "FILE", "public": true,
        "bag_archiver": "tgz", "bag_idempotent": true,
        "transforms": [{ "processor": "cat" }], "postprocessors": [{ "processor": "identifier" }],
        "outputs": [{
            "source": { "api": "schema", "skip_root_path": true },
            "destination": {
                "type": "own", "impl": "x.Y", "params": { "paged_query": true, "output_path": "z" },
            },
        }, { "source": { "api": "entity" }, "destination": { "type": "", "name": "" } }],
    });
    let template = Template::read(&template).unwrap();
    let display = json!({ "tag:misd.isi.edu,2015:display": { "name": "All: things" } });
    let catalogue = alone(&["title"], &display);
    let table = catalogue.table("s", "t").unwrap();
    let reference = reference(table, "M:=s:t");
    let request = requested(&template, &reference, "t").request;
    assert_eq!(
        serde_json::to_value(&request).unwrap(),
        json!({
            "bag": {
                "bag_name": "t", "bag_algorithms": ["md5"], "bag_archiver": "tgz",
                "bag_metadata": {}, "bag_idempotent": true,
            },
            "catalog": {
                "host": "https://example.org", "catalog_id": "1@361-FY5J-NNKT",
                "query_processors": [
                    {
                        "processor": "own", "processor_type": "x.Y",
                        "processor_params": {
                            "query_path": "/schema", "output_path": "z", "paged_query": true,
                        },
                    },
                    {
                        "processor": "csv",
                        "processor_params": {
                            "query_path": "/entity/M:=s:t?limit=none", "output_path": "All_ things",
                        },
                    },
                ],
            },
            "transform_processors": [{ "processor": "cat" }],
            "post_processors": [{ "processor": "identifier" }],
            "public": true,
        })
    );
}

#[test]
fn a_query_that_is_too_long_is_left_out_and_told() {
    let length = MAX_PATH_LEN - "entity/M:=s:t/".len();
    let long = |len: usize| Output::of("csv", "x".to_owned(), "entity", Some("x".repeat(len)));
    let mut template = Template::read(&json!({
        "displayname": "it", "type": "BAG",
        "outputs": [{ "source": { "api": "entity" }, "destination": { "type": "csv" } }],
    }))
    .unwrap();
    template.outputs = vec![long(length), long(length + 1)];
    let catalogue = alone(&["title"], &json!({}));
    let table = catalogue.table("s", "t").unwrap();
    let asked = requested(&template, &reference(table, "M:=s:t"), "t");
    assert_eq!(asked.request.catalog.query_processors.len(), 1);
    assert_eq!(asked.left_out, [LeftOut { index: 1, len: MAX_PATH_LEN + 1 }]);
}

#[test]
fn columns_that_do_not_fit_into_an_address_are_asked_for_as_whole_rows() {
    let columns: Vec<_> = (0..100).map(|number| format!("{}{number:02}", "x".repeat(38))).collect();
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    // The key takes 3 characters, a column 41 with what stands before it.
    let fitting = (MAX_PATH_LEN - 3) / 41;
    let catalogue = alone(&columns[..fitting], &json!({}));
    assert!(bag(&catalogue, "t")[0].starts_with("t: attributegroup/RID;"));
    let catalogue = alone(&columns[..=fitting], &json!({}));
    assert_eq!(bag(&catalogue, "t"), ["t: entity/"]);
    let table = catalogue.table("s", "t").unwrap();
    let csv = Templates::of(table, "detailed", Unannotated::Nothing).csv.unwrap();
    let request = requested(&csv, &reference(table, "M:=s:t"), "t").request;
    let params = &request.catalog.query_processors[0].params;
    assert_eq!(params["query_path"], "/entity/M:=s:t?limit=none");
}

#[test]
fn a_table_that_exports_no_column_has_no_file_and_no_bag() {
    let catalogue = alone(&["title"], &json!({ VISIBLE_COLUMNS: { "export": [] } }));
    let table = catalogue.table("s", "t").unwrap();
    assert_eq!(Templates::of(table, "detailed", Unannotated::Bag), Templates::default());
    assert!(bag(&catalogue, "t").is_empty());
}
