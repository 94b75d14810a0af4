//! What is exported of tables that say it: columns, foreign keys, and ways over several of them.

use serde_json::{Value, json};

use super::{bag, catalogue, leading, table};
use crate::deriva::schema::{Catalogue, SOURCE_DEFINITIONS, VISIBLE_COLUMNS, VISIBLE_FOREIGN_KEYS};

fn of(tables: &[Value]) -> Catalogue {
    catalogue(&json!({}), &json!({}), tables)
}

/// A table, `main`, with zebras and apples that lead to it, and foals that lead to zebras.
fn zoo(annotations: &Value) -> Catalogue {
    of(&[
        table("main", &["name"], annotations),
        leading(table("zebra", &["m", "kind"], &json!({})), "m", "main"),
        leading(table("apple", &["m"], &json!({})), "m", "main"),
        leading(table("foal", &["z"], &json!({})), "z", "zebra"),
    ])
}

#[test]
fn related_tables_come_in_the_order_in_which_they_are_listed() {
    let zoo = zoo(&json!({
        VISIBLE_COLUMNS: {
            "detailed": [
                "name", { "sourcekey": "zebras", "markdown_name": "*Zoo*" }, "nothing", "name",
                { "source": [{ "inbound": ["s", "gone"] }, "RID"] }, 7,
            ],
            "*": ["RID"],
        },
        VISIBLE_FOREIGN_KEYS: {
            "*": [["s", "apple_m"], ["s", "zebra_m"], { "sourcekey": "foals" }, ["s", "foal_z"]],
        },
        SOURCE_DEFINITIONS: {
            "sources": {
                "zebras": { "source": [{ "inbound": ["s", "zebra_m"] }, "RID"] },
                "foals": { "source": [{ "sourcekey": "zebras" }, { "inbound": ["s", "foal_z"] }, "RID"] },
            },
        },
    }));
    assert_eq!(
        bag(&zoo, "main"),
        [
            "main: attributegroup/RID;name",
            "_Zoo_: attributegroup/R:=(RID)=(s:zebra:m)/F1:=left(m)=(s:main:RID)/$R/\
             RID;m,main.name:=F1:name,kind",
            "apple: attributegroup/R:=(RID)=(s:apple:m)/F1:=left(m)=(s:main:RID)/$R/\
             RID;m,main.name:=F1:name",
            "foal: attributegroup/(RID)=(s:zebra:m)/R:=(RID)=(s:foal:z)/RID,main.RID:=M:RID;z",
        ]
    );
}

#[test]
fn filters_on_the_way_stay_and_those_that_need_a_row_are_left_out() {
    let way = |filter: Value| {
        let source = json!([{ "inbound": ["s", "zebra_m"] }, filter, "RID"]);
        let annotations = json!({
            VISIBLE_COLUMNS: { "*": ["RID"] },
            VISIBLE_FOREIGN_KEYS: { "*": [{ "source": source }] },
        });
        bag(&zoo(&annotations), "main").get(1).cloned().unwrap_or_default()
    };
    let found = |filter: &str| {
        format!(
            "zebra: attributegroup/R:=(RID)=(s:zebra:m)/{filter}/F1:=left(m)=(s:main:RID)/$R/\
             RID;m,main.name:=F1:name,kind"
        )
    };
    let kind = json!({ "filter": "kind", "operand_pattern": "Grévy's" });
    assert_eq!(way(kind.clone()), found("kind=Gr%C3%A9vy%27s"));
    let empty = json!({ "filter": ["kind"], "operator": "::null::", "negate": true });
    assert_eq!(way(empty.clone()), found("!(kind::null::)"));
    assert_eq!(
        way(json!({ "and": [kind, empty] })),
        found("(kind=Gr%C3%A9vy%27s&!(kind::null::))")
    );
    let one = json!({ "filter": "kind", "operator": "::gt::", "operand_pattern": "m" });
    assert_eq!(way(json!({ "or": [one], "negate": true })), found("!(kind::gt::m)"));
    for unmeant in [
        json!({ "filter": "kind", "operand_pattern": "{{{name}}}" }),
        json!({ "filter": "kind" }),
        json!({ "filter": "gone", "operand_pattern": "x" }),
        json!({ "filter": "kind", "operator": "~", "operand_pattern": "x" }),
        json!({ "and": [] }),
    ] {
        assert_eq!(way(unmeant.clone()), "", "{unmeant}");
    }
}

