//! The manual is true: every example of `docs/definition.md` is run as it stands there, and every option
//! is in one of them; every command and flag of the program, and every operation and parameter of the API, is
//! in a command of it or of `docs/operations.md`.
//!
//! To show something new, write the example into the manual; that is enough. It is run here over
//! everything that examples name: the sources of `tests/scenarios/manual/` (`sources.toml` and the files
//! beside it), the databases, the API, the targets and people of `manual/site.rs`. Names in it are changed
//! by one table, at the head of [`site::Site::prepared`], and in no other way; the configuration is that of
//! the examples of `docs/operations.md`. It must end as `done`, each of its transports must have left
//! something, and each of its outputs must be there and not be empty. What the manual says of it besides is
//! a line in `manual/claims.rs` or below it. An example that names a source that is new needs its file and its lines in
//! `sources.toml`; a chapter that is new, a test of its own below.
//!
//! The other examples of both documents are run too: TOML is the configuration of all runs, and of a fleet
//! (`manual/fleet.rs`); commands are typed into a shell beside a server (`manual/commands.rs`), where
//! `EXPORT` is one whose run is done. What else a new block of commands needs to be there, and what is to
//! be seen afterwards, stands in its arm there. That every key of the configuration is in an example is seen
//! where its types are (`longshore/src/config/manual.rs`).

mod block;
mod here;
mod configuration;
mod site;
mod targets;
mod databases;
mod museum;
mod labels;
mod pages;
mod left;
mod example;
mod claims;
mod options;
mod line;
mod flags;
mod operations;
mod shell;
mod commands;
mod deriva;
mod fleet;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use self::block::{block, definitions};
use self::claims::claims;
use self::configuration::configuration;
use self::options::{offered, shown};
use self::site::Site;

/// The chapters, by the test that runs their examples.
const BEGINNING: &[&str] = &["", "At the top", "Schedules", "Being told"];
const OUTPUTS: &[&str] = &["Outputs", "Name templates"];
const TRANSPORTS: &[&str] = &["Transports"];
const OUTSIDE: &[&str] = &["Targets", "Sources"];

/// Options that no example can show here, each with the reason.
const NOT_SHOWN: &[(&str, &str)] = &[];

/// Operations of the API that no request asks for, each with the command that does.
const ASKED_BY_COMMANDS: &[(&str, &str)] = &[
    ("POST /v1/exports/{export}/stop", "longshore stop"),
    ("POST /v1/exports/{export}/retry", "longshore retry"),
    ("POST /v1/exports/{export}/runs/{run}/transports/{transport}/retry", "longshore retry"),
    ("DELETE /v1/parked/{id}", "longshore parked discard"),
    ("POST /v1/parked/{id}/retry", "longshore parked retry"),
];

/// Blocks of `operations.md` that are neither configuration nor commands, and what uses them.
const USED: &[(&str, &str)] = &[
    ("Rights on Redis", "manual/fleet.rs gives its board these rights"),
    ("Targets 2", "manual/targets.rs lets a key in by this line"),
    ("Webhooks 2", "manual/commands.rs compares it with what is posted"),
];

/// Runs all examples of some chapters, and tells all that is wrong with them.
async fn run(chapters: &[&str]) {
    let mut examples = definitions();
    examples.retain(|example| chapters.contains(&example.chapter.as_str()));
    assert!(!examples.is_empty(), "{chapters:?} have no examples");
    let site = Site::prepared(&examples).await;
    let mut wrong = String::new();
    for example in &examples {
        if let Err(error) = example::run(&site, example).await {
            writeln!(wrong, "\n{} of the manual: {error:#}", example.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_beginning_run() {
    run(BEGINNING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_outputs_run() {
    run(OUTPUTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_transports_run() {
    run(TRANSPORTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_targets_and_sources_run() {
    run(OUTSIDE).await;
}

#[test]
fn every_example_is_run_by_one_of_these_tests() {
    let run: BTreeSet<&str> =
        [BEGINNING, OUTPUTS, TRANSPORTS, OUTSIDE].into_iter().flatten().copied().collect();
    for example in definitions() {
        let is_run = run.contains(example.chapter.as_str());
        assert!(is_run, "{:?} in {:?} is not run", example.name, example.chapter);
    }
}

#[test]
fn every_other_block_is_used_by_one_of_these_tests() {
    for document in ["definition.md", "operations.md"] {
        for block in block::blocks(document) {
            let is_used = match block.language.as_str() {
                "json" if block.is_definition() => document == "definition.md",
                "toml" => document == "operations.md",
                "sh" => true,
                _ => USED.iter().any(|(name, _)| *name == block.name),
            };
            assert!(is_used, "nothing here uses the block {:?} of {document}", block.name);
        }
    }
}

#[test]
fn every_claim_is_of_an_example() {
    let names: BTreeSet<String> = definitions().into_iter().map(|example| example.name).collect();
    for (name, ..) in claims() {
        assert!(names.contains(*name), "no example is called {name:?}: {names:?}");
    }
}

#[test]
fn every_option_is_in_an_example() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/definition.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let mut documents: Vec<Value> = definitions().iter().map(block::Block::json).collect();
    // What definitions name is shown as well where the operator has it.
    let named = serde_json::to_value(configuration()).unwrap();
    documents.push(serde_json::json!({"targets": named["targets"]}));
    for document in ["easydb.md", "idah.md"] {
        let callers: toml::Table =
            block(document, "With the rights of the caller").text.parse().unwrap();
        documents.push(serde_json::json!({"sources": callers["sources"]}));
    }
    let mut missing = offered(&schema);
    for document in documents {
        for option in shown(&schema, &document) {
            missing.remove(&option);
        }
    }
    for (option, _) in NOT_SHOWN {
        assert!(missing.remove(*option), "{option} is shown, or there is no such option");
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "no example of docs/definition.md shows\n{}", missing.join("\n"));
}

#[test]
fn every_command_and_flag_is_in_a_block_of_commands() {
    let offered = flags::offered();
    let shown = flags::shown(&line::all(), &offered);
    let missing: Vec<&str> = offered.difference(&shown).map(String::as_str).collect();
    assert!(missing.is_empty(), "no command of the manual shows\n{}", missing.join("\n"));
}

#[test]
fn every_operation_and_parameter_of_the_api_is_in_a_block_of_commands() {
    let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let description: Value =
        serde_json::from_str(&fs::read_to_string(description).unwrap()).unwrap();
    let lines = line::all();
    let mut missing = operations::offered(&description);
    for operation in operations::shown(&description, &lines) {
        missing.remove(&operation);
    }
    for (operation, command) in ASKED_BY_COMMANDS {
        assert!(missing.remove(*operation), "{operation} is shown, or there is no such operation");
        let is_shown = lines.iter().any(|line| line.starts_with(command));
        assert!(is_shown, "no command of the manual is `{command}`");
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "no command of the manual asks for\n{}", missing.join("\n"));
}
