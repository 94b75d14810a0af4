//! `check`: all mistakes of a definition or a configuration, at once, with nothing done.

use std::path::Path;

use proto::definition::{Definition, unknown_passphrases, unknown_watermarks};
use proto::fault::Fault;
use proto::people;
use proto::target::TargetNames;

use super::definition;
use crate::cli;
use crate::config::Config;
use crate::exit::{self, Exit};

/// Checks a file by its ending.
pub(crate) fn check(args: &cli::Check, config: Option<&Path>) -> Exit {
    let name = args.file.display().to_string();
    let is_toml =
        args.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let faults = if is_toml {
        Config::read(Some(&args.file)).err().unwrap_or_default()
    } else {
        match definition::read(&args.file).and_then(|text| Definition::parse(&text)) {
            Err(faults) => faults,
            Ok(definition) => match Config::read(config) {
                Err(faults) => return exit::bad_input("the configuration", &faults),
                Ok(config) => unknown(&definition, &config),
            },
        }
    };
    if !faults.is_empty() {
        return exit::bad_input(&name, &faults);
    }
    exit::print(&format!("{name} is good"));
    Exit::Done
}

/// Sources, targets, people and passphrases that are neither in the definition nor in the configuration.
fn unknown(definition: &Definition, config: &Config) -> Vec<Fault> {
    let is_known =
        |name: &str| definition.sources.contains_key(name) || config.sources.contains_key(name);
    let known = definition.sources.keys().chain(config.sources.keys());
    let known: Vec<&str> = known.map(String::as_str).collect();
    let named = definition.named_sources().filter(|(_, name)| !is_known(name));
    let sources = named.map(|(place, name)| source::unknown(name, &known).at(place));
    let targets = TargetNames::of(definition.targets.iter().chain(&config.targets));
    let people = config.email.is_there().then(|| config.people());
    let recipients = people::unknown(people.as_ref(), definition);
    let passphrases =
        unknown_passphrases(&config.passphrases.keys().cloned().collect(), definition);
    let named = sources.chain(targets.mistakes(definition)).chain(recipients);
    let watermarks = config.images.known_watermarks();
    named.chain(passphrases).chain(unknown_watermarks(watermarks.as_ref(), definition)).collect()
}
