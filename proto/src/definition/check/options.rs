//! Which details go with which format, and what their values must be.

mod datasets;

use serde_json::Value;

use self::datasets::{dataset, upd};
use super::super::{Format, JsonLayout, Options, Output};
use crate::fault::{Code, Fault};
use crate::xml_name::is_name;

/// Details of tables, in whatever format.
const TABLE: [&str; 4] = ["empty_columns", "flatten", "languages", "hierarchies"];

/// The mistakes in the details of an output.
pub(super) fn mistakes(format: Format, output: &Output, place: &str, faults: &mut Vec<Fault>) {
    let output_place = place;
    let (options, place) = (&output.options, format!("{place}/options"));
    let mut refuse = |key: &str, why: &str, hint: &str| {
        let place = match key {
            "" => place.clone(),
            "per" => format!("{output_place}/per"),
            "fields" => format!("{output_place}/select/fields"),
            "incremental" => format!("{output_place}/incremental"),
            key => format!("{place}/{key}"),
        };
        let fault = Fault::new(Code::InvalidValue, why).at(place);
        faults.push(if hint.is_empty() { fault } else { fault.hint(hint) });
    };
    for key in given(options) {
        let of_tables: &[&str] = if format.is_table() { &TABLE } else { &[] };
        if !own(format).iter().chain(of_tables).any(|own| *own == key) {
            let why = format!("`{key}` is no option of the format {}", format.as_str());
            refuse(&key, &why, "leave it out");
        }
    }
    csv(options, &mut refuse);
    table(options, &mut refuse);
    xml(options, &mut refuse);
    let names =
        options.sheets.iter().enumerate().map(|(at, sheet)| (format!("sheets/{at}"), sheet));
    let names = names.map(|(place, sheet)| (format!("{place}/name"), &sheet.name));
    let first = options.sheet.iter().map(|name| ("sheet".to_owned(), name));
    for (place, name) in first.chain(names) {
        if let Some(why) = sheet_mistake(name) {
            refuse(&place, why, "spreadsheets take up to 31 characters, none of []:*?/\\");
        }
    }
    if !options.sheets.is_empty() && output.incremental.is_some() {
        refuse("sheets", "an incremental output is one table", "make another output of it");
    }
    if let Some(name) = &options.stylesheet {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.chars().all(is_plain) {
            refuse("stylesheet", "the name has other signs than letters, digits, `-` and `_`", "");
        }
    }
    if format == Format::Fasta {
        fasta(output, &mut refuse);
    }
    if format.is_dataset() {
        dataset(format, output, &mut refuse);
    }
    if format == Format::Upd {
        upd(output, &mut refuse);
    }
    if format.is_whole() && output.per.is_some() {
        let why = format!("`per` does not go with the format {}", format.as_str());
        refuse("per", &why, "leave it out");
    }
    if format == Format::Jsonl && options.layout == Some(JsonLayout::Pretty) {
        refuse("layout", "a record of JSONL is one line", "take `compact`, or leave it out");
    }
}

type Refuse<'r> = &'r mut dyn FnMut(&str, &str, &str);

/// The keys that are given.
fn given(options: &Options) -> Vec<String> {
    match serde_json::to_value(options) {
        Ok(Value::Object(keys)) => keys.into_iter().map(|(key, _)| key).collect(),
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// The details that a format has for itself.
fn own(format: Format) -> &'static [&'static str] {
    match format {
        Format::Csv => &[
            "delimiter",
            "quote",
            "escape",
            "always_quote",
            "line_end",
            "bom",
            "header",
            "null",
            "spreadsheet_safe",
        ],
        Format::Json | Format::Jsonl => &["layout"],
        Format::Xml => &["root", "record", "item", "namespace", "attributes", "stylesheet"],
        Format::Xlsx => &["sheet", "thumbnails", "sheets"],
        Format::Parquet => &[],
        Format::Fasta => &["comment", "data", "line", "line_length"],
        Format::Coco | Format::Yolo | Format::Voc | Format::Cvat => &["dataset"],
        Format::Upd => &["medias"],
    }
}

fn csv(options: &Options, refuse: Refuse<'_>) {
    for (key, value) in
        [("delimiter", &options.delimiter), ("quote", &options.quote), ("escape", &options.escape)]
    {
        if let Some(value) = value
            && (!value.is_ascii() || value.contains(['\r', '\n', '\0']))
        {
            refuse(key, &format!("`{key}` is one ASCII character, no line end"), "");
        }
    }
    let delimiter = options.delimiter.as_deref().unwrap_or(",");
    let quote = options.quote.as_deref().unwrap_or("\"");
    if delimiter == quote {
        refuse("", "delimiter and quote are the same character", "");
    }
    if options.escape.as_deref() == Some(delimiter) {
        refuse("escape", "delimiter and escape are the same character", "");
    }
    if let Some(null) = &options.null {
        let escape = options.escape.as_deref();
        let special = [Some(delimiter), Some(quote), escape.filter(|escape| *escape != "\\")];
        let has_special = special.into_iter().flatten().any(|special| null.contains(special));
        if has_special || null.contains(['\r', '\n', '\0']) {
            refuse("null", "NULL is spelled with a character that means something else", "");
        }
    }
}

fn table(options: &Options, refuse: Refuse<'_>) {
    if let Some(flatten) = &options.flatten
        && flatten.item.matches("{}").count() != 1
    {
        refuse("flatten/item", "`{}`, for the number, stands in it once", "such as \"[{}]\"");
    }
    let repeated = |names: &[String]| {
        let mut names: Vec<&String> = names.iter().collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    };
    if let Some(languages) = &options.languages {
        if repeated(&languages.tags) {
            refuse("languages/tags", "a language is named twice", "");
        }
        if repeated(&languages.fields) {
            refuse("languages/fields", "a field is named twice", "");
        }
    }
    if options.hierarchies.as_ref().is_some_and(|hierarchies| repeated(&hierarchies.fields)) {
        refuse("hierarchies/fields", "a field is named twice", "");
    }
}

fn fasta(output: &Output, refuse: Refuse<'_>) {
    let Options { comment, data, line, line_length, .. } = &output.options;
    if line.is_some() {
        let others = [
            ("comment", comment.is_some()),
            ("data", data.is_some()),
            ("line_length", line_length.is_some()),
        ];
        for (key, _) in others.iter().filter(|(_, is_there)| *is_there) {
            let why = format!("`{key}` does not go with `line`");
            refuse(key, &why, "leave it out: a record is written as the field has it");
        }
    } else {
        let is_data = data.as_ref().is_some_and(|data| !data.as_slice().is_empty());
        for (key, is_there) in [("comment", comment.is_some()), ("data", is_data)] {
            if !is_there {
                refuse(key, &format!("`{key}` is missing"), "name the field that holds it");
            }
        }
    }
    for (key, field) in output.options.fasta_fields() {
        let mut written = output.select.fields.iter().flatten();
        if output.select.fields.is_some() && !written.any(|written| written.display() == field) {
            let why = format!("the output has no field {field:?}");
            refuse(key, &why, "name it as it is called in the output");
        }
    }
}

fn sheet_mistake(name: &str) -> Option<&'static str> {
    if name.contains(['[', ']', ':', '*', '?', '/', '\\']) || name.chars().any(char::is_control) {
        return Some("the name has characters that no sheet may have in its name");
    }
    if name.starts_with('\'') || name.ends_with('\'') || name.trim().is_empty() {
        return Some("the name is blank, or has an apostrophe at one end");
    }
    name.eq_ignore_ascii_case("history").then_some("the name belongs to spreadsheets themselves")
}

