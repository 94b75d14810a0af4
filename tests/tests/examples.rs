//! The example definitions are what the documentation shows first: they must always be valid, and
//! what they name must be there.

use std::fs;
use std::path::{Path, PathBuf};

use proto::definition::Definition;
use proto::source::SourceSpec;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn definition(file: &str) -> Definition {
    let json = fs::read_to_string(examples().join(file)).unwrap();
    Definition::parse(&json).unwrap()
}

#[test]
fn every_example_is_a_valid_definition_whose_files_are_there() {
    for (name, file) in
        [("flights", "export.json"), ("clipart", "export.json"), ("clipart", "easydb.json")]
    {
        for (source, spec) in definition(&format!("{name}/{file}")).sources {
            let path = match spec {
                SourceSpec::Csv(csv) => csv.path,
                SourceSpec::Jsonl(jsonl) => jsonl.path,
                SourceSpec::Parquet(parquet) => parquet.path,
                SourceSpec::Postgres(postgres) => {
                    panic!("{source} is a database: {}", postgres.url)
                }
                SourceSpec::Mysql(mysql) => panic!("{source} is a database: {}", mysql.url),
                SourceSpec::Http(http) => panic!("{source} is an API: {}", http.url),
                SourceSpec::Easydb(easydb) => {
                    let folder = easydb.path.unwrap_or_else(|| panic!("{source} is a server"));
                    format!("{folder}/catalogue.json")
                }
                SourceSpec::Ermrest(ermrest) => panic!("{source} is a server: {}", ermrest.url),
                SourceSpec::Dataset(_) => panic!("{source} is several files"),
            };
            assert!(examples().join(name).join(&path).is_file(), "{name}: {path} is missing");
        }
    }
}

#[test]
fn every_drawing_that_a_record_names_is_there_once() {
    let records = fs::read_to_string(examples().join("clipart/clipart.jsonl")).unwrap();
    let mut named: Vec<String> = records
        .lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            record["file"].as_str().unwrap().to_owned()
        })
        .collect();
    named.sort();
    let mut there: Vec<String> = fs::read_dir(examples().join("clipart/files"))
        .unwrap()
        .map(|entry| format!("files/{}", entry.unwrap().file_name().into_string().unwrap()))
        .collect();
    there.sort();
    assert_eq!(named, there);
}
