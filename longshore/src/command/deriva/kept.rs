//! The definition that a configuration became, kept until its run has ended: a command that was cut off goes on
//! with the very same, whatever the catalogue and the clock say by then.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use proto::definition::Definition;
use proto::digest::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Wish;
use crate::exit;

/// What of a catalogue is not a part of what is exported, and secret.
const CREDENTIALS: [&str; 4] = ["token", "oauth2_token", "username", "password"];

/// Where it is kept.
pub(super) struct Kept(PathBuf);

impl Kept {
    /// The place for what a wish becomes, below the directory where state is kept.
    pub(super) fn of(data: &Path, wish: &Wish) -> Self {
        let mut configuration = wish.configuration.clone();
        if let Some(catalog) = configuration.get_mut("catalog").and_then(Value::as_object_mut) {
            for key in CREDENTIALS {
                catalog.remove(key);
            }
        }
        let all = json!([configuration, wish.variables, wish.host, wish.catalog]);
        let digest = hex(&Sha256::digest(all.to_string()));
        Self(data.join("translated").join(format!("{digest}.json")))
    }

    /// What was kept; nothing where no command was cut off, and where another version kept what cannot be read here:
    /// it would stand in the way of this command for ever.
    pub(super) fn find(&self) -> anyhow::Result<Option<Definition>> {
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| self.reading()),
        };
        match serde_json::from_slice(&text) {
            Ok(definition) => Ok(Some(definition)),
            Err(error) => {
                let what = self.reading();
                exit::say(&format!("warning: {what}: {error}: the command begins anew"));
                Ok(None)
            }
        }
    }

    /// Keeps a definition, whole or not at all.
    pub(super) fn keep(&self, definition: &Definition) -> anyhow::Result<()> {
        let Self(path) = self;
        let writing = || format!("writing {}", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(writing)?;
        }
        let staged = path.with_extension("part");
        let text = serde_json::to_vec(definition).with_context(writing)?;
        fs::write(&staged, text).and_then(|()| fs::rename(&staged, path)).with_context(writing)
    }

    /// Keeps it no longer.
    pub(super) fn forget(&self) -> anyhow::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("deleting {}", self.0.display()))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn reading(&self) -> String {
        format!("reading {}", self.0.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Credentials;

    fn wish(catalog: &Value, variables: &[&str]) -> Wish {
        Wish {
            name: "export.json".to_owned(),
            configuration: json!({ "catalog": catalog }),
            variables: variables.iter().map(|text| (*text).to_owned()).collect(),
            host: None,
            catalog: None,
            credentials: Credentials { cookie_file: None, bearer_file: None },
        }
    }

    #[test]
    fn what_is_exported_tells_definitions_apart_and_who_exports_does_not() {
        let place = |catalog: &Value, variables: &[&str]| {
            Kept::of(Path::new("data"), &wish(catalog, variables)).0
        };
        let one = place(&json!({"host": "h"}), &[]);
        assert_eq!(one, place(&json!({"host": "h", "token": "a", "password": "b"}), &[]));
        assert_ne!(one, place(&json!({"host": "i"}), &[]));
        assert_ne!(one, place(&json!({"host": "h"}), &["A=1"]));
    }

    #[test]
    fn a_definition_is_kept_until_it_is_forgotten() {
        let data = tempfile::tempdir().unwrap();
        let kept = Kept::of(data.path(), &wish(&json!({}), &[]));
        assert_eq!(kept.find().unwrap(), None);
        let text = r#"{"name": "A", "outputs": [{"to": "a.csv", "from": "a", "format": "csv"}]}"#;
        let definition = Definition::parse(text).unwrap();
        kept.keep(&definition).unwrap();
        assert_eq!(kept.find().unwrap(), Some(definition));
        kept.forget().unwrap();
        assert_eq!(kept.find().unwrap(), None);
        kept.forget().unwrap();
    }

    #[test]
    fn what_another_version_kept_does_not_stand_in_the_way() {
        let data = tempfile::tempdir().unwrap();
        let kept = Kept::of(data.path(), &wish(&json!({}), &[]));
        fs::create_dir_all(kept.0.parent().unwrap()).unwrap();
        for text in [r#"{"name": "A", "outputs": [], "later": 1}"#, "{\"na"] {
            fs::write(&kept.0, text).unwrap();
            assert_eq!(kept.find().unwrap(), None, "{text}");
        }
    }
}
