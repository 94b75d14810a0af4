//! Which annotation holds: the table's, the schema's or the catalogue's, for one context or for all.

use serde_json::{Value, json};

use super::super::{Flaw, Templates, Unannotated};
use super::{catalogue, table};
use crate::deriva::schema::{EXPORT, EXPORT_BY_CONTEXT};

fn named(name: &str) -> Value {
    let outputs = json!([{ "source": { "api": "entity" }, "destination": { "type": "csv" } }]);
    json!({ "templates": [{ "displayname": name, "type": "FILE", "outputs": outputs }] })
}

/// The names of the templates of a context, by the annotations of the catalogue, the schema and the table.
fn names(levels: [&Value; 3], context: &str, unannotated: Unannotated) -> Vec<String> {
    let catalogue = catalogue(levels[0], levels[1], &[table("t", &["title"], levels[2])]);
    let templates = Templates::of(catalogue.table("s", "t").unwrap(), context, unannotated);
    assert!(templates.dropped.is_empty(), "{templates:?}");
    templates.valid.into_iter().map(|template| template.displayname).collect()
}

#[test]
fn the_nearest_annotation_that_speaks_of_a_context_holds() {
    let of_table = json!({ EXPORT_BY_CONTEXT: { "compact": named("table's lists") } });
    let of_schema = json!({
        EXPORT: named("schema's"),
        EXPORT_BY_CONTEXT: { "detailed": named("schema's records") },
    });
    let of_catalogue = json!({
        EXPORT: named("catalogue's"),
        EXPORT_BY_CONTEXT: { "compact/select": named("catalogue's choices") },
    });
    let levels = [&of_catalogue, &of_schema, &of_table];
    let first = |context| names(levels, context, Unannotated::Bag);
    assert_eq!(first("compact"), ["table's lists"]);
    assert_eq!(first("compact/select"), ["table's lists"]);
    assert_eq!(first("detailed"), ["schema's records"]);
    assert_eq!(first("entry"), ["schema's"]);
    let levels = [&of_catalogue, &json!({}), &json!({})];
    assert_eq!(
        names(levels, "compact/select/foreign_key", Unannotated::Bag),
        ["catalogue's choices"]
    );
    assert_eq!(names(levels, "compact", Unannotated::Bag), ["catalogue's"]);
}

#[test]
fn all_contexts_of_the_newer_annotation_come_before_the_older_one() {
    let of_table = json!({ EXPORT: named("old"), EXPORT_BY_CONTEXT: { "*": named("new") } });
    assert_eq!(names([&json!({}), &json!({}), &of_table], "detailed", Unannotated::Bag), ["new"]);
}

#[test]
fn a_table_of_which_nothing_is_said_offers_a_bag_of_a_record() {
    let nothing = json!({});
    let levels = [&nothing, &nothing, &nothing];
    assert_eq!(names(levels, "detailed", Unannotated::Bag), ["BDBag"]);
    assert!(names(levels, "compact", Unannotated::Bag).is_empty());
    assert!(names(levels, "detailed", Unannotated::Nothing).is_empty());
}

#[test]
fn an_annotation_without_templates_hides_those_above_it_and_says_so() {
    let of_schema = json!({ EXPORT: named("schema's") });
    for malformed in [json!(null), json!([]), json!({ "templates": { "displayname": "one" } })] {
        let of_table = json!({ EXPORT: malformed });
        let catalogue = catalogue(&json!({}), &of_schema, &[table("t", &["title"], &of_table)]);
        let table = catalogue.table("s", "t").unwrap();
        let templates = Templates::of(table, "detailed", Unannotated::Bag);
        assert!(templates.valid.is_empty(), "{templates:?}");
        let [dropped] = templates.dropped.as_slice() else { panic!("{templates:?}") };
        assert_eq!(dropped.flaw, Flaw::NoList);
        assert_eq!(dropped.to_string(), "table s:t: the annotation has no list called templates");
    }
}
