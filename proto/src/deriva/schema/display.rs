//! What a table is called for people.

use serde_json::Value;

use super::annotations::{Annotations, DISPLAY};
use super::table::TableIn;

impl TableIn<'_> {
    /// The name that its annotation gives it, as it is written and not as it is drawn; otherwise its own in the
    /// style of the table, the schema or the catalogue.
    pub fn display_name(self) -> String {
        let said = |name| text(&self.table.annotations, name);
        if let Some(name) = said("name").or_else(|| said("markdown_name")) {
            return name.to_owned();
        }
        let name = self.table.name.as_str();
        if self.has_style("markdown") {
            return name.to_owned();
        }
        let spaced = if self.has_style("underline_space") {
            name.replace('_', " ")
        } else {
            name.to_owned()
        };
        if self.has_style("title_case") { title_case(&spaced) } else { spaced }
    }

    /// Whether names are written in a style: the first of table, schema and catalogue to say so decides.
    fn has_style(self, style: &str) -> bool {
        let levels =
            [&self.table.annotations, &self.schema.annotations, &self.catalogue.annotations];
        let said = |annotations: &&Annotations| {
            let value = annotations.get(DISPLAY)?.get("name_style")?.get(style)?;
            Some(value.as_bool().unwrap_or(false))
        };
        levels.iter().find_map(said).unwrap_or(false)
    }
}

fn text<'v>(annotations: &'v Annotations, name: &str) -> Option<&'v str> {
    let said = annotations.get(DISPLAY)?.get(name).and_then(Value::as_str);
    said.filter(|text| !text.is_empty())
}

/// Every word with a capital letter. Words end at spaces, dashes and underscores.
fn title_case(name: &str) -> String {
    let (mut title, mut is_inside) = (String::with_capacity(name.len()), false);
    for character in name.chars() {
        let is_border = character.is_whitespace() || matches!(character, '-' | '_');
        if is_inside && !is_border {
            title.extend(character.to_lowercase());
        } else {
            is_inside = character.is_ascii_alphanumeric() || !character.is_ascii();
            title.extend(character.to_uppercase());
        }
    }
    title
}
