//! Fragments in their places, and those that cannot be put there.

use serde_json::{Value, json};

use super::super::{Flaw, Templates, Unannotated};
use super::{catalogue, of_list, table};
use crate::deriva::schema::{EXPORT, EXPORT_FRAGMENTS};

fn output(name: &str) -> Value {
    json!({ "source": { "api": "entity" }, "destination": { "name": name, "type": "csv" } })
}

fn of_fragment(name: &str) -> Value {
    json!([{ "displayname": "it", "type": "BAG", "outputs": [{ "fragment_key": name }] }])
}

fn outputs(templates: &Templates) -> Vec<&str> {
    let outputs = templates.valid.iter().flat_map(|template| &template.outputs);
    outputs.map(|output| output.destination.name.as_deref().unwrap()).collect()
}

fn flaw(list: &Value, fragments: &Value) -> String {
    let templates = of_list(list, fragments);
    assert!(templates.valid.is_empty(), "{templates:?}");
    let [dropped] = templates.dropped.as_slice() else { panic!("{templates:?}") };
    assert!(!dropped.flaw.hint().is_empty());
    dropped.to_string()
}

#[test]
fn a_fragment_stands_for_one_value_or_for_several() {
    let fragments = json!({
        "two": [output("first"), output("second")],
        "one": output("third"),
        "both": [{ "fragment_key": "two" }, { "fragment_key": "one" }],
        "name": "of the fragment",
    });
    let templates = of_list(&of_fragment("both"), &fragments);
    assert_eq!(outputs(&templates), ["first", "second", "third"]);
    let twice = json!([{
        "displayname": { "fragment_key": "name" }, "type": "FILE",
        "outputs": [{ "fragment_key": "one" }, [{ "fragment_key": "one" }]],
    }]);
    let templates = of_list(&twice, &fragments);
    assert_eq!(templates.valid[0].displayname, "of the fragment");
    assert_eq!(outputs(&templates), ["third", "third"]);
}

#[test]
fn a_fragment_stands_for_several_templates() {
    let templates =
        json!({ "all": [of_fragment("mine")[0], of_fragment("mine")[0]], "mine": output("x") });
    let templates = of_list(&json!([{ "fragment_key": "all" }]), &templates);
    assert_eq!(templates.valid.len(), 2);
}

#[test]
fn fragments_of_the_table_come_before_those_of_the_schema_and_the_catalogue() {
    let level = |names: &[&str], whose: &str| {
        let fragments: serde_json::Map<_, _> = names
            .iter()
            .map(|name| ((*name).to_owned(), output(&format!("{whose} {name}"))))
            .collect();
        json!({ EXPORT_FRAGMENTS: fragments })
    };
    let all = ["a", "b", "c"].map(|name| json!({ "fragment_key": name }));
    let mut of_table = level(&["a"], "table's");
    of_table[EXPORT] =
        json!({ "templates": [{ "displayname": "it", "type": "BAG", "outputs": all }] });
    let catalogue = catalogue(
        &level(&["a", "b", "c"], "catalogue's"),
        &level(&["a", "b"], "schema's"),
        &[table("t", &["title"], &of_table)],
    );
    let table = catalogue.table("s", "t").unwrap();
    let templates = Templates::of(table, "compact", Unannotated::Nothing);
    assert_eq!(outputs(&templates), ["table's a", "schema's b", "catalogue's c"]);
}

#[test]
fn the_bag_of_the_table_is_a_fragment_that_nobody_else_defines() {
    let fragments = json!({ "$chaise_default_bdbag_displayname": "Mine", "$mine": output("mine") });
    let templates =
        of_list(&json!([{ "fragment_key": "$chaise_default_bdbag_template" }]), &fragments);
    assert_eq!(templates.valid[0].displayname, "BDBag");
    assert_eq!(outputs(&templates), ["t"]);
    assert_eq!(
        flaw(&of_fragment("$mine"), &fragments),
        "table s:t.templates[0], it: there is no fragment $mine"
    );
}

#[test]
fn fragments_that_contain_each_other_drop_their_template_alone() {
    let fragments = json!({
        "whole": { "source": { "api": "entity" }, "destination": { "fragment_key": "part" } },
        "part": { "fragment_key": "whole" },
        "fine": output("fine"),
    });
    assert_eq!(
        flaw(&of_fragment("whole"), &fragments),
        "table s:t.templates[0], it: fragments contain each other: whole, part, whole"
    );
    let both = json!([of_fragment("whole")[0], of_fragment("fine")[0]]);
    let templates = of_list(&both, &fragments);
    assert_eq!(outputs(&templates), ["fine"]);
    assert_eq!(templates.dropped.len(), 1);
}

#[test]
fn unknown_fragments_and_nulls_drop_their_template() {
    assert_eq!(
        flaw(&of_fragment("nowhere"), &json!({})),
        "table s:t.templates[0], it: there is no fragment nowhere"
    );
    assert_eq!(
        flaw(&of_fragment("empty"), &json!({ "empty": null })),
        "table s:t.templates[0], it: a part of it is null in fragment empty"
    );
    let list = json!([{ "displayname": "it", "type": "BAG", "outputs": null }]);
    assert_eq!(flaw(&list, &json!({})), "table s:t.templates[0], it: a part of it is null");
}

#[test]
fn fragments_that_grow_without_end_are_too_large() {
    let mut fragments = json!({ "f0": output("x") });
    for number in 1..40 {
        let before = json!({ "fragment_key": format!("f{}", number - 1) });
        fragments[format!("f{number}")] = json!([before, before]);
    }
    let templates = of_list(&of_fragment("f39"), &fragments);
    assert_eq!(templates.dropped[0].flaw, Flaw::TooLarge);
    assert_eq!(of_list(&of_fragment("f3"), &fragments).valid[0].outputs.len(), 8);
}
