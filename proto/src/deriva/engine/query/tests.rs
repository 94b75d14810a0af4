//! Which queries are taken, what they ask for, and what becomes of the answers.

use serde_json::json;

use super::super::variables::Variables;
use super::*;
use crate::definition::ColumnsOfFasta;

fn query(processor: &str, params: &Value) -> (Option<Query>, Reading) {
    let mut reading = Reading::default();
    let step = json!({"processor": processor, "processor_params": params});
    let query = Query::read("/q/0", &step, &Classes::new(), &mut reading);
    (query, reading)
}

fn good(processor: &str, params: &Value) -> Query {
    let (query, reading) = query(processor, params);
    assert_eq!((reading.mistakes, reading.warnings), (vec![], vec![]), "{params}");
    query.unwrap()
}

#[test]
fn each_processor_is_known_by_its_name() {
    let check = |name: &str, processor: &Processor, accept: &str, extension: Option<&str>| {
        let params = json!({"query_path": "/entity/s:t", "output_path": "x"});
        let query = good(name, &params);
        assert_eq!(query.processor, *processor);
        assert_eq!((query.processor.accept(), query.processor.extension()), (accept, extension));
    };
    let (json, stream) = ("application/json", "application/x-json-stream");
    check("csv", &Processor::Csv, "text/csv", Some(".csv"));
    check("json", &Processor::Json, json, Some(".json"));
    check("json-stream", &Processor::JsonStream, stream, Some(".json"));
    check("env", &Processor::Env { columns: vec![] }, json, None);
    check("dir", &Processor::Dir { columns: vec![] }, json, None);
    check("download", &Processor::Download, stream, None);
    check("fetch", &Processor::Fetch, stream, None);
    check("fasta", &Processor::Fasta(ColumnsOfFasta::default()), stream, Some(".fasta"));
}

#[test]
fn a_query_has_what_it_was_given() {
    let query = good(
        "csv",
        &json!({"query_path": "/entity/s:t/id={sid_urlencoded}", "output_path": "d",
            "output_filename": "f", "ro_file_provenance": "no", "paged_query": true}),
    );
    let mut variables = Variables::default();
    variables.set("sid", "S/4");
    assert_eq!(query.asked(&variables), Ok(Some("/entity/s:t/id=S%2F4".to_owned())));
    assert_eq!(query.variables().collect::<Vec<_>>(), ["sid_urlencoded"]);
    assert_eq!(query.output.rendered(&variables, Some(".csv")), Ok("d/f.csv".to_owned()));
    assert!(query.paging.is_some() && !query.has_provenance && !query.processor.has_rows());
    let env = good("env", &json!({"query_path": "/entity/s:t", "query_keys": ["a"]}));
    assert_eq!(env.processor, Processor::Env { columns: vec!["a".to_owned()] });
    assert!(env.has_provenance && env.paging.is_none());
    assert_eq!((env.set(), query.set()), (Some(&["a".to_owned()][..]), None));
}

#[test]
fn a_folder_needs_no_query() {
    let folder = good("dir", &json!({"output_path": "empty"}));
    assert_eq!((folder.asked(&Variables::default()), folder.set()), (Ok(None), None));
    let asking = good("dir", &json!({"output_path": "empty", "query_path": "/entity/s:t"}));
    assert_eq!(asking.set().map(<[String]>::len), Some(0));
    let (_, reading) = query("dir", &json!({}));
    assert_eq!(reading.mistakes[0].place, "/q/0/processor_params/output_path");
}

#[test]
fn paths_that_cannot_be_asked_for_are_refused() {
    for path in [json!(null), json!(""), json!("entity/s:t"), json!("/entity/{a"), json!([])] {
        let (_, reading) = query("csv", &json!({"query_path": path}));
        assert!(!reading.mistakes.is_empty(), "{path}");
        for mistake in reading.mistakes {
            assert_eq!(mistake.place, "/q/0/processor_params/query_path");
            assert_eq!(mistake.class, Class::Failed);
        }
    }
}

#[test]
fn no_path_leads_out_of_the_catalogue() {
    let mut variables = Variables::default();
    variables.set("up", "../../authn");
    variables.set("none", "entity");
    let class = |path: &str| {
        let query = good("csv", &json!({"query_path": path}));
        query.asked(&variables).map_err(|error| error.class())
    };
    for path in ["/../1/entity", "/entity/../..", "/{up}", "/%2e%2E/x", "/a\\..\\b", "/a#b", "/./x"]
    {
        assert_eq!(class(path), Err(Class::Misconfigured), "{path}");
    }
    assert_eq!(class("{none}"), Err(Class::Failed));
    assert_eq!(class("/{nokey}"), Err(Class::Failed));
    let plain = "/entity/s:t/a=x..y/b=%2e%2ex?limit=none&x=/../";
    assert_eq!(class(plain), Ok(Some(plain.to_owned())));
}

#[test]
fn what_a_processor_does_not_know_is_told() {
    let params = json!({"query_path": "/schema", "paged_query": true, "query_keys": [], "x": 1});
    let (query, reading) = query("json", &params);
    assert_eq!(query.unwrap().paging, None);
    assert_eq!(
        reading.warnings,
        [
            "/q/0/processor_params/query_keys has no effect: it is not known",
            "/q/0/processor_params/x has no effect: it is not known",
            "/q/0/processor_params/paged_query has no effect: only csv and json-stream are read by pages",
        ]
    );
}
