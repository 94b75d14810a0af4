//! The values of fields, each by what its field holds.

use source::catalogue::ColumnKind;

use super::{Inside, Standard};
use crate::easydb::json::Json;
use crate::easydb::selection::Part;

impl Standard<'_> {
    /// Writes the value of a field; nothing where it is empty.
    pub(super) fn value(
        &mut self,
        element: &str,
        kind: &ColumnKind,
        value: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let typed = |name| [("type", name)];
        match kind {
            ColumnKind::Text => self.scalar(element, "text", value.text()),
            ColumnKind::TextOneline => self.scalar(element, "text_oneline", value.text()),
            ColumnKind::String => self.scalar(element, "string", value.text()),
            ColumnKind::Number => self.scalar(element, "number", value.text()),
            ColumnKind::Double => self.scalar(element, "double", value.text()),
            ColumnKind::Boolean => self.scalar(element, "boolean", value.text()),
            ColumnKind::Hundredths => {
                let decimal = value.text().map(hundredths);
                self.scalar(element, "integer.2", decimal.as_deref());
            }
            ColumnKind::Date => self.scalar(element, "date", moment(value)),
            ColumnKind::Datetime => self.scalar(element, "datetime", moment(value)),
            ColumnKind::Daterange => self.daterange(element, value),
            ColumnKind::TextL10n => {
                let texts = self.scene.texts(value);
                self.markup.texts(element, &typed("text_l10n"), texts);
            }
            ColumnKind::TextL10nOneline => {
                let texts = self.scene.texts(value);
                self.markup.texts(element, &typed("text_l10n_oneline"), texts);
            }
            ColumnKind::Link { .. } => self.link(element, value, part, inside),
            ColumnKind::Nested { .. } | ColumnKind::ReverseNested { .. } => {
                self.rows(element, kind, value, part, inside);
            }
            ColumnKind::Eas => self.files(element, value, inside),
            ColumnKind::Custom { kind } => self.custom(element, kind, value),
        }
    }

    fn scalar(&mut self, element: &str, kind: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.markup.leaf(element, &[("type", kind)], text);
        }
    }

    fn daterange(&mut self, element: &str, value: &Json<'_>) {
        let (from, to) = (value.text_of("from"), value.text_of("to"));
        let texts = value.get("text").map(|text| self.scene.texts(text)).unwrap_or_default();
        if from.is_none() && to.is_none() && texts.is_empty() {
            return;
        }
        self.markup.open(element, &[("type", "daterange")]);
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
