//! Events as a table.

use std::collections::HashMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::super::trouble::Trouble;
use crate::api::content::keep_private;

/// The columns, by the keys of an event.
const COLUMNS: [&str; 8] =
    ["_id", "timestamp", "type", "basetype", "objecttype", "object_id", "object_version", "info"];

/// In which form events are listed.
pub(super) enum Form {
    /// As a document; `json_full` is the same.
    Json,
    /// As a table.
    Csv(Signs),
}

/// What parts the cells of a table, and what stands around them.
#[derive(Clone, Copy)]
pub(super) struct Signs {
    delimiter: char,
    quote: char,
}

impl Form {
    pub(super) fn read(query: &HashMap<String, String>) -> Result<Self, Trouble> {
        match query.get("format").map(String::as_str) {
            None | Some("" | "json" | "json_full") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv(Signs {
                delimiter: sign(query, "csv_delimiter", ',')?,
                quote: sign(query, "csv_quote", '"')?,
            })),
            Some(_) => {
                let why = "json, json_full or csv is expected".to_owned();
                Err(Trouble::Parameter { name: "format", why })
            }
        }
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

/// The events as a table with a header, every cell quoted.
pub(super) fn csv(events: &[Value], signs: Signs) -> Response {
    let mut table = String::new();
    line(
        COLUMNS.iter().map(|column| (*column).to_owned()).chain(["login".to_owned()]),
        signs,
        &mut table,
    );
    for event in events {
        let cells = COLUMNS.iter().map(|column| text(&event["event"][*column]));
        let login = text(&event["_user"]["user"]["login"]);
        line(cells.chain([login]), signs, &mut table);
    }
    let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], table).into_response();
    keep_private(response.headers_mut());
    response
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn line(
    cells: impl Iterator<Item = String>,
    Signs { delimiter, quote }: Signs,
    table: &mut String,
) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            table.push(delimiter);
        }
        table.push(quote);
        table.push_str(&cell.replace(quote, &format!("{quote}{quote}")));
        table.push(quote);
    }
    table.push_str("\r\n");
}
