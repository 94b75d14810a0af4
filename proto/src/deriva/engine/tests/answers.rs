//! Every recorded request to the real service: what it answered, and what is read of it here.

use jiff::civil::datetime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Asked, Class, Classes, Configuration, Outputs, Template, Way};

/// A request, and the answer of the real service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    name: String,
    kind: String,
    request: Value,
    status: u16,
    body: String,
    /// The files that it led to.
    files: Vec<String>,
}

/// Where another thing is read than the real service answered: nothing where it is taken, and why.
const DIFFERENCES: [(&str, Option<Class>, &str); 7] = [
    ("bag_empty", None, "only the run finds that there are no rows"),
    (
        "bag_traversal_name",
        Some(Class::Misconfigured),
        "a bag is made where it is asked for, or not",
    ),
    ("catalog_404", None, "only the catalogue knows that it is not there"),
    ("fasta", None, "sequences are written"),
    (
        "identifier_no_loc",
        Some(Class::Misconfigured),
        "a service without identifiers does not have them later",
    ),
    ("query_400", None, "only the catalogue knows its paths"),
    ("query_409", None, "only the catalogue knows its tables"),
];

fn answers() -> Vec<Answer> {
    serde_json::from_str(include_str!("answers.json")).unwrap()
}

fn read(answer: &Answer) -> Result<Configuration, Class> {
    let way = if answer.kind == "bdbag" { Way::Bag } else { Way::Files };
    let classes = Classes::new();
    let asked = Asked { request_ip: Some("127.0.0.1"), ..Asked::new(way, &classes) };
    let read = Configuration::read(&answer.request, &asked);
    read.map(|read| read.configuration).map_err(|refused| refused.class())
}

#[test]
fn every_request_is_taken_or_refused_as_the_service_did() {
    let answers = answers();
    assert_eq!(answers.len(), 34);
    for answer in &answers {
        let read = read(answer).map_or_else(Class::status, |_| 201);
        let difference = DIFFERENCES.iter().find(|(name, _, _)| *name == answer.name);
        let expected = match difference {
            Some((_, class, _)) => class.map_or(201, Class::status),
            None => answer.status,
        };
        assert_eq!(read, expected, "{}: {}", answer.name, answer.body);
        if difference.is_some() {
            assert_ne!(read, answer.status, "{} is no difference", answer.name);
        }
    }
}

#[test]
fn the_files_are_called_as_the_service_called_them() {
    let mut compared = 0;
    for answer in answers().iter().filter(|answer| !answer.files.is_empty()) {
        let configuration = read(answer).unwrap();
        let named = match &configuration.bag {
            Some(bag) => {
                let name = bag.name(datetime(2026, 11, 21, 2, 19, 53, 0));
                vec![format!("{name}.{}", bag.archiver.unwrap().extension())]
            }
            None => files(&configuration),
        };
        // What `download` brings is called by its rows.
        if answer.name != "download_file" {
            assert_eq!(named, answer.files, "{}", answer.name);
            compared += 1;
        }
    }
    assert_eq!(compared, 21);
}

/// The files that are left of a configuration, if its queries for variables find a title.
fn files(configuration: &Configuration) -> Vec<String> {
    let mut variables = configuration.variables.clone();
    variables.take(json!({"title": "Plain", "x": 1}).as_object().unwrap(), &[]);
    let (mut outputs, mut paths) = (Outputs::default(), Vec::new());
    for query in configuration.queries.iter().filter(|query| query.set().is_none()) {
        let extension = query.processor.extension();
        if let Some(extension) = extension {
            let path = query.output.rendered(&variables, Some(extension)).unwrap();
            paths.push(outputs.claim(&path).path);
        }
    }
    for transform in &configuration.transforms {
        let path = |template: &Template| template.rendered(&variables).unwrap();
        for input in transform.inputs.iter().map(path) {
            assert!(outputs.has(&input), "{input}");
            outputs.release(&input);
            paths.retain(|path| *path != input);
        }
        let path = transform.output.rendered(&variables, None).unwrap();
        paths.push(outputs.claim(&path).path);
    }
    paths
}
