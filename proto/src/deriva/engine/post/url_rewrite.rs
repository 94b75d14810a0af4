//! Sending clients to another address than the service's own.

use crate::deriva::engine::processor::Step;
use crate::deriva::engine::reading::{Reading, at};
use crate::deriva::engine::template::{Template, UnknownVariable};
use crate::deriva::engine::variables::Variables;

/// Where clients are sent instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlRewrite {
    /// The outputs that are meant; all where none are named.
    pub inputs: Vec<Template>,
    /// The address, which may have `{output}` and `{output_url}` in it.
    pub address: Template,
}

impl UrlRewrite {
    pub(super) fn read(step: &Step, reading: &mut Reading) -> Option<Self> {
        step.unknown(&[&["input_path", "input_paths", "remote_path"]], reading);
        step.required("remote_path", "write the address that clients are sent to", reading)?;
        let address = reading.template_of(&step.place, &step.params, "remote_path")?;
        let mut inputs = templates(step, "input_path", reading);
        inputs.extend(templates(step, "input_paths", reading));
        Some(Self { inputs, address })
    }

    /// The address for an output, which the service itself has at another.
    pub fn rewritten(
        &self,
        variables: &Variables,
        output: &str,
        service_url: &str,
    ) -> Result<String, UnknownVariable> {
        let mut variables = variables.clone();
        variables.set("output", output);
        variables.set("output_url", format!("{service_url}/{output}"));
        self.address.rendered(&variables)
    }
}

fn templates(step: &Step, key: &str, reading: &mut Reading) -> Vec<Template> {
    let mut templates = Vec::new();
    for text in reading.texts_of(&step.place, &step.params, key) {
        match Template::parse(&text) {
            Ok(template) => templates.push(template),
            Err(error) => {
                reading.failed(&at(&step.place, key), error.to_string(), error.hint());
            }
        }
    }
    templates
}
