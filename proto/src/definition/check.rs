//! What a schema cannot say: the rules between the fields of a definition.

use std::collections::HashMap;

use super::{Definition, Format, Options, Output};
use crate::fault::{Code, Fault};
use crate::template::Template;

/// Shortest lifetime of a run.
const MIN_LIFETIME: std::time::Duration = std::time::Duration::from_mins(1);

/// Every mistake, in the order of the document.
pub(super) fn mistakes(definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    if definition.name.trim().is_empty() || definition.name.chars().any(char::is_control) {
        faults.push(
            Fault::new(Code::InvalidValue, "the name is blank or has control characters")
                .at("/name"),
        );
    }
    if definition.lifetime < MIN_LIFETIME {
        faults.push(
            Fault::new(Code::InvalidValue, "a run is kept for a minute at least")
                .at("/lifetime")
                .hint("leave it out to keep runs for seven days"),
        );
    }
    let mut paths = HashMap::new();
    for (index, output) in definition.outputs.iter().enumerate() {
        let place = format!("/outputs/{index}");
        check_output(output, &place, &mut faults);
        if output.assets.is_none()
            && output.per.is_none()
            && let Some(before) = paths.insert(output.to.to_lowercase(), index)
        {
            faults.push(
                Fault::new(
                    Code::DuplicateOutput,
                    format!("outputs {before} and {index} both go to {:?}", output.to),
                )
                .at(format!("{place}/to"))
                .hint("give one of them another path"),
            );
        }
    }
    faults
}

fn check_output(output: &Output, place: &str, faults: &mut Vec<Fault>) {
    match (&output.assets, output.format) {
        (Some(_), Some(_)) => faults.push(
            Fault::new(Code::InvalidValue, "an output holds either records or assets")
                .at(format!("{place}/format"))
                .hint("leave out `format`, or make two outputs"),
        ),
        (None, None) => faults.push(
            Fault::new(Code::MissingField, "`format` is missing")
                .at(place)
                .hint("csv, json, jsonl or xml; or `assets` to collect files"),
        ),
        (Some(assets), None) => {
            if output.per.is_some() {
                faults.push(
                    Fault::new(Code::InvalidValue, "`per` does not go with `assets`")
                        .at(format!("{place}/per")),
                );
            }
            if let Some(name) = &assets.name {
                check_template(name, &format!("{place}/assets/name"), faults);
            }
        }
        (None, Some(format)) => check_options(format, &output.options, place, faults),
    }
    if output.per.is_some() {
        check_template(&output.to, &format!("{place}/to"), faults);
        if Template::parse(&output.to).is_ok_and(|template| template.fields().next().is_none()) {
            faults.push(
                Fault::new(Code::InvalidValue, "every record would go to the same file")
                    .at(format!("{place}/to"))
                    .hint("name a field in braces, such as {id}"),
            );
        }
    } else if output.assets.is_none() && output.to.ends_with('/') {
        faults.push(
            Fault::new(Code::InvalidValue, "records go to a file, and this is a folder")
                .at(format!("{place}/to"))
                .hint("add a file name"),
        );
    }
    let mut seen = HashMap::new();
    for (index, field) in output.select.fields.iter().flatten().enumerate() {
        if let Some(before) = seen.insert(field.display(), index) {
            faults.push(
                Fault::new(
                    Code::InvalidValue,
                    format!("fields {before} and {index} are both called {:?}", field.display()),
                )
                .at(format!("{place}/select/fields/{index}"))
                .hint("give one another name with {\"field\": …, \"as\": …}"),
            );
        }
    }
}

fn check_template(text: &str, place: &str, faults: &mut Vec<Fault>) {
    if let Err(error) = Template::parse(text) {
        faults.push(
            Fault::new(Code::InvalidValue, error.to_string()).at(place).hint("{{ is a plain brace"),
        );
    }
}

fn check_options(format: Format, options: &Options, place: &str, faults: &mut Vec<Fault>) {
    if format != Format::Csv && *options != Options::default() {
        faults.push(
            Fault::new(Code::InvalidValue, "these options are of the format csv")
                .at(format!("{place}/options"))
                .hint("leave them out"),
        );
    }
    for (key, value) in [("delimiter", &options.delimiter), ("quote", &options.quote)] {
        if let Some(value) = value
            && (!value.is_ascii() || value.contains(['\r', '\n']))
        {
            faults.push(
                Fault::new(
                    Code::InvalidValue,
                    format!("`{key}` is one ASCII character, no line end"),
                )
                .at(format!("{place}/options/{key}")),
            );
        }
    }
    let delimiter = options.delimiter.as_deref().unwrap_or(",");
    let quote = options.quote.as_deref().unwrap_or("\"");
    if delimiter == quote {
        faults.push(
            Fault::new(Code::InvalidValue, "delimiter and quote are the same character")
                .at(format!("{place}/options")),
        );
    }
}