#[test]
fn definitions_that_begin_with_each_other_lead_nowhere() {
    let zoo = zoo(&json!({
        VISIBLE_COLUMNS: { "*": [{ "sourcekey": "one" }, "name"] },
        VISIBLE_FOREIGN_KEYS: { "*": [{ "sourcekey": "name" }, { "sourcekey": "$own" }] },
        SOURCE_DEFINITIONS: {
            "sources": {
                "one": { "source": [{ "sourcekey": "two" }, { "inbound": ["s", "foal_z"] }, "RID"] },
                "two": { "source": [{ "sourcekey": "one" }, { "inbound": ["s", "foal_z"] }, "RID"] },
                "name": { "source": [{ "inbound": ["s", "zebra_m"] }, "RID"] },
                "$own": { "source": [{ "inbound": ["s", "zebra_m"] }, "RID"] },
            },
        },
    }));
    assert_eq!(bag(&zoo, "main"), ["main: attributegroup/RID;name"]);
}

#[test]
fn rows_at_the_end_of_several_foreign_keys_are_known_by_a_name_of_theirs() {
    let near = |then: &[Value]| {
        let mut source = vec![json!({ "outbound": ["s", "m_n"] })];
        source.extend_from_slice(then);
        source.push(json!("RID"));
        source
    };
    let far = near(&[json!({ "outbound": ["s", "near_f"] })]);
    let annotations = json!({
        VISIBLE_COLUMNS: {
            "detailed": [
                { "source": far },
                { "source": far, "entity": false },
                { "source": near(&[]), "aggregate": "cnt" },
                { "source": "RID", "self_link": true },
                ["s", "m_key"],
                ["s", "m_n"],
                { "source": near(&[]) },
                { "markdown_name": "Drawn", "display": { "markdown_pattern": "x" } },
            ],
        },
    });
    let catalogue = of(&[
        table("far", &["Accession ID"], &json!({})),
        leading(table("near", &["f", "name"], &json!({})), "f", "far"),
        leading(table("m", &["n", "far.Accession%20ID"], &annotations), "n", "near"),
    ]);
    assert_eq!(
        bag(&catalogue, "m"),
        ["m: attributegroup/left(n)=(s:near:RID)/F1:=left(f)=(s:far:RID)/$M/\
          F2:=left(n)=(s:near:RID)/$M/RID;n,far.Accession%20ID_1:=F1:Accession%20ID,\
          near.name:=F2:name"]
    );
}

#[test]
fn ends_of_foreign_keys_give_related_tables_their_names() {
    let mut zebra = leading(table("zebra", &["m"], &json!({})), "m", "main");
    zebra["foreign_keys"][0]["annotations"] =
        json!({ "tag:isrd.isi.edu,2016:foreign-key": { "from_name": "Striped / horses" } });
    let catalogue = of(&[table("main", &["name"], &json!({})), zebra]);
    let outputs = bag(&catalogue, "main");
    assert!(outputs[1].starts_with("Striped _ horses: attributegroup/R:=(RID)"), "{outputs:?}");
}

#[test]
fn a_value_that_the_caller_may_not_see_does_not_count() {
    let counted = json!({ VISIBLE_COLUMNS: { "*": [{ "source": "name", "aggregate": "cnt" }] } });
    let seen = table("t", &["name"], &counted);
    let mut unseen = seen.clone();
    unseen["column_definitions"][1]["rights"]["select"] = json!(false);
    assert_eq!(bag(&of(&[seen]), "t"), ["t: attributegroup/RID;"]);
    assert!(bag(&of(&[unseen]), "t").is_empty());
}
