//! What a schema cannot say: the rules between the fields of a definition.

mod options;
mod verbatim;
mod made;
mod easydb;
mod plugin;

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::plugin::written_output;
use super::{
    Assets, By, Definition, Format, Http, Incremental, Output, Schedule, Transport, packer, remote,
};
use crate::fault::{Code, Fault};
use crate::target::TargetSpec;
use crate::template::Template;

/// Shortest lifetime of a run.
const MIN_LIFETIME: Duration = Duration::from_mins(1);

/// Every mistake, in the order of the document.
pub(super) fn mistakes(definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    check_name(&definition.name, &mut faults);
    check_lifetime(definition.lifetime, &mut faults);
    check_outputs(definition.outputs.iter().enumerate(), &mut faults);
    for (index, transport) in definition.transports.iter().enumerate() {
        let place = format!("/transports/{index}");
        faults.extend(transport.mistakes(&place));
    }
    check_records(definition, &mut faults);
    faults.extend(remote::mistakes(definition));
    faults.extend(packer::unknown_outputs(definition));
    for (name, target) in &definition.targets {
        faults.extend(target.mistakes(&format!("/targets/{name}")));
    }
    for (index, schedule) in definition.schedules.iter().enumerate() {
        check_schedule(schedule, &format!("/schedules/{index}"), &mut faults);
    }
    faults
}

/// The mistakes in those parts of a document that are well-formed, where others are not: what
/// `malformed` says of a part is enough.
pub(super) fn mistakes_in_parts(document: &Value, malformed: &[Fault]) -> Vec<Fault> {
    let is_well_formed = |part: &str| {
        let inside = |place: &str| {
            place.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !malformed.iter().filter_map(|fault| fault.place.as_deref()).any(inside)
    };
    let mut faults = Vec::new();
    if let Some(name) = document["name"].as_str().filter(|_| is_well_formed("/name")) {
        check_name(name, &mut faults);
    }
    if let Ok(lifetime) = humantime_serde::deserialize(&document["lifetime"]) {
        check_lifetime(lifetime, &mut faults);
    }
    let outputs = document["outputs"].as_array().into_iter().flatten().enumerate();
    let outputs: Vec<(usize, Output)> = outputs
        .filter(|(index, _)| is_well_formed(&format!("/outputs/{index}")))
        .filter_map(|(index, output)| Some((index, written_output(output)?)))
        .collect();
    check_outputs(outputs.iter().map(|(index, output)| (*index, output)), &mut faults);
    for (index, transport) in document["transports"].as_array().into_iter().flatten().enumerate() {
        let place = format!("/transports/{index}");
        if let Some(transport) = read::<Transport>(transport).filter(|_| is_well_formed(&place)) {
            faults.extend(transport.mistakes(&place));
        }
    }
    for (name, target) in document["targets"].as_object().into_iter().flatten() {
        let place = format!("/targets/{name}");
        if let Some(target) = read::<TargetSpec>(target).filter(|_| is_well_formed(&place)) {
            faults.extend(target.mistakes(&place));
        }
    }
    for (index, schedule) in document["schedules"].as_array().into_iter().flatten().enumerate() {
        let place = format!("/schedules/{index}");
        if let Some(schedule) = read::<Schedule>(schedule).filter(|_| is_well_formed(&place)) {
            check_schedule(&schedule, &place, &mut faults);
        }
    }
    faults
}

/// A part of the document, where its shape is right.
fn read<T: for<'v> Deserialize<'v>>(part: &Value) -> Option<T> {
    T::deserialize(part).ok()
}

/// Records are sent from one file of lines that the definition makes.
fn check_records(definition: &Definition, faults: &mut Vec<Fault>) {
    for (index, transport) in definition.transports.iter().enumerate() {
        let Transport::Http(Http { records: Some(records), .. }) = transport else { continue };
        let is_lines = |output: &Output| {
            output.to == records.of && output.format == Some(Format::Jsonl) && output.per.is_none()
        };
        if !definition.outputs.iter().any(is_lines) {
            faults.push(
                Fault::new(Code::InvalidValue, "no output of format jsonl goes to this file")
                    .at(format!("/transports/{index}/records/of"))
                    .hint(
                        "name the `to` of an output with \"format\": \"jsonl\" and without `per`",
                    ),
            );
        }
    }
}

fn check_name(name: &str, faults: &mut Vec<Fault>) {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        faults.push(
            Fault::new(Code::InvalidValue, "the name is blank or has control characters")
                .at("/name"),
        );
    }
}

fn check_lifetime(lifetime: Duration, faults: &mut Vec<Fault>) {
    if lifetime < MIN_LIFETIME {
        faults.push(
            Fault::new(Code::InvalidValue, "a run is kept for a minute at least")
                .at("/lifetime")
                .hint("leave it out to keep runs for seven days"),
        );
    }
}

fn check_schedule(schedule: &Schedule, place: &str, faults: &mut Vec<Fault>) {
    if let Err(fault) = schedule.times() {
        let within = fault.place.clone().unwrap_or_default();
        faults.push(fault.at(format!("{place}{within}")));
    }
}

