//! The values of fields, each by what its field holds.

use source::catalogue::{Column, ColumnKind};

use super::{Inside, Standard, told, typed};
use crate::easydb::json::Json;
use crate::easydb::selection::Part;

/// What fylr calls a field of places and shapes on the earth.
const GEO_JSON: &str = "geo_json";

impl Standard<'_> {
    /// Writes the value of a field; nothing where it is empty.
    pub(super) fn value(
        &mut self,
        element: &str,
        column: &Column,
        value: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let mut digits = itoa::Buffer::new();
        let id = self.column_id(column, &mut digits);
        let field = (element, id);
        match &column.kind {
            ColumnKind::Text => self.scalar(field, "text", value.text()),
            ColumnKind::TextOneline => self.scalar(field, "text_oneline", value.text()),
            ColumnKind::String => self.scalar(field, "string", value.text()),
            ColumnKind::Number => self.scalar(field, "number", value.text()),
            ColumnKind::Double => self.scalar(field, "double", value.text()),
            ColumnKind::Boolean => self.scalar(field, "boolean", value.text()),
            ColumnKind::Hundredths => {
                let decimal = value.text().map(hundredths);
                self.scalar(field, "integer.2", decimal.as_deref());
            }
            ColumnKind::Date => self.scalar(field, "date", moment(value)),
            ColumnKind::Datetime => self.scalar(field, "datetime", moment(value)),
            ColumnKind::Daterange => self.daterange(field, value),
            ColumnKind::TextL10n => self.texts(field, "text_l10n", value),
            ColumnKind::TextL10nOneline => self.texts(field, "text_l10n_oneline", value),
            ColumnKind::Link { .. } => self.link(field, value, part, inside),
            ColumnKind::Nested { .. } | ColumnKind::ReverseNested { .. } => {
                self.rows(field, &column.kind, value, part, inside);
            }
            ColumnKind::Eas => self.files(field, value, inside),
            ColumnKind::Custom { kind } if kind == GEO_JSON && self.scene.is_fylr() => {
                self.geo_json(field, value);
            }
            ColumnKind::Custom { kind } => self.custom(element, kind, value),
        }
    }

    fn scalar(&mut self, (element, id): (&str, &str), kind: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.markup.leaf(element, told(&typed(kind, id)), text);
        }
    }

    fn texts(&mut self, (element, id): (&str, &str), kind: &str, value: &Json<'_>) {
        let texts = self.scene.texts(value);
        self.markup.texts(element, told(&typed(kind, id)), texts);
    }

    /// A place or shape on the earth, as the JSON that it is.
    fn geo_json(&mut self, field: (&str, &str), value: &Json<'_>) {
        if *value == Json::Null {
            return;
        }
        let mut text = Vec::new();
        value.write(&mut text);
        self.scalar(field, GEO_JSON, String::from_utf8(text).ok().as_deref());
    }

    fn daterange(&mut self, (element, id): (&str, &str), value: &Json<'_>) {
        let (from, to) = (value.text_of("from"), value.text_of("to"));
        let texts = value.get("text").map(|text| self.scene.texts(text)).unwrap_or_default();
        if from.is_none() && to.is_none() && texts.is_empty() {
            return;
        }
        self.markup.open(element, told(&typed("daterange", id)));
        for (side, date) in [("from", from), ("to", to)] {
            if let Some(date) = date {
                self.markup.leaf(side, &[], date);
            }
        }
        self.markup.texts("text", &[], texts);
        self.markup.close(element);
    }

    /// What a plugin defines: its JSON as elements that are named by what they hold.
    fn custom(&mut self, name: &str, kind: &str, value: &Json<'_>) {
        let attributes = [("name", name), ("type", kind)];
        match value {
            Json::Object(entries) if entries.is_empty() => {}
            Json::Object(_) | Json::List(_) => {
                self.markup.open("custom", &attributes);
                self.parts(value);
                self.markup.close("custom");
            }
            Json::Text(_) | Json::Number(_) | Json::Bool(_) => {
                self.markup.leaf("custom", &attributes, value.text().unwrap_or_default());
            }
            Json::Null => {}
        }
    }

    fn parts(&mut self, value: &Json<'_>) {
        for (key, value) in value.entries() {
            self.part(("name", key), value);
        }
        for (index, item) in value.items().iter().enumerate() {
            self.part(("index", &index.to_string()), item);
        }
    }

    fn part(&mut self, which: (&str, &str), value: &Json<'_>) {
        match value {
            Json::Null => {}
            Json::Text(text) => self.markup.leaf("string", &[which], text),
            Json::Bool(_) => {
                self.markup.leaf("boolean", &[which], value.text().unwrap_or_default());
            }
            Json::Number(number) => {
                let is_real = number.contains(['.', 'e', 'E']);
                let kind = if is_real { "real" } else { "integer" };
                self.markup.leaf("number", &[which, ("type", kind)], number);
            }
            Json::List(_) | Json::Object(_) => {
                let element = if matches!(value, Json::List(_)) { "array" } else { "object" };
                self.markup.open(element, &[which]);
                self.parts(value);
                self.markup.close(element);
            }
        }
    }
}

/// What a date or moment is: `{"value": …}`, or the text itself.
pub(crate) fn moment<'v>(value: &'v Json<'_>) -> Option<&'v str> {
    value.text_of("value").or_else(|| value.text())
}

/// Hundredths as a number with two decimal places; as it is where it is not a whole number.
pub(crate) fn hundredths(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let digits = format!("{digits:0>3}");
    let (whole, rest) = digits.split_at(digits.len() - 2);
    format!("{sign}{whole}.{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_have_two_places() {
        for (text, expected) in
            [("7000", "70.00"), ("567", "5.67"), ("-5", "-0.05"), ("0", "0.00"), ("1.5", "1.5")]
        {
            assert_eq!(hundredths(text), expected);
        }
    }
}
