//! Where the file of a media lies.

use proto::percent::encoded;
use proto::template::Template;
use serde_json::value::RawValue;

use super::record::{Fields, fields, text};
use crate::SourceError;
use crate::http::refused;

/// The fields that tell it, the first that a media has.
const FIELDS: [&str; 3] = ["path", "url", "filename"];

/// How references to files are made.
#[derive(Debug, Clone)]
pub(super) enum Medium {
    /// By the record's own words.
    Told,
    /// By a template; of an address, fields are spelled as addresses are.
    Made {
        /// The template.
        template: Template,
        /// Whether it makes an address.
        is_address: bool,
    },
}

impl Medium {
    /// By a template, where one is given.
    pub(super) fn new(template: Option<&str>) -> Result<Self, SourceError> {
        let Some(text) = template else { return Ok(Self::Told) };
        let template = Template::parse(text)
            .map_err(|error| refused(format!("{text:?} in `reference`: {error}")))?;
        let is_address = text.starts_with("http://") || text.starts_with("https://");
        Ok(Self::Made { template, is_address })
    }

    /// The reference to the file of a media; nothing where its record tells none.
    pub(super) fn reference(&self, media: &RawValue) -> Option<String> {
        let record = fields(media.get()).ok()?;
        match self {
            Self::Told => FIELDS
                .into_iter()
                .find_map(|field| text(&record, field).filter(|place| !place.is_empty())),
            Self::Made { template, is_address } => Some(made(template, *is_address, &record)),
        }
    }
}

fn made(template: &Template, is_address: bool, record: &Fields<'_>) -> String {
    let value = |field: &str| {
        let value = text(record, field).unwrap_or_default();
        (field.to_owned(), if is_address { spelled(&value) } else { value })
    };
    let values: Vec<(String, String)> = template.fields().map(value).collect();
    template.render_original(|name| {
        values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    })
}

/// A value as a path of an address has it; slashes stay. Where it would lead out of its place in the address, the dots
/// are dots no more.
fn spelled(value: &str) -> String {
    let part = |part: &str| match part {
        "." | ".." => part.replace('.', "%252E"),
        _ => encoded(part),
    };
    value.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: Option<&str>, media: &str, expected: Option<&str>) {
        let media = RawValue::from_string(media.to_owned()).unwrap();
        let reference = Medium::new(template).unwrap().reference(&media);
        assert_eq!(reference.as_deref(), expected);
    }

    #[test]
    fn a_reference_is_told_or_made() {
        check(None, r#"{"filename": "a.png", "path": "7/a.png"}"#, Some("7/a.png"));
        check(None, r#"{"filename": "a.png", "path": null, "url": ""}"#, Some("a.png"));
        check(None, r#"{"id": 1}"#, None);
        let media = r#"{"id": 7, "key": "", "filename": "a b?/c.png"}"#;
        check(Some("{id}/{filename}"), media, Some("7/a b?/c.png"));
        check(Some("https://h/{id}/{filename}"), media, Some("https://h/7/a%20b%3F/c.png"));
        let climbing = r#"{"id": "../../users"}"#;
        let kept = "https://h/medias/%252E%252E/%252E%252E/users/download";
        check(Some("https://h/medias/{id}/download"), climbing, Some(kept));
    }
}
