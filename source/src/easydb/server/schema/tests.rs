use serde_json::json;

use super::*;

#[test]
fn fields_that_only_other_masks_have_follow_those_of_the_preferred_one() {
    let schema: Schema = serde_json::from_value(json!({"version": 1, "tables": [
        {"table_id": 1, "name": "bild", "columns": [
            {"column_id": 1, "name": "intern", "type": "text"},
            {"column_id": 2, "name": "titel", "type": "text_oneline"}]},
        {"table_id": 2, "name": "bild__wort", "columns": [
            {"column_id": 3, "name": "wort", "type": "string"},
            {"column_id": 4, "name": "gewicht", "type": "integer"}]},
        {"table_id": 3, "name": "ort", "columns": [
            {"column_id": 5, "name": "name", "type": "string"}]}]}))
    .unwrap();
    let field = |id: u64| json!({"kind": "field", "column_id": id});
    let words = |fields: Vec<serde_json::Value>| json!({"kind": "linked-table", "other_table_id": 2, "mask": {"fields": fields}});
    let masks: Maskset = serde_json::from_value(json!({"masks": [
        {"table_id": 1, "name": "bild__intern",
            "fields": [field(1), words(vec![field(4), field(3)]), field(2)]},
        {"table_id": 1, "name": "bild__public", "is_preferred": true,
            "fields": [field(2), words(vec![field(3)])]},
        {"table_id": 3, "name": "ort__hidden", "fields": [field(5)]}]}))
    .unwrap();
    let types = types(&schema, &masks, &Names::new(), &Filenames::new());
    assert_eq!(types.keys().collect::<Vec<_>>(), ["bild"]);
    let names = |columns: &[Column]| columns.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let columns = &types["bild"].columns;
    assert_eq!(names(columns), ["titel", "_nested:bild__wort", "intern"]);
    let ColumnKind::Nested { columns } = &columns[1].kind else { panic!("{columns:?}") };
    assert_eq!(names(columns), ["wort", "gewicht"]);
}

#[test]
fn types_appear_in_the_main_search_where_the_schema_says_so() {
    let schema = json!({"tables": [
        {"table_id": 1, "name": "bild", "in_main_search": true},
        {"table_id": 2, "name": "ort", "in_main_search": false},
        {"table_id": 3, "name": "person"}, {"table_id": 4, "name": "wort", "in_main_search": null}]});
    let preferred = (1..=4).map(|id| json!({"table_id": id, "is_preferred": true}));
    let masks = json!({"masks": preferred.collect::<Vec<_>>()});
    let schema: Schema = serde_json::from_value(schema).unwrap();
    let masks: Maskset = serde_json::from_value(masks).unwrap();
    let types = types(&schema, &masks, &Names::new(), &Filenames::new());
    let told: Vec<(&str, bool)> =
        types.iter().map(|(name, one)| (name.as_str(), one.in_main_search)).collect();
    let expected = [("bild", true), ("ort", false), ("person", false), ("wort", false)];
    assert_eq!(told, expected);
}

#[test]
fn columns_bear_their_numbers() {
    let schema = json!({"tables": [{"table_id": 1, "name": "bild", "columns": [
        {"column_id": 7, "name": "titel", "type": "text"},
        {"column_id": 9, "name": "serie", "type": "link"}]}]});
    let masks = json!({"masks": [{"table_id": 1, "is_preferred": true, "fields": [
        {"kind": "field", "column_id": 7},
        {"kind": "link", "column_name_hint": "serie", "other_table_id": 1},
        {"kind": "reverse-linked-table", "other_table_id": 1, "other_column_id": 9}]}]});
    let schema: Schema = serde_json::from_value(schema).unwrap();
    let masks: Maskset = serde_json::from_value(masks).unwrap();
    let types = types(&schema, &masks, &Names::new(), &Filenames::new());
    let told: Vec<(&str, Option<u64>)> =
        types["bild"].columns.iter().map(|column| (column.name.as_str(), column.id)).collect();
    let reverse = "_reverse_nested:bild:serie";
    assert_eq!(told, [("titel", Some(7)), ("serie", Some(9)), (reverse, Some(9))]);
}
