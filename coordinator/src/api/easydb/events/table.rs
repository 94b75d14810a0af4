//! Events as a table.

use std::collections::{BTreeSet, HashMap};

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::super::trouble::Trouble;
use super::filter::switch;
use crate::api::content::keep_private;

/// The columns before what is said of an event, by its keys.
const COLUMNS: [&str; 7] =
    ["_id", "timestamp", "type", "basetype", "objecttype", "object_id", "object_version"];

/// The column of what is said of an event, and what its columns begin with where it has several.
const INFO: &str = "info";

/// In which form events are listed.
pub(super) enum Form {
    /// As a document; `json_full` is the same.
    Json,
    /// As a table.
    Csv(Table),
}

/// How a table is written.
#[derive(Debug)]
pub(super) struct Table {
    /// What parts cells.
    delimiter: char,
    /// What stands around them.
    quote: char,
    /// What stands before a quote within one.
    escape: char,
    /// Whether it begins with a byte order mark.
    is_marked: bool,
    info: Info,
}

/// How a table shows what is said of events.
#[derive(Debug)]
enum Info {
    /// As JSON in one column.
    Whole,
    /// Each key in a column of its own, lists with something between their items where that is given.
    ByKey(Option<String>),
}

impl Form {
    pub(super) fn read(query: &HashMap<String, String>) -> Result<Self, Trouble> {
        match query.get("format").map(String::as_str) {
            None | Some("" | "json" | "json_full") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv(Table::read(query)?)),
            Some(_) => {
                let why = "json, json_full or csv is expected".to_owned();
                Err(Trouble::Parameter { name: "format", why })
            }
        }
    }
}

impl Table {
    fn read(query: &HashMap<String, String>) -> Result<Self, Trouble> {
        let joint = query.get("csv_explode_array_concat").cloned();
        Ok(Self {
            delimiter: sign(query, "csv_delimiter", ',')?,
            quote: sign(query, "csv_quote", '"')?,
            escape: sign(query, "csv_escape", '"')?,
            is_marked: switch(query, "csv_use_bom")?.unwrap_or(false),
            info: match switch(query, "csv_explode")? {
                Some(true) => Info::ByKey(joint),
                Some(false) | None => Info::Whole,
            },
        })
    }

    /// The events as a table with a header, every cell quoted.
    pub(super) fn answer(&self, events: &[Value]) -> Response {
        let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], self.text(events))
            .into_response();
        keep_private(response.headers_mut());
        response
    }

    fn text(&self, events: &[Value]) -> String {
        let keys = self.keys(events);
        let mut table = if self.is_marked { "\u{feff}".to_owned() } else { String::new() };
        let of_info: Vec<String> = match &self.info {
            Info::Whole => vec![INFO.to_owned()],
            Info::ByKey(_) => keys.iter().map(|key| format!("{INFO}.{key}")).collect(),
        };
        let columns = COLUMNS.iter().map(|column| (*column).to_owned());
        self.line(columns.chain(of_info).chain(["login".to_owned()]), &mut table);
        for event in events {
            let cells = COLUMNS.iter().map(|column| text(&event["event"][*column]));
            let said = &event["event"][INFO];
            let of_info: Vec<String> = match &self.info {
                Info::Whole => vec![text(said)],
                Info::ByKey(joint) => {
                    keys.iter().map(|key| joined(&said[*key], joint.as_deref())).collect()
                }
            };
            let login = text(&event["_user"]["user"]["login"]);
            self.line(cells.chain(of_info).chain([login]), &mut table);
        }
        table
    }

    /// What is said of any of the events, where each of it has a column.
    fn keys<'e>(&self, events: &'e [Value]) -> BTreeSet<&'e str> {
        match self.info {
            Info::Whole => BTreeSet::new(),
            Info::ByKey(_) => {
                let said = events.iter().filter_map(|event| event["event"][INFO].as_object());
                said.flat_map(|said| said.keys().map(String::as_str)).collect()
            }
        }
    }

    fn line(&self, cells: impl Iterator<Item = String>, table: &mut String) {
        for (place, cell) in cells.enumerate() {
            if place > 0 {
                table.push(self.delimiter);
            }
            table.push(self.quote);
            for sign in cell.chars() {
                if sign == self.quote || sign == self.escape {
                    table.push(self.escape);
                }
                table.push(sign);
            }
            table.push(self.quote);
        }
        table.push_str("\r\n");
    }
}

fn sign(query: &HashMap<String, String>, name: &'static str, usual: char) -> Result<char, Trouble> {
    let Some(text) = query.get(name).filter(|text| !text.is_empty()) else { return Ok(usual) };
    let mut signs = text.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => Ok(sign),
        _ => Err(Trouble::Parameter { name, why: "one character is expected".to_owned() }),
    }
}

/// A value as the text of a cell; the items of a list with something between them, where that is given.
fn joined(value: &Value, joint: Option<&str>) -> String {
    match (value.as_array(), joint) {
        (Some(items), Some(joint)) => items.iter().map(text).collect::<Vec<_>>().join(joint),
        (Some(_), None) | (None, _) => text(value),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(query: &[(&str, &str)], expected: &str) {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let events = [
            json!({"_user": {"user": {"login": "ann"}}, "event": {"_id": 7, "type": "EMAIL_SENT",
                "info": {"recipients": ["a", "b"], "subject": "\"A\" \\ B"}}}),
            json!({"event": {"_id": 8, "type": "EXPORT_INSERT", "info": {"name": "A"}}}),
        ];
        let table = Table::read(&query.collect()).map(|table| table.text(&events));
        assert_eq!(table.unwrap(), expected);
    }

    #[test]
    fn a_table_is_written_as_it_is_asked_for() {
        let columns =
            "'_id';'timestamp';'type';'basetype';'objecttype';'object_id';'object_version'";
        let signs = [("csv_delimiter", ";"), ("csv_quote", "'"), ("csv_escape", "\\")];
        check(
            &signs,
            &format!(
                "{columns};'info';'login'\r\n\
                '7';'';'EMAIL_SENT';'';'';'';'';\
                '{{\"recipients\":[\"a\",\"b\"],\"subject\":\"\\\\\"A\\\\\" \\\\\\\\ B\"}}';'ann'\r\n\
                '8';'';'EXPORT_INSERT';'';'';'';'';'{{\"name\":\"A\"}}';''\r\n"
            ),
        );
        let by_key = [signs.as_slice(), &[("csv_use_bom", "true"), ("csv_explode", "1")]].concat();
        check(
            &[by_key.as_slice(), &[("csv_explode_array_concat", "|")]].concat(),
            &format!(
                "\u{feff}{columns};'info.name';'info.recipients';'info.subject';'login'\r\n\
                '7';'';'EMAIL_SENT';'';'';'';'';'';'a|b';'\"A\" \\\\ B';'ann'\r\n\
                '8';'';'EXPORT_INSERT';'';'';'';'';'A';'';'';''\r\n"
            ),
        );
        check(
            &by_key,
            &format!(
                "\u{feff}{columns};'info.name';'info.recipients';'info.subject';'login'\r\n\
                '7';'';'EMAIL_SENT';'';'';'';'';'';'[\"a\",\"b\"]';'\"A\" \\\\ B';'ann'\r\n\
                '8';'';'EXPORT_INSERT';'';'';'';'';'A';'';'';''\r\n"
            ),
        );
    }
}
