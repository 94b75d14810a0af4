//! A template as the engine of exports runs it, for some rows of its table.

use serde_json::Value;

use super::bag;
use super::file_name::file_name;
use super::reference::Reference;
use super::request::{LeftOut, requested};
use super::rows_alone;
use super::template::{Kind, Output, Template};

/// The configuration that a template is, and what is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Configured {
    /// What the engine takes.
    pub configuration: Value,
    /// Outputs of the template that cannot be asked for.
    pub left_out: Vec<LeftOut>,
}

/// The configuration of a template for rows: what its request to an export service is, but that files are in
/// no bag. Braces of names are none of the engine's, unless the template's author wrote them.
pub fn configured(template: &Template, reference: &Reference<'_>) -> Configured {
    let bag_name = literal(&file_name(&reference.table.table.name));
    let requested = requested(&named(template, reference), reference, &bag_name);
    let mut configuration =
        serde_json::to_value(requested.request).expect("a request holds only what JSON can hold");
    if let (Kind::File, Some(configuration)) = (template.kind, configuration.as_object_mut()) {
        configuration.remove("bag");
    }
    Configured { configuration, left_out: requested.left_out }
}

/// The template whose files are called what clients call them, letter by letter.
fn named(template: &Template, reference: &Reference<'_>) -> Template {
    let mut derived = bag::outputs(reference.table);
    derived.extend(rows_alone::output(reference.table, reference.context));
    let of_table = literal(&file_name(&reference.table.display_name()));
    let name = |output: &Output| match output.destination.name.as_deref() {
        None | Some("") => of_table.clone(),
        // What is derived is called after tables and columns; what is annotated names variables.
        Some(name) if derived.contains(output) => literal(name),
        Some(name) => name.to_owned(),
    };
    let mut template = template.clone();
    for output in &mut template.outputs {
        output.destination.name = Some(name(&*output));
    }
    template
}

/// A text of which the engine takes every brace as it is.
fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