fn xml(options: &Options, refuse: Refuse<'_>) {
    let names = [("root", &options.root), ("record", &options.record), ("item", &options.item)];
    let names = names.into_iter().filter_map(|(key, name)| Some((key, name.as_ref()?)));
    for (key, name) in names.chain(options.attributes.iter().map(|name| ("attributes", name))) {
        if !is_name(name) {
            let why = format!("{name:?} is no name that XML allows");
            refuse(key, &why, "letters first, then digits, `-`, `_` and `.` too; not `xml…`");
        }
    }
    if let Some(namespace) = &options.namespace
        && (namespace.trim() != namespace || namespace.chars().any(char::is_control))
    {
        refuse("namespace", "the namespace has blanks around it or control characters", "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, options: &str, expected: &[&str]) {
        let json =
            format!(r#"{{"to": "a", "from": "a", "format": "{format}", "options": {options}}}"#);
        let output: Output = serde_json::from_str(&json).unwrap();
        let mut faults = Vec::new();
        mistakes(output.format.unwrap(), &output, "", &mut faults);
        let places: Vec<&str> =
            faults.iter().map(|fault| fault.place.as_deref().unwrap()).collect();
        assert_eq!(places, expected, "{faults:?}");
    }

    #[test]
    fn details_of_another_format_are_refused_by_name() {
        check("csv", r#"{"root": "a", "delimiter": ";"}"#, &["/options/root"]);
        check("json", r#"{"flatten": {}, "bom": true}"#, &["/options/bom", "/options/flatten"]);
        check("jsonl", r#"{"layout": "pretty"}"#, &["/options/layout"]);
        check("xml", r#"{"item": "li", "namespace": "urn:x"}"#, &[]);
    }

    #[test]
    fn characters_of_csv_are_one_each_and_mean_one_thing() {
        check("csv", r#"{"delimiter": "ä"}"#, &["/options/delimiter"]);
        check("csv", r#"{"delimiter": "\""}"#, &["/options"]);
        check("csv", r#"{"escape": ","}"#, &["/options/escape"]);
        check("csv", r#"{"null": "\\N", "escape": "\\"}"#, &[]);
        check("csv", r#"{"null": "a,b"}"#, &["/options/null"]);
    }

    #[test]
    fn names_of_xml_are_names() {
        check(
            "xml",
            r#"{"root": "a b", "record": "xml-r", "attributes": ["id", "1"]}"#,
            &["/options/root", "/options/record", "/options/attributes"],
        );
    }

    #[test]
    fn stylesheets_have_plain_names_and_transform_files_of_many_records_too() {
        check("xml", r#"{"stylesheet": "mods-3_7"}"#, &[]);
        check("xml", r#"{"stylesheet": "../mods"}"#, &["/options/stylesheet"]);
    }

    #[test]
    fn a_record_of_fasta_is_made_of_fields_or_is_one() {
        check("fasta", r#"{"comment": "a", "data": ["b", "c"], "line_length": 60}"#, &[]);
        check("fasta", r#"{"comment": [], "data": "b"}"#, &[]);
        check("fasta", r#"{"line": "a"}"#, &[]);
        check("fasta", "{}", &["/options/comment", "/options/data"]);
        check("fasta", r#"{"comment": "a", "data": []}"#, &["/options/data"]);
        check(
            "fasta",
            r#"{"line": "a", "comment": "a", "data": "b", "line_length": 60}"#,
            &["/options/comment", "/options/data", "/options/line_length"],
        );
    }

    #[test]
    fn an_item_has_a_place_for_its_number() {
        check("csv", r#"{"flatten": {"item": "()"}}"#, &["/options/flatten/item"]);
        check(
            "csv",
            r#"{"languages": {"fields": ["a"], "tags": ["de", "de"]}}"#,
            &["/options/languages/tags"],
        );
    }
}
