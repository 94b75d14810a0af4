//! Profiles held against what they make of an object with rows, and of those that it links to.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::definition::{Easydb, Merge};
use serde_json::{Value, json};
use source::catalogue::{About, Column, ColumnKind, Localised, ObjectType};

use super::*;
use crate::easydb::linked::Linked;
use crate::easydb::links::Via;

fn object() -> Value {
    let word = |id: u64, note: &str| {
        json!({"note": note,
        "lk": {"_system_object_id": id, "_objecttype": "wort", "wort": {"_id": id}},
        "_nested:bild__wort__beleg": [{"seite": format!("{id}a")}, {"seite": format!("{id}b")}]})
    };
    json!({"_system_object_id": 1, "_objecttype": "bild", "bild": {
        "titel": {"de-DE": "Kai", "en-US": "Quay"},
        "urheber": {"_system_object_id": 2, "_objecttype": "person", "person": {"_id": 2},
            "_standard": {"1": {"text": {"de-DE": "Ann"}}}},
        "_nested:bild__wort": [word(3, "x"), word(4, "y")],
        "_reverse_nested:best:bild": [{"_system_object_id": 5, "_objecttype": "best", "name": "Art"}],
        "datei": [{"_id": 7, "versions": {"original": {"url": "https://e/7"}}}],
    }})
}

/// The texts of the objects that are linked, and whether one is by a field of its own.
fn others() -> [(u64, Value, Via); 4] {
    let object = |id: u64, kind: &str, fields: Value| json!({"_system_object_id": id, "_objecttype": kind, kind: fields});
    [
        (
            2,
            object(
                2,
                "person",
                json!({"name": "Berg", "vorname": "Ann", "lohn": 1250,
            "art": {"de-DE": "Malerin", "en-US": "Painter"}}),
            ),
            Via::Field,
        ),
        (3, object(3, "wort", json!({"name": {"de-DE": "Boot", "en-US": "Boat"}})), Via::Field),
        (4, object(4, "wort", json!({"name": {"de-DE": "Kran", "en-US": "Crane"}})), Via::Field),
        (5, object(5, "best", json!({"name": "Art", "typus": true})), Via::Reverse),
    ]
}

fn scene(depth: u8) -> Scene {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        id: None,
        display: Localised::new(),
        kind,
    };
    let person = ObjectType {
        display: Localised::new(),
        in_main_search: false,
        columns: vec![column("lohn", ColumnKind::Hundredths)],
        filenames: BTreeMap::new(),
    };
    let about = About {
        languages: vec!["de-DE".to_owned(), "en-US".to_owned()],
        types: [("person".to_owned(), person)].into_iter().collect(),
        ..About::default()
    };
    let easydb = Easydb {
        xml: true,
        xml_one_file_per_object: true,
        merge_linked_objects: if depth > 0 { Merge::All } else { Merge::None },
        merge_max_depth: Some(depth),
        ..Easydb::default()
    };
    Scene::new(Arc::new(about), easydb)
}

/// What a profile makes of the object, as XML and as the cells of a row.
fn made(profile: &Value, depth: u8) -> (String, Vec<(String, String)>) {
    let linked = Linked {
        texts: others().into_iter().map(|(id, text, _)| (id, text.to_string().into())).collect(),
        whole: others().into_iter().map(|(id, _, via)| (via, id)).collect(),
    };
    let (scene, text) = (scene(depth), object().to_string());
    let around = Around::new(&linked, scene.depth());
    let object = Json::parse(&text).unwrap();
    let profile = Arc::new(Profile::parse(profile.to_string().as_bytes()).unwrap());
    let (mut mapping, mut markup) = (Mapping::new(&profile), Markup::at(0));
    mapping.object(&scene, &object, &around, &Shipped::default(), &mut markup);
    let cells = mapping.cells(&scene, &object, &around, &Shipped::default());
    let cells = cells.into_iter().map(|((_, name), cell)| (name, cell.text)).collect();
    (String::from_utf8(std::mem::take(markup.out())).unwrap(), cells)
}