/// Checks outputs, each with its place among all.
fn check_outputs<'d>(outputs: impl Iterator<Item = (usize, &'d Output)>, faults: &mut Vec<Fault>) {
    let mut paths = HashMap::new();
    for (index, output) in outputs {
        let place = format!("/outputs/{index}");
        check_output(output, &place, faults);
        if output.is_one_file()
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
}

fn check_output(output: &Output, place: &str, faults: &mut Vec<Fault>) {
    if let Some(easydb) = &output.easydb {
        return easydb::check(easydb, output, place, faults);
    }
    if output.plugin.is_some() || output.datasets.is_some() {
        return plugin::check(output, place, faults);
    }
    match (&output.assets, output.format) {
        (Some(assets), Some(format)) if assets.remote.is_some() => {
            check_list(format, output, place, faults);
            check_assets(assets, output, place, faults);
        }
        (Some(_), Some(_)) => faults.push(
            Fault::new(Code::InvalidValue, "an output holds either records or assets")
                .at(format!("{place}/format"))
                .hint("leave out `format`, or make two outputs"),
        ),
        (None, None) if output.verbatim.is_some() || output.made.is_some() => {}
        (None, None) => {
            let formats = "csv, json, jsonl, xml, xlsx, parquet, fasta, coco, yolo, voc or cvat";
            let fault = Fault::new(Code::MissingField, "`format` is missing").at(place);
            faults.push(fault.hint(format!(
                "{formats}; `assets` to collect files; `easydb` for objects of a catalogue; `verbatim` to keep \
                 what a source answers; `made` to make a file of that; `plugin` to run one"
            )));
        }
        (Some(assets), None) => check_assets(assets, output, place, faults),
        (None, Some(format)) => options::mistakes(format, output, place, faults),
    }
    verbatim::check(output, place, faults);
    made::check(output, place, faults);
    if output.per.is_some() {
        check_template(&output.to, &format!("{place}/to"), faults);
        if Template::parse(&output.to).is_ok_and(|template| template.fields().next().is_none()) {
            faults.push(
                Fault::new(Code::InvalidValue, "every record would go to the same file")
                    .at(format!("{place}/to"))
                    .hint("name a field in braces, such as {id}"),
            );
        }
    } else if output.is_one_file() && output.to.ends_with('/') {
        faults.push(
            Fault::new(Code::InvalidValue, "records go to a file, and this is a folder")
                .at(format!("{place}/to"))
                .hint("add a file name"),
        );
    }
    if let Some(incremental) = &output.incremental {
        check_incremental(incremental, output, &format!("{place}/incremental"), faults);
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

fn check_assets(assets: &Assets, output: &Output, place: &str, faults: &mut Vec<Fault>) {
    if output.per.is_some() {
        faults.push(
            Fault::new(Code::InvalidValue, "`per` does not go with `assets`")
                .at(format!("{place}/per")),
        );
    }
    if let Some(name) = &assets.name {
        check_template(name, &format!("{place}/assets/name"), faults);
    }
    faults.extend(assets.mistakes(&format!("{place}/assets")));
}

/// A list of files that stay where they are is of lines, as they are.
fn check_list(format: Format, output: &Output, place: &str, faults: &mut Vec<Fault>) {
    if format != Format::Jsonl {
        faults.push(
            Fault::new(Code::InvalidValue, "a list of files that stay where they are is JSONL")
                .at(format!("{place}/format"))
                .hint("set \"format\": \"jsonl\", or leave it out to have them named in a bag"),
        );
    }
    if !output.options.is_default() {
        faults.push(
            Fault::new(Code::InvalidValue, "`options` do not go with a list of files")
                .at(format!("{place}/options"))
                .hint("leave them out"),
        );
    }
}

fn check_incremental(
    incremental: &Incremental,
    output: &Output,
    place: &str,
    faults: &mut Vec<Fault>,
) {
    let mut refuse = |key: &str, why: String, hint: &str| {
        let code = if key.is_empty() { Code::MissingField } else { Code::InvalidValue };
        faults.push(Fault::new(code, why).at(format!("{place}{key}")).hint(hint));
    };
    if let Some(field) = incremental.by.field()
        && output.select.filter.contains_key(field)
    {
        let why = format!("{field:?} stands in `where` as well");
        refuse("/by", why, "the run decides which of its values are exported");
    }
    match (&incremental.by, &incremental.key) {
        (By::Digest, None) => {
            let hint = "name the field that tells records apart";
            refuse("", "`key` is missing".to_owned(), hint);
        }
        (By::Field(_) | By::Sequence(_), Some(_)) => {
            refuse("/key", "`key` is for `digest`".to_owned(), "leave it out");
        }
        (By::Digest, Some(_)) | (By::Field(_) | By::Sequence(_), None) => {}
    }
    match (&incremental.by, &incremental.lag) {
        (By::Digest | By::Sequence(_), Some(_)) => {
            refuse("/lag", "`lag` is for fields that hold times".to_owned(), "leave it out");
        }
        (By::Field(_), Some(_)) | (_, None) => {}
    }
}

fn check_template(text: &str, place: &str, faults: &mut Vec<Fault>) {
    if let Err(error) = Template::parse(text) {
        faults.push(
            Fault::new(Code::InvalidValue, error.to_string()).at(place).hint("{{ is a plain brace"),
        );
    }
}
