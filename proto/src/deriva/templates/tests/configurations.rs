//! Templates as they are listed, and as the engine takes them.

use serde_json::{Value, json};

use super::super::{Template, Templates, Unannotated, configured};
use super::{annotated, catalogue, leading, of_list, reference, table};
use crate::deriva::engine::{Asked, Classes, Configuration, Way};
use crate::deriva::schema::ASSET;

fn template(kind: &str) -> Value {
    let output = json!({"source": {"api": "entity"}, "destination": {"type": "csv", "name": "t"}});
    json!({"displayname": format!("a {kind}"), "type": kind, "outputs": [output]})
}

#[test]
fn templates_are_listed_with_what_is_wrong_with_others() {
    let broken = json!({"displayname": "broken", "type": "BAG", "outputs": []});
    let templates = of_list(&json!([template("BAG"), broken, template("FILE")]), &json!({}));
    let expected = json!({
        "templates": [
            {"displayname": "a BAG", "type": "BAG", "outputs": 1},
            {"displayname": "a FILE", "type": "FILE", "outputs": 1},
            {"displayname": "CSV", "type": "FILE", "outputs": 1},
        ],
        "dropped": [{
            "place": "table s:t.templates[1]",
            "displayname": "broken",
            "reason": "outputs is not a list of one output or more",
            "hint": "name what is exported in outputs",
        }],
    });
    assert_eq!(templates.listing(), expected);
    assert_eq!(templates.names(), ["a BAG", "a FILE", "CSV"]);
    assert_eq!(templates.named("a FILE"), templates.valid.last());
    assert_eq!(templates.named("broken"), None);
    assert_eq!(Templates::default().listing(), json!({"templates": [], "dropped": []}));
}

#[test]
fn a_template_is_a_configuration_that_the_engine_takes() {
    let catalogue = catalogue(&json!({}), &json!({}), &[table("a{b}", &["title"], &json!({}))]);
    let table = catalogue.table("s", "a{b}").unwrap();
    let path = table.root_path_of("/title=::null::/{RID}?limit=1/");
    assert_eq!(path, "M:=s:a%7Bb%7D/title=::null::/%7BRID%7D%3Flimit=1");
    for kind in ["BAG", "FILE"] {
        let template = Template::read(&template(kind)).unwrap();
        let made = configured(&template, &reference(table, &path));
        assert!(made.left_out.is_empty());
        let classes = Classes::new();
        let read = Configuration::read(&made.configuration, &Asked::new(Way::Terminal, &classes));
        let read = read.unwrap();
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
        let bag = made.configuration.get("bag").map(|bag| bag["bag_name"].clone());
        assert_eq!(bag, (kind == "BAG").then(|| json!("a{{b}}")), "{kind}");
    }
}

/// What the files of a configuration are called, as the engine takes it.
fn output_paths(configuration: &Value) -> Vec<String> {
    let classes = Classes::new();
    let read = Configuration::read(configuration, &Asked::new(Way::Terminal, &classes));
    assert!(read.is_ok(), "{:?}", read.err());
    let queries = configuration["catalog"]["query_processors"].as_array().unwrap().iter();
    let path =
        |query: &Value| query["processor_params"]["output_path"].as_str().unwrap().to_owned();
    queries.map(path).collect()
}

#[test]
fn braces_of_names_are_no_variables_but_those_of_authors_are() {
    let main = annotated(table("a{b", &["u{l"], &json!({})), "u{l", ASSET, &json!({}));
    let other = leading(table("c}d", &["m"], &json!({})), "m", "a{b");
    let catalogue = catalogue(&json!({}), &json!({}), &[main, other]);
    let table = catalogue.table("s", "a{b").unwrap();
    let reference = reference(table, "M:=s:a%7Bb");
    let derived = Templates::of(table, "detailed", Unannotated::Bag);
    let bag = configured(&derived.valid[0], &reference).configuration;
    assert_eq!(bag["bag"]["bag_name"], "a{{b");
    assert_eq!(output_paths(&bag), ["a{{b", "assets/u{{l", "c}}d"]);
    let csv = configured(derived.csv.as_ref().unwrap(), &reference).configuration;
    assert_eq!((output_paths(&csv), csv.get("bag")), (vec!["a{{b".to_owned()], None));
    let output =
        |destination: Value| json!({"source": {"api": "entity"}, "destination": destination});
    let written = json!({"displayname": "x", "type": "FILE", "outputs": [
        output(json!({"type": "csv"})),
        output(json!({"type": "csv", "name": ""})),
        output(json!({"type": "csv", "name": "{who}"})),
    ]});
    let written = configured(&Template::read(&written).unwrap(), &reference);
    let mut written = written.configuration;
    written["env"] = json!({"who": "ann"});
    assert_eq!(output_paths(&written), ["a{{b", "a{{b", "{who}"]);
}

#[test]
fn a_template_that_is_called_as_the_file_of_the_rows_takes_its_place() {
    let mut own = template("FILE");
    own["displayname"] = json!("CSV");
    let templates = of_list(&json!([own]), &json!({}));
    assert_eq!((templates.names(), templates.csv.is_none()), (vec!["CSV"], true));
}