/// What some fields make, without the element that they are in.
fn check(fields: &Value, depth: u8, expected: &str) {
    let (xml, _) = made(&json!({"xml_base": "/r", "fields": fields}), depth);
    let inner = xml.strip_prefix("<r>\n").and_then(|rest| rest.strip_suffix("</r>\n"));
    let lines: Vec<&str> = inner.unwrap_or_default().lines().map(str::trim).collect();
    assert_eq!(lines.join(""), expected, "{fields} at {depth}: {xml}");
}

const WORD: &str = "bild._nested:bild__wort.lk.wort.name";

#[test]
fn values_of_linked_objects_are_there_where_these_are_written_out() {
    let name = json!([{"type": "text", "xml": "n", "easydb": "bild.urheber.person.name"}]);
    check(&name, 0, "");
    check(&name, 1, "<n>Berg</n>");
    // Its name is there in any case, and hundredths are told of each type by itself.
    check(&json!([{"type": "text", "xml": "n", "easydb": "bild.urheber"}]), 0, "<n>Ann</n>");
    check(
        &json!([{"type": "text", "xml": "n", "easydb": "bild.urheber.person.lohn"}]),
        1,
        "<n>12.50</n>",
    );
    check(
        &json!([{"type": "text", "xml": "n", "easydb": "bild._reverse_nested:best:bild.typus"}]),
        1,
        "<n>true</n>",
    );
}

#[test]
fn a_joiner_joins_values_of_rows_of_several_ways_and_of_fields_that_follow() {
    let words =
        |concat: Value| json!([{"type": "text", "xml": "w", "easydb": WORD, "concat": concat}]);
    check(&words(json!(", ")), 1, "<w>Boot, Kran</w>");
    check(&words(Value::Null), 1, "<w>Boot</w>");
    let person = |key: &str| format!("bild.urheber.person.{key}");
    check(
        &json!([
            {"type": "text", "xml": "dc", "easydb": person("name")},
            {"type": "text", "xml": "dc", "easydb": person("vorname"), "concat": ", "},
            {"type": "text", "xml": "dc", "easydb": person("nobody"), "concat": ", "},
            {"type": "attribute", "xml": "dc", "attribute": "id", "easydb": "_system_object_id"},
            {"type": "attribute", "xml": "/dc", "name": "id", "easydb": "bild.urheber", "concat": "-"},
        ]),
        1,
        "<dc id=\"1-Ann\">Berg, Ann</dc>",
    );
    check(
        &json!([
            {"type": "text", "xml": "l", "easydb": "bild.titel", "language_attribute": "xml:lang"},
            {"type": "text", "xml": "l", "easydb": WORD, "language_attribute": "xml:lang", "concat": "; "},
        ]),
        1,
        "<l xml:lang=\"de-DE\">Kai; Boot; Kran</l><l xml:lang=\"en-US\">Quay; Boat; Crane</l>",
    );
}

#[test]
fn a_text_that_is_in_no_language_has_an_element_without_one() {
    let person = |key: &str| format!("bild.urheber.person.{key}");
    let field = |ways: Value, concat: Value| json!([{"type": "text", "xml": "t", "easydb": ways, "language_attribute": "xml:lang", "concat": concat}]);
    check(&field(json!(person("name")), Value::Null), 1, "<t>Berg</t>");
    check(&field(json!(person("lohn")), Value::Null), 1, "<t>12.50</t>");
    check(
        &field(json!([person("name"), "bild.urheber", person("vorname")]), json!(", ")),
        1,
        "<t>Berg, Ann</t><t xml:lang=\"de-DE\">Ann</t>",
    );
    check(&field(json!(person("nobody")), Value::Null), 1, "");
}

#[test]
fn a_list_is_of_the_rows_that_its_fields_lead_into() {
    check(
        &json!([{"type": "list", "xml": "/s/li", "fields": [{"type": "text", "easydb": [WORD]}]}]),
        1,
        "<s><li>Boot</li><li>Kran</li></s>",
    );
    let note = "bild._nested:bild__wort.note";
    let page = "bild._nested:bild__wort._nested:bild__wort__beleg.seite";
    check(
        &json!([{"type": "list", "xml": "m", "fields": [
        {"type": "text", "xml": "name", "easydb": [note]},
        {"type": "list", "xml": "p/q", "fields": [{"type": "text", "easydb": [page]}]},
        {"type": "text", "xml": "all", "easydb": [page], "concat": ","}]}]),
        1,
        "<m><name>x</name><p><q>3a</q><q>3b</q></p><all>3a,3b</all></m>\
         <m><name>y</name><p><q>4a</q><q>4b</q></p><all>4a,4b</all></m>",
    );
}

