//! Templates that cannot be used, and what is said of them.

use serde_json::{Value, json};

use super::of_list;

fn check(template: &Value, said: &str) {
    let templates = of_list(&json!([template]), &json!({}));
    assert!(templates.valid.is_empty(), "{template}");
    let [dropped] = templates.dropped.as_slice() else { panic!("{templates:?}") };
    assert_eq!(dropped.flaw.to_string(), said, "{template}");
    assert!(!dropped.flaw.hint().is_empty(), "{template}");
}

/// A template with this one output.
fn with(output: &Value) -> Value {
    json!({ "displayname": "it", "type": "BAG", "outputs": [output] })
}

#[test]
fn every_flaw_is_told_with_its_place() {
    let fine = json!({ "source": { "api": "entity" }, "destination": { "type": "csv" } });
    assert_eq!(of_list(&json!([with(&fine)]), &json!({})).valid.len(), 1);

    check(&json!("BDBag"), "the template is not an object");
    check(&json!({ "type": "BAG", "outputs": [fine] }), "displayname is missing");
    check(&json!({ "displayname": "it", "outputs": [fine] }), "type is missing");
    let unknown = json!({ "displayname": "it", "type": "BDBAG", "outputs": [fine] });
    check(&unknown, "type is neither BAG nor FILE");
    for outputs in [json!([]), json!({}), json!("all")] {
        let template = json!({ "displayname": "it", "type": "FILE", "outputs": outputs });
        check(&template, "outputs is not a list of one output or more");
    }
    check(
        &json!({ "displayname": "it", "type": "FILE" }),
        "outputs is not a list of one output or more",
    );
    check(&with(&json!(3)), "outputs[0] is not an object");
    check(&with(&json!({ "source": { "api": "entity" } })), "outputs[0].destination is missing");
    check(&with(&json!({ "destination": { "type": "csv" } })), "outputs[0].source is missing");
    let mut output = fine.clone();
    output["source"] = json!({ "path": "x" });
    check(&with(&output), "outputs[0].source.api is missing");
    output["source"] = json!("entity");
    check(&with(&output), "outputs[0].source is not an object");
    output = fine;
    output["destination"] = json!({ "name": "x" });
    check(&with(&output), "outputs[0].destination.type is missing");
    output["destination"] = json!({ "type": 3 });
    check(&with(&output), "it cannot be read: invalid type: integer `3`, expected a string");
}

#[test]
fn the_second_template_is_told_by_its_place_and_name() {
    let fine = json!({ "source": { "api": "entity" }, "destination": { "type": "csv" } });
    let templates = of_list(&json!([with(&fine), with(&json!({}))]), &json!({}));
    assert_eq!(templates.valid.len(), 1);
    assert_eq!(
        templates.dropped[0].to_string(),
        "table s:t.templates[1], it: outputs[0].source is missing"
    );
}

#[test]
fn what_nobody_knows_is_kept_and_switches_are_read_as_clients_do() {
    let template = json!({
        "displayname": "it", "type": "FILE", "name": "export_data_file",
        "outputs": [{
            "source": { "api": "schema", "skip_root_path": "yes", "skip_limit": 0, "note": 1 },
            "destination": { "type": "json", "impl": "x.Y", "params": { "paged_query": true } },
            "comment": "kept",
        }],
    });
    let read = of_list(&json!([template]), &json!({})).valid.remove(0);
    assert_eq!(read.outputs[0].source.skip_root_path, Some(true));
    assert_eq!(read.outputs[0].source.skip_limit, Some(false));
    let mut written = serde_json::to_value(&read).unwrap();
    written["outputs"][0]["source"]["skip_root_path"] = json!("yes");
    written["outputs"][0]["source"]["skip_limit"] = json!(0);
    assert_eq!(written, template);
}
