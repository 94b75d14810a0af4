//! Every recorded request of the clients becomes a definition with the files that it names.

use serde::Deserialize;

use super::*;

/// What a client asks for a table on a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    uri: String,
    templates: Vec<Derived>,
}

/// The request of a template.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Derived {
    #[serde(rename = "type")]
    kind: String,
    export_parameters: Value,
}

/// A request to the real service, and the files that it led to.
#[derive(Deserialize)]
struct Answer {
    name: String,
    kind: String,
    request: Value,
    files: Vec<String>,
}

fn way(is_bag: bool) -> Way {
    if is_bag { Way::Bag } else { Way::Files }
}

#[test]
fn every_request_of_a_client_is_translated() {
    let pages: Vec<Page> =
        serde_json::from_str(include_str!("../../templates/tests/recorded/requests.json")).unwrap();
    let mut count = 0;
    for page in &pages {
        for derived in &page.templates {
            let request = &derived.export_parameters;
            let translated = walked(&mut begun(request, way(derived.kind == "BAG")), &[]);
            let translated = translated.unwrap_or_else(|why| panic!("{}: {why:?}", page.uri));
            check(request, &translated);
            count += 1;
        }
    }
    assert_eq!(count, 63);
}

/// Each query is an output with just that query, in its order; and the bag is called as it is asked to be.
fn check(request: &Value, translated: &Translated) {
    let queries = request["catalog"]["query_processors"].as_array().unwrap();
    let asked: Vec<&str> = queries
        .iter()
        .map(|query| query["processor_params"]["query_path"].as_str().unwrap())
        .collect();
    let outputs = &translated.definition.outputs;
    let read: Vec<&str> = outputs.iter().filter_map(|output| output.query.as_deref()).collect();
    assert_eq!(read, asked);
    assert_eq!(translated.files.len(), queries.len());
    if translated.definition.transports[0].packer().bag().is_some() {
        assert_eq!(translated.definition.name, request["bag"]["bag_name"].as_str().unwrap());
    }
    for (query, output) in queries.iter().zip(self::outputs(translated)) {
        match query["processor"].as_str().unwrap() {
            "fetch" => assert_eq!(output["assets"]["remote"]["ask"], true),
            "csv" => assert_eq!(output["verbatim"], "csv"),
            "json" => assert_eq!(output["verbatim"], "json"),
            other => panic!("{other}"),
        }
    }
}

/// Requests that are refused where they are read, or that the service did not make what it should of.
const OTHERS: [&str; 10] = [
    "bad_processor",
    "bag_bad_alg",
    "bag_traversal_name",
    "download_file",
    "empty_json",
    "fasta",
    "file_env_missing_key",
    "identifier_no_loc",
    "no_catalog",
    "file_no_output_path",
];

#[test]
fn the_files_of_the_service_are_promised() {
    let answers: Vec<Answer> =
        serde_json::from_str(include_str!("../../engine/tests/answers.json")).unwrap();
    let mut count = 0;
    for answer in answers.iter().filter(|answer| !OTHERS.contains(&answer.name.as_str())) {
        let mut translation = begun(&answer.request, way(answer.kind == "bdbag"));
        let row = match answer.name.as_str() {
            "file_env_no_rows" => json!(null),
            _ => json!({"title": "Plain"}),
        };
        let translated = walked(&mut translation, &[row]).unwrap();
        if translated.definition.transports[0].packer().bag().is_some() {
            let name = &translated.definition.name;
            let stem = answer.files.first().and_then(|file| file.rsplit_once('.'));
            assert!(stem.is_none_or(|(stem, _)| stem == name), "{}", answer.name);
        } else {
            // A sign that some file system does not take is another one here.
            let files: Vec<String> =
                answer.files.iter().map(|file| file.replace(':', "_")).collect();
            assert_eq!(promised(&translated), files, "{}", answer.name);
        }
        count += 1;
    }
    assert_eq!(count, 24);
}