#[test]
fn conditions_are_met_by_values_of_linked_objects_in_any_language() {
    let field = |kind: &str, list: Value| {
        json!([{"type": "text_fixed", "xml": "f", "text": "yes",
        "conditions": [{"type": kind, "list": list}]}])
    };
    let is =
        |kind: &str, way: &str, value: &str| json!({"type": kind, "easydb": way, "value": value});
    let (art, word) = ("bild.urheber.person.art", WORD);
    let yes = "<f>yes</f>";
    check(
        &field("any", json!([is("eq", art, "nobody"), is("eq_no_case", art, "PAINTER")])),
        1,
        yes,
    );
    check(&field("all", json!([is("eq", art, "Malerin"), is("eq", word, "Kran")])), 1, yes);
    check(&field("all", json!([is("eq", art, "Malerin"), is("eq", word, "Schiff")])), 1, "");
    check(&field("none", json!([is("eq", art, "Malerin")])), 1, "");
    check(&field("none", json!([is("eq", art, "Malerin")])), 0, yes);
    check(&field("all", json!([is("eq", art, "")])), 0, yes);
    let truth =
        json!({"type": "eq", "easydb": "bild._reverse_nested:best:bild.typus", "value": true});
    check(&field("any", json!([truth])), 1, yes);
}

#[test]
fn groups_without_a_way_and_ways_from_the_root_are_where_the_fields_are() {
    let profile = json!({"xml_base": "/x:xmpmeta/rdf:RDF", "fields": [
        {"type": "element", "xml": "/x:xmpmeta", "attributes": {"xmlns:x": "adobe:ns:meta/", "x:xmptk": "t"}},
        {"type": "element", "xml": "/x:xmpmeta/rdf:RDF", "attributes": {"xmlns:my": "https://e/my"}},
        {"type": "group", "fields": [
            {"type": "element", "xml": "rdf:Description", "attributes": {"my:a": "1"}},
            {"type": "text_eas_url", "xml": "/x:xmpmeta/rdf:RDF/my:url", "easydb": "bild.datei", "watermark": null}]},
    ]});
    let (xml, cells) = made(&profile, 0);
    let expected = "<x:xmpmeta xmlns:my=\"https://e/my\" \
        xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"t\">\n  \
        <rdf:RDF>\n    <rdf:Description my:a=\"1\"/>\n    <my:url>https://e/7</my:url>\n  </rdf:RDF>\n</x:xmpmeta>\n";
    assert_eq!(xml, expected);
    let url = ("/x:xmpmeta/rdf:RDF/my:url".to_owned(), "https://e/7".to_owned());
    assert!(cells.contains(&url), "{cells:?}");
}

#[test]
fn the_element_with_the_fields_has_attributes_by_conditions() {
    let of = |kind: &str| {
        let is = json!({"type": "eq", "easydb": "_objecttype", "value": kind});
        let element = json!({"type": "element", "xml": "/r", "attributes": {"a": "1"},
            "conditions": [{"type": "any", "list": [is]}]});
        let id = json!({"type": "text", "xml": "n", "easydb": "_system_object_id"});
        made(&json!({"xml_base": "/r", "fields": [element, id]}), 0).0
    };
    assert_eq!(of("bild"), "<r a=\"1\">\n  <n>1</n>\n</r>\n");
    assert_eq!(of("ort"), "<r>\n  <n>1</n>\n</r>\n");
}

#[test]
fn tables_have_the_values_of_linked_objects_too() {
    let profile = json!({"xml_base": "/r", "fields": [
        {"type": "list", "xml": "w", "fields": [{"type": "text", "easydb": WORD}]},
        {"type": "text", "xml": "n", "easydb": "bild.urheber.person.name"}]});
    let (_, cells) = made(&profile, 1);
    let expected = [("/r/w", "Boot\nKran"), ("/r/n", "Berg")];
    assert_eq!(cells, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
}
