//! Lists of files that stay where they are: for each a line of JSON, as tools that fetch them read it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Algorithm;

/// A file of such a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedFile<'l> {
    /// Where it is: `http` or `https`, without credentials.
    pub url: &'l str,
    /// Its length in bytes.
    pub length: u64,
    /// What it is to be called, with the folders above it.
    pub filename: &'l str,
    /// Its digests in hexadecimal, by their names.
    #[serde(flatten)]
    pub digests: &'l BTreeMap<Algorithm, String>,
    /// What it is, such as `image/png`, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<&'l str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_stand_in_their_order_and_those_that_nobody_knows_are_left_out() {
        let digests =
            BTreeMap::from([(Algorithm::Sha256, "b".to_owned()), (Algorithm::Md5, "a".to_owned())]);
        let (url, filename, content_type) = ("https://h/a", "x/{a}", Some("image/png"));
        let file = ListedFile { url, length: 7, filename, digests: &digests, content_type };
        let line = r#"{"url":"https://h/a","length":7,"filename":"x/{a}","md5":"a","sha256":"b","content_type":"image/png"}"#;
        assert_eq!(serde_json::to_string(&file).unwrap(), line);
        let digests = BTreeMap::new();
        let file = ListedFile { digests: &digests, content_type: None, ..file };
        let line = r#"{"url":"https://h/a","length":7,"filename":"x/{a}"}"#;
        assert_eq!(serde_json::to_string(&file).unwrap(), line);
    }
}
