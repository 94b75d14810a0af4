//! A configuration of deriva-download, run in this process: the catalogue is asked for what variables are to be,
//! the configuration becomes a definition, and that is run as any other.

mod catalogue;
mod afterwards;
mod kept;

use fabric::ambient::Ambient;
use proto::deriva::engine::{Asked, Classes, Configuration, Mistake, Read, Way};
use proto::deriva::translation::{Place, Translation};
use serde_json::Value;
use source::deriva::Untranslated;

pub(super) use self::catalogue::{CATALOGUE, allow, opened};
use self::kept::Kept;
use super::run::{Desk, Work, logged};
use crate::cli;
use crate::compose;
use crate::config::Config;
use crate::exit::{self, Exit};

/// What somebody wants run.
pub(super) struct Wish {
    /// Where it is from, for those who are told of its mistakes.
    pub(super) name: String,
    /// What the engine of exports would take.
    pub(super) configuration: Value,
    /// Values of variables, as `KEY=VALUE`.
    pub(super) variables: Vec<String>,
    /// The server, where it is another than that of the configuration.
    pub(super) host: Option<String>,
    /// The catalogue, where it is another one.
    pub(super) catalog: Option<String>,
    /// Who reads it.
    pub(super) credentials: cli::Credentials,
}

/// The configuration of deriva-download that a text is: it has a catalogue, and no outputs, without which
/// nothing is a definition.
pub(super) fn configuration(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    (value.get("catalog")?.is_object() && value.get("outputs").is_none()).then_some(value)
}

/// Runs a configuration that stood in a file.
pub(super) async fn run_file(
    name: String,
    configuration: Value,
    args: cli::Run,
    mut config: Config,
) -> anyhow::Result<Exit> {
    let cli::Run { definition: _, variables, host, catalog, credentials, local } = args;
    if let Some(host) = &host {
        allow(&mut config, host);
    }
    let wish = Wish { name, configuration, variables, host, catalog, credentials };
    run(wish, local, config).await
}

/// Runs what somebody wants to its end.
pub(super) async fn run(wish: Wish, local: cli::Local, mut config: Config) -> anyhow::Result<Exit> {
    let configuration = match wish.read() {
        Ok(Read { configuration, warnings }) => {
            warn(&warnings);
            configuration
        }
        Err(mistakes) => {
            let faults: Vec<_> = mistakes.iter().map(Mistake::fault).collect();
            return Ok(exit::bad_input(&wish.name, &faults));
        }
    };
    let left = afterwards::left(&configuration);
    if !left.is_empty() {
        return Ok(exit::bad_input(&wish.name, &left));
    }
    let telemetry = logged(&mut config).await?;
    let catalog = match opened(&config, &configuration.catalog, &wish.credentials) {
        Ok(catalog) => catalog,
        Err(fault) => return Ok(exit::bad_input("the catalogue", &[fault])),
    };
    let targets = config.targets.clone();
    let mut desk = Desk::open(local, config)?;
    let kept = Kept::of(desk.data(), &wish);
    let definition = match kept.find()? {
        Some(definition) => definition,
        None => {
            let source = catalog.get(CATALOGUE).map_err(|fault| compose::told(&fault))?;
            let now = Ambient::system().now();
            let wanted = configuration.catalog.snapshot.clone();
            let place = Place { source: CATALOGUE, view: wanted.as_deref() };
            let mut translation = Translation::new(configuration, place);
            let session = source.own_session().await;
            let session = session.map_err(|error| compose::told(&error.fault()))?;
            translation.set_caller(session.map(|session| session.name));
            let translated =
                source::deriva::translated(&*source, translation, wanted.as_deref(), now);
            match translated.await {
                Ok(made) => match afterwards::brought(made, &targets, now) {
                    Ok((definition, warnings)) => {
                        warn(&warnings);
                        kept.keep(&definition)?;
                        definition
                    }
                    Err(faults) => return Ok(exit::bad_input(&wish.name, &faults)),
                },
                Err(error) => return untranslated(&wish.name, &error),
            }
        }
    };
    let work = Work { name: wish.name, definition, catalog, targets, base: ".".into() };
    let ended = desk.make(work).await?;
    if !ended.goes_on() {
        kept.forget()?;
    }
    ended.told(telemetry).await
}

impl Wish {
    fn read(&self) -> Result<Read, Vec<Mistake>> {
        let classes = Classes::new();
        let asked = Asked {
            host: self.host.as_deref(),
            catalog_id: self.catalog.as_deref(),
            arguments: &self.variables,
            ..Asked::new(Way::Terminal, &classes)
        };
        Configuration::read(&self.configuration, &asked).map_err(|refused| refused.mistakes)
    }
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        exit::say(&format!("warning: {warning}"));
    }
}

/// How the process ends where no definition could be made: what the configuration says is bad input, and what
/// the catalogue answers is not.
fn untranslated(name: &str, error: &Untranslated) -> anyhow::Result<Exit> {
    match error {
        Untranslated::Refused(_) => Ok(exit::bad_input(name, &error.faults())),
        Untranslated::Source(error) => Err(compose::told(&error.fault())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_known_by_its_catalogue() {
        let check = |text: &str, is_one: bool| {
            assert_eq!(configuration(text).is_some(), is_one, "{text}");
        };
        check(r#"{"catalog": {"query_processors": []}}"#, true);
        check(r#"{"env": {}, "bag": {}, "catalog": {"host": "h"}}"#, true);
        check(r#"{"name": "A", "outputs": [], "catalog": {}}"#, false);
        check(r#"{"name": "A", "outputs": []}"#, false);
        check(r#"{"catalog": "7"}"#, false);
        check("[]", false);
        check("{", false);
    }

    #[test]
    fn what_is_said_on_the_command_line_counts_before_the_configuration() {
        let text = r#"{"env": {"A": "1"}, "catalog": {"host": "https://one.example", "catalog_id": "1",
            "query_processors": [{"processor": "csv", "processor_params": {
                "query_path": "/entity/s:t/A={A}", "output_path": "t"}}]}}"#;
        let wish = Wish {
            name: "export.json".to_owned(),
            configuration: configuration(text).unwrap(),
            variables: vec!["A=2".to_owned()],
            host: Some("https://two.example".to_owned()),
            catalog: Some("7@3-A".to_owned()),
            credentials: cli::Credentials { cookie_file: None, bearer_file: None },
        };
        let read = wish.read().unwrap().configuration;
        assert_eq!(read.catalog.host.origin(), "https://two.example");
        assert_eq!(
            (read.catalog.id.as_str(), read.catalog.snapshot.as_deref()),
            ("7", Some("3-A"))
        );
    }
}
