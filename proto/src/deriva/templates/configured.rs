//! A template as the engine of exports runs it, for some rows of its table.

use serde_json::Value;

use super::file_name::file_name;
use super::reference::Reference;
use super::request::{LeftOut, requested};
use super::template::{Kind, Template};

/// The configuration that a template is, and what is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Configured {
    /// What the engine takes.
    pub configuration: Value,
    /// Outputs of the template that cannot be asked for.
    pub left_out: Vec<LeftOut>,
}

/// The configuration of a template for rows: what its request to an export service is, but that files are in
/// no bag. Braces of names are none of the engine's.
pub fn configured(template: &Template, reference: &Reference<'_>) -> Configured {
    let name = file_name(&reference.table.table.name).replace('{', "{{").replace('}', "}}");
    let requested = requested(template, reference, &name);
    let mut configuration =
        serde_json::to_value(requested.request).expect("a request holds only what JSON can hold");
    if let (Kind::File, Some(configuration)) = (template.kind, configuration.as_object_mut()) {
        configuration.remove("bag");
    }
    Configured { configuration, left_out: requested.left_out }
}
