//! What a record says of its own files, otherwise than its output.

use serde::Deserialize;

use super::{Class, Convert, mistakes_of};

/// What a record says of its own files.
#[derive(Debug, Clone, PartialEq)]
pub enum Override {
    /// Whether they are taken at all.
    Taken(bool),
    /// What is different for them.
    Other(Other),
}

/// What is different for the files of one record; what is left out stays.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Instead of [`super::Assets::classes`].
    pub classes: Option<Vec<Class>>,
    /// Instead of [`super::Assets::versions`].
    pub versions: Option<Vec<String>>,
    /// Instead of [`super::Assets::convert`].
    pub convert: Option<Vec<Convert>>,
}

impl Override {
    /// Reads what a record says, or tells why it says nothing that can be done.
    pub fn parse(json: &str) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_str(json).map_err(|error| format!("it is not JSON: {error}"))?;
        if let serde_json::Value::Bool(is_taken) = value {
            return Ok(Self::Taken(is_taken));
        }
        let other = Other::deserialize(value).map_err(|error| error.to_string())?;
        let faults = mistakes_of(other.convert.as_deref().unwrap_or_default(), "convert");
        match faults.first() {
            None => Ok(Self::Other(other)),
            Some(fault) => Err(fault.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_overrides_or_is_told_why_not() {
        assert_eq!(Override::parse("false"), Ok(Override::Taken(false)));
        let parsed = Override::parse(r#"{"versions": ["small"]}"#).unwrap();
        let Override::Other(other) = parsed else { panic!("{parsed:?}") };
        assert_eq!(other.versions, Some(vec!["small".to_owned()]));
        for json in [r#"{"version": "small"}"#, "7", "{", r#"{"classes": ["picture"]}"#] {
            assert!(Override::parse(json).is_err(), "{json}");
        }
        let json = r#"{"convert": [{"format": "png", "quality": 7}]}"#;
        assert!(Override::parse(json).unwrap_err().contains("convert/0/quality"));
    }
}
