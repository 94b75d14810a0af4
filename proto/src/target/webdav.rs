//! A folder of a server that speaks WebDAV (RFC 4918).

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::web::{Asker, default_deadline, escape, mistake, mistake_of_url};
use crate::fault::Fault;

/// A folder of a server that speaks WebDAV.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebdavTarget {
    /// The folder, which has to be there, such as
    /// `https://cloud.example.org/remote.php/dav/files/export/incoming/`.
    pub url: String,
    /// A file that holds a token: `Authorization: Bearer …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_file: Option<PathBuf>,
    /// The user of basic authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file that holds the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// How long an answer may take after all was sent; at least a second.
    #[serde(default = "default_deadline", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub deadline: Duration,
}

impl WebdavTarget {
    /// The URL of something below the folder; the folder itself for the empty path. A path that ends in
    /// a slash is a folder's.
    pub fn url_of(&self, path: &str) -> Result<Url, String> {
        let text = format!("{}/{}", self.url.trim_end_matches('/'), escape(path, true));
        text.parse().map_err(|error: url::ParseError| error.to_string())
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        match self.url.parse::<Url>() {
            Err(error) => faults.push(mistake(place, "url", &error.to_string())),
            Ok(url) => faults.extend(mistake_of_url(place, &url).or_else(|| {
                let leads_on = url.query().is_some() || url.fragment().is_some();
                let refused = || mistake(place, "url", "a folder has neither `?` nor `#`");
                leads_on.then(|| refused().hint("leave it out"))
            })),
        }
        let Self { bearer_file, user, password_file, deadline, .. } = self;
        let (bearer_file, user) = (bearer_file.as_ref(), user.as_ref());
        let (password_file, deadline) = (password_file.as_ref(), *deadline);
        faults.extend(Asker { bearer_file, user, password_file, deadline }.mistakes(place));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(json: &str) -> WebdavTarget {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn names_are_escaped_below_the_folder() {
        for url in ["https://h.example/dav/in", "https://h.example/dav/in/"] {
            let target = target(&format!(r#"{{"url": "{url}"}}"#));
            assert_eq!(target.mistakes(""), []);
            let check = |path: &str, expected: &str| {
                assert_eq!(target.url_of(path).unwrap().as_str(), expected, "{path}");
            };
            check("", "https://h.example/dav/in/");
            check("a b/", "https://h.example/dav/in/a%20b/");
            check("a/ü?#%2e.csv", "https://h.example/dav/in/a/%C3%BC%3F%23%252e.csv");
        }
    }

    #[test]
    fn a_target_that_could_lead_astray_is_refused_with_its_keys() {
        for (json, key) in [
            (r#"{"url": "file:///etc"}"#, "url"),
            (r#"{"url": "h/in"}"#, "url"),
            (r#"{"url": "https://u:p@h/"}"#, "url"),
            (r#"{"url": "https://h/?to=x"}"#, "url"),
            (r#"{"url": "https://h/", "user": "u"}"#, "password_file"),
            (r#"{"url": "https://h/", "user": "u:v", "password_file": "/p"}"#, "user"),
            (r#"{"url": "https://h/", "user": "u", "bearer_file": "/t"}"#, "user"),
            (r#"{"url": "https://h/", "deadline": "0s"}"#, "deadline"),
        ] {
            let places: Vec<_> =
                target(json).mistakes("").into_iter().filter_map(|fault| fault.place).collect();
            assert!(places.contains(&format!("/{key}")), "{json}: {places:?}");
        }
    }
}
