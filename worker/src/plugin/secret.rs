//! What is secret of what a plugin is told: opened for its process alone, and covered where the plugin repeats it. What it makes of
//! it otherwise is its own.

use std::collections::BTreeSet;
use std::fmt;

use fabric::record;
use proto::id::RunId;
use proto::key::Key;
use proto::plugin::secret::{self, MARK, SealedOption};
use proto::run::{Start, StoredDefinition};
use serde_json::{Map, Value};
use source::SourceError;

use super::error::PluginError;
use crate::Worker;
use crate::batch::Task;

/// Fewest characters of what is covered: less is in any text.
const SHORTEST: usize = 4;

/// What stands for what is covered.
const COVER: &str = "•••";

/// What a plugin is told.
pub(super) struct Told {
    /// By the names that the plugin knows.
    pub(super) options: Map<String, Value>,
    /// What is secret of it.
    pub(super) hidden: Hidden,
}

/// Texts that are not shown.
#[derive(Default)]
pub(super) struct Hidden(Vec<String>);

impl Worker {
    /// What the plugin of a batch is told, with its secrets.
    pub(super) async fn told(&self, task: &Task, plugin: &str) -> Result<Told, PluginError> {
        let mut told = Told::of(&task.output.plugin_options, &BTreeSet::new());
        let (run, output) = task.of;
        let secrets = self.secrets(run).await?;
        for SealedOption { option, sealed, .. } in
            secrets.into_iter().filter(|secret| secret.output == output)
        {
            let text = self.keys.as_ref().and_then(|keys| keys.unseal(&sealed));
            let Some(value) = text.and_then(|text| serde_json::from_str(&text).ok()) else {
                return Err(PluginError::Sealed { name: plugin.to_owned(), option });
            };
            told.hidden.add(&value);
            told.options.insert(option, value);
        }
        Ok(told)
    }

    /// The secrets of the definition that a run began with.
    async fn secrets(&self, run: RunId) -> Result<Vec<SealedOption>, SourceError> {
        let start: Start = record::read(&*self.store, &Key::start(run)).await?;
        let key = Key::definition(run.export, start.version);
        let stored: StoredDefinition = record::read(&*self.store, &key).await?;
        Ok(stored.secrets)
    }
}

impl Told {
    /// What is told by options that may have secrets among them: those that are marked, and those of these names.
    pub(super) fn of(options: &Map<String, Value>, secret: &BTreeSet<String>) -> Self {
        let mut hidden = Hidden::default();
        for (name, value) in options {
            if name.ends_with(MARK) || secret.contains(name) {
                hidden.add(value);
            }
        }
        Self { options: secret::told(options), hidden }
    }
}

impl Hidden {
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => text.lines().for_each(|line| self.add_line(line)),
            Value::Number(number) => self.add_line(&number.to_string()),
            Value::Array(values) => values.iter().for_each(|value| self.add(value)),
            Value::Object(map) => map.values().for_each(|value| self.add(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn add_line(&mut self, line: &str) {
        let line = line.trim();
        if line.chars().count() < SHORTEST {
            return;
        }
        // As programs show texts for people who look for mistakes.
        let quoted = Value::from(line).to_string();
        self.0.extend([line.to_owned(), quoted.trim_matches('"').to_owned()]);
        // One may be a part of another.
        self.0.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        self.0.dedup();
    }

    /// A text in which nothing of it stands.
    pub(super) fn cover(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, hidden| {
            if text.contains(hidden) { text.replace(hidden, COVER) } else { text }
        })
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hidden").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_secret_is_told_by_its_plain_name_and_covered_wherever_it_stands() {
        let options = json!({"url": "https://api.example.org", "key": "canary",
            "login:secret": {"user": "ann", "password": "canary\"-7"}, "pem:secret": "first\nsecond\n"});
        let secret = BTreeSet::from(["key".to_owned()]);
        let Told { options, hidden } = Told::of(options.as_object().unwrap(), &secret);
        assert_eq!((&options["key"], &options["login"]["user"]), (&json!("canary"), &json!("ann")));
        let check = |text: &str, expected: &str| assert_eq!(hidden.cover(text), expected);
        check("Bearer canary, https://api.example.org", "Bearer •••, https://api.example.org");
        check(r#"canary"-7 and {"password":"canary\"-7"}"#, r#"••• and {"password":"•••"}"#);
        check("second line of ann", "••• line of ann");
        assert!(!format!("{hidden:?}").contains("canary"));
    }
}
