//! The scenarios in the words of easydb's and fylr's own documents: each means what the scenario says, so that the files
//! that are checked in are those of the documents too.

use std::collections::{BTreeMap, BTreeSet};

use proto::definition::{Definition, Easydb, Generation};
use proto::easydb::{Document, Instance};
use serde_json::{Value, json};

use super::scenarios::{listed, name};

/// The definition that a document means where the stylesheet of the scenarios is known by a number.
fn meant(asked: &Value) -> Definition {
    let generation = match asked["product"].as_str().unwrap() {
        "easydb" => Generation::Easydb,
        "fylr" => Generation::Fylr,
        other => panic!("there is no product {other}"),
    };
    let stylesheets = BTreeMap::from([("4711".to_owned(), "titles".to_owned())]);
    let instance = Instance { source: "museum".to_owned(), stylesheets, ..Instance::default() };
    let document = json!({"export": asked["export"]});
    let read = Document::read(&document, &instance, generation)
        .unwrap_or_else(|mistakes| panic!("{asked:#}: {mistakes:?}"));
    let is_of_nulls = |warning: &String| warning.starts_with("null stands for the default of");
    assert!(read.warnings.iter().all(is_of_nulls), "{}: {:?}", name(asked), read.warnings);
    read.document
        .definition(name(asked), &instance, None)
        .unwrap_or_else(|mistakes| panic!("{asked:#}: {mistakes:?}"))
}

/// What is the same whether it is said or not: a search for everything, one link, and whose form XML and JSON have
/// where there are none.
fn plain(mut easydb: Easydb) -> Easydb {
    easydb.search = easydb.search.filter(|search| !search.is_empty());
    easydb.merge_max_depth = easydb.merge_max_depth.filter(|depth| *depth != 1);
    if !easydb.xml && !easydb.json {
        easydb.generation = Generation::default();
    }
    easydb
}

#[test]
fn every_scenario_is_said_by_a_document_of_a_client_too() {
    let documents = listed("documents.json");
    let mut said = BTreeSet::new();
    for scenario in listed("exports.json").iter().chain(&listed("workbooks.json")) {
        let easydb: Easydb = serde_json::from_value(scenario["easydb"].clone()).unwrap();
        let easydb = plain(easydb);
        for document in documents.iter().filter(|document| name(document) == name(scenario)) {
            let definition = meant(document);
            let its = definition.outputs[0].easydb.as_deref().cloned().unwrap();
            assert_eq!(plain(its), easydb, "{}", name(scenario));
            if let Some(size) = scenario["batch_size"].as_u64() {
                assert_eq!(definition.batch_size, Some(size), "{}", name(scenario));
            }
            said.insert(name(document).to_owned());
        }
        assert!(said.contains(name(scenario)), "no document says {}", name(scenario));
    }
    let all: BTreeSet<String> = documents.iter().map(|one| name(one).to_owned()).collect();
    assert_eq!(said, all);
}
