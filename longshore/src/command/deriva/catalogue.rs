//! The catalogue that a command of the terminal reads: where it may be, and who reads it.

use std::path::PathBuf;
use std::sync::Arc;

use proto::deriva::engine;
use proto::fault::{Code, Fault};
use proto::source::ErmrestSpec;
use serde_json::json;
use source::Catalog;

use crate::cli;
use crate::compose;
use crate::config::Config;
use crate::exit;

/// What the source is called that is the catalogue.
pub(in crate::command) const CATALOGUE: &str = "deriva";

/// Lets a server be asked that is named on the command line, wherever it is. One that a file names must be
/// public, or allowed by the configuration, as that of a definition. What is no server is told later.
pub(in crate::command) fn allow(config: &mut Config, host: &str) {
    let Ok(host) = engine::Host::parse(host) else { return };
    if let (Some(name), Some(port)) = (host.url().host_str(), host.url().port_or_known_default()) {
        config.addresses.allow.push(format!("{name}:{port}"));
    }
}

/// Opens a catalogue, to be read as whoever the command line names, or else the configuration.
pub(in crate::command) fn opened(
    config: &Config,
    catalog: &engine::Catalog,
    credentials: &cli::Credentials,
) -> Result<Arc<Catalog>, Fault> {
    let engine::Catalog { host, id, snapshot: _, credential } = catalog;
    let spec = json!({"url": host.origin(), "catalog": id});
    let mut spec: ErmrestSpec = serde_json::from_value(spec)
        .map_err(|error| Fault::new(Code::InvalidValue, error.to_string()))?;
    spec.cookie_file.clone_from(&credentials.cookie_file);
    spec.bearer_file.clone_from(&credentials.bearer_file);
    let file: Option<&PathBuf> = spec.cookie_file.as_ref().or(spec.bearer_file.as_ref());
    let given = credential.clone().filter(|_| file.is_none());
    if !host.is_private() && (given.is_some() || file.is_some()) {
        exit::say(&format!(
            "warning: {} is asked without TLS: whoever listens sees the credential",
            host.origin()
        ));
    }
    compose::deriva(config, CATALOGUE, &spec, given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_the_command_line_may_be_anywhere() {
        let check = |host: &str, allowed: &[&str]| {
            let mut config = Config::default();
            allow(&mut config, host);
            assert_eq!(config.addresses.allow, allowed);
        };
        check("https://deriva.internal", &["deriva.internal:443"]);
        check("http://127.0.0.1:8080", &["127.0.0.1:8080"]);
        check("http://[::1]:8080/", &["[::1]:8080"]);
        check("https://a.example/ermrest", &[]);
    }

    #[test]
    fn a_catalogue_of_a_file_must_be_public_or_allowed() {
        let catalog = engine::Catalog {
            host: engine::Host::parse("http://127.0.0.1:9").unwrap(),
            id: "7".to_owned(),
            snapshot: None,
            credential: Some(engine::Credential::Cookie(engine::Secret::new("canary"))),
        };
        let nobody = cli::Credentials { cookie_file: None, bearer_file: None };
        let mut config = Config::default();
        let refused = opened(&config, &catalog, &nobody).err().unwrap();
        assert_eq!(refused.code, Code::AddressRefused);
        allow(&mut config, "http://127.0.0.1:9");
        let opened = opened(&config, &catalog, &nobody);
        assert!(opened.is_ok_and(|catalog| catalog.get(CATALOGUE).is_ok()));
    }
}
