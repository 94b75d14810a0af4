//! What is secret in the options of plugins: it is taken out of a definition before anybody sees or keeps it, and is kept sealed
//! beside it, for workers alone.

use std::collections::BTreeSet;

use proto::definition::Definition;
use proto::fault::{Code, Fault};
use proto::plugin::secret::{self, GivenOption, SealedOption};
use proto::run::StoredDefinition;
use serde_json::Value;

use crate::Coordinator;
use crate::accept::hex_digest;

impl Coordinator {
    /// Takes secrets out of a definition. An exporter that is here and cannot be asked is not given the benefit of the doubt: what it
    /// is told may be secret.
    pub(crate) async fn take_secrets(
        &self,
        definition: &mut Definition,
    ) -> Result<Vec<GivenOption>, Fault> {
        let mut taken = Vec::new();
        for (place, output) in (0_u32..).zip(&mut definition.outputs) {
            let Some(plugin) = output.plugin.clone() else { continue };
            if output.plugin_options.is_empty() {
                continue;
            }
            let declared = self.declared(&plugin).await;
            let declared =
                declared.map_err(|fault| fault.at(format!("/outputs/{place}/plugin")))?;
            taken.extend(secret::take(place, &mut output.plugin_options, &declared));
        }
        Ok(taken)
    }

    /// The options of a plugin that are secret: what the operator says, and what its exporter does.
    async fn declared(&self, plugin: &str) -> Result<BTreeSet<String>, Fault> {
        let operators = self.settings.secret_options.get(plugin);
        let mut declared = operators.cloned().unwrap_or_default();
        if let Some(exporters) = &self.settings.exporters {
            match exporters.secrets(plugin).await {
                Ok(own) => declared.extend(own),
                Err(fault) if operators.is_none() => return Err(fault),
                Err(fault) => {
                    tracing::warn!(plugin.name = plugin, error = %fault, "exporter not asked");
                }
            }
        }
        Ok(declared)
    }

    /// Seals what was given.
    pub(crate) fn seal(&self, given: &[GivenOption]) -> Result<Vec<SealedOption>, Fault> {
        let there = given.iter().filter(|given| !given.value.is_null());
        let sealed = there.map(|given| {
            let GivenOption { output, option, value } = given;
            let Some(keys) = &self.keys else {
                let fault = Fault::new(Code::InvalidValue, "nothing here seals secret options");
                let fault = fault.at(format!("/outputs/{output}/options/{option}"));
                return Err(fault.hint("give the coordinator [api] link_key_file"));
            };
            let sealed = keys.seal(&value.to_string());
            Ok(SealedOption { output: *output, option: option.clone(), sealed })
        });
        sealed.collect()
    }

    /// What a changed definition keeps of the secrets of the one before, beside those that it was given, sealed.
    pub(crate) fn seal_and_keep(
        &self,
        definition: &Definition,
        given: &[GivenOption],
        before: &StoredDefinition,
    ) -> Result<Vec<SealedOption>, Vec<Fault>> {
        let of_before = (before.definition.outputs.as_slice(), before.secrets.as_slice());
        let mut secrets = secret::kept(&definition.outputs, given, of_before)?;
        secrets.extend(self.seal(given).map_err(|fault| vec![fault])?);
        Ok(secrets)
    }

    /// What tells a request from others without telling it: of one with secrets nobody finds out by guessing what they are.
    pub(crate) fn mark_of(&self, document: &str, given: &[GivenOption]) -> String {
        match &self.keys {
            Some(keys) if !given.is_empty() => keys.code(document),
            Some(_) | None => hex_digest(document),
        }
    }

    /// Whether a request is the one that such a mark was made for.
    pub(crate) fn is_mark_of(&self, document: &str, mark: &str) -> bool {
        let is_code = self.keys.as_ref().is_some_and(|keys| keys.is_code(document, mark));
        is_code || mark == hex_digest(document)
    }
}

/// A document as it came, without the secrets of its outputs.
pub(crate) fn without(mut document: Value, given: &[GivenOption]) -> Value {
    let outputs = document.get_mut("outputs").and_then(Value::as_array_mut);
    for (place, output) in (0_u32..).zip(outputs.into_iter().flatten()) {
        if let Some(options) = output.get_mut("options").and_then(Value::as_object_mut) {
            let of_it: Vec<GivenOption> =
                given.iter().filter(|given| given.output == place).cloned().collect();
            secret::forget(options, &of_it);
        }
    }
    document
}
