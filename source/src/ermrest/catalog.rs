//! Which catalogue of a server is read, and as it was when.

use crate::SourceError;
use crate::http::refused;

/// The name of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CatalogName {
    id: String,
    /// The snapshot that is configured.
    snapshot: Option<String>,
}

impl CatalogName {
    /// Reads `1` or `1@361-FY5J-NNKT`.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let (id, snapshot) = match text.split_once('@') {
            Some((id, snapshot)) => (id, Some(snapshot)),
            None => (text, None),
        };
        if !is_name(id) || snapshot.is_some_and(|snapshot| !is_name(snapshot)) {
            return Err(refused(format!(
                "{text:?} is no catalogue; one is called \"1\", or with a snapshot \"1@361-FY5J-NNKT\""
            )));
        }
        Ok(Self { id: id.to_owned(), snapshot: snapshot.map(str::to_owned) })
    }

    /// The snapshot that is configured.
    pub(super) fn snapshot(&self) -> Option<&str> {
        self.snapshot.as_deref()
    }

    /// What it is called in addresses, as it was at a snapshot, or as it is now.
    pub(super) fn at(&self, snapshot: Option<&str>) -> Result<String, SourceError> {
        match snapshot.or(self.snapshot()) {
            None => Ok(self.id.clone()),
            Some(snapshot) if is_name(snapshot) => Ok(format!("{}@{snapshot}", self.id)),
            Some(_) => Err(SourceError::SnapshotLost),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_is_configured_stays() {
        let name = CatalogName::parse("7@361-FY5J-NNKT").unwrap();
        assert_eq!(name.at(None).unwrap(), "7@361-FY5J-NNKT");
        let name = CatalogName::parse("7").unwrap();
        assert_eq!(
            (name.at(None).unwrap(), name.at(Some("3-A")).unwrap()),
            ("7".to_owned(), "7@3-A".to_owned())
        );
        assert!(name.at(Some("3/../4")).is_err());
    }

    #[test]
    fn what_would_lead_elsewhere_is_no_catalogue() {
        for text in ["", "7/", "../x", "7@", "@3-A", "7@a@b", "7?x"] {
            assert!(CatalogName::parse(text).is_err(), "{text:?}");
        }
    }
}
