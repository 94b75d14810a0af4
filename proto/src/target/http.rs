//! A place that takes results by HTTP: a server of files, or an API of somebody else's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::web::{Asker, default_deadline, escape, mistake, mistake_of_url};
use crate::fault::Fault;

/// What the URL of a target may name.
const FIELDS: [&str; 5] = ["export", "run", "name", "path", "page"];

/// A place that takes results by HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpTarget {
    /// Where each request goes, such as `https://in.example.org/{export}/{path}`. `{export}` is the
    /// export's id, `{run}` the run's number, `{name}` the export's name, `{path}` the path of a file,
    /// `{page}` the number of a page of records, from 1.
    pub url: String,
    /// How it is asked.
    #[serde(default)]
    pub method: HttpMethod,
    /// Headers of every request; nothing secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A file that holds a token: `Authorization: Bearer …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_file: Option<PathBuf>,
    /// The user of basic authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file that holds the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// A file that holds the secret that requests are signed with, as Standard Webhooks say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// The answers that mean that it was taken; left out, every 2xx.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<u16>,
    /// How long an answer may take after all was sent; at least a second.
    #[serde(default = "default_deadline", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub deadline: Duration,
}

/// How a server is asked to take something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// Put it there.
    #[default]
    Put,
    /// Do with it what you do.
    Post,
}

impl HttpTarget {
    /// The URL of a request, each field escaped; slashes of `path` stay.
    pub fn url_of(&self, field: impl Fn(&str) -> String) -> Result<Url, String> {
        let (mut text, mut rest) = (String::new(), self.url.as_str());
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a brace is not closed")?;
            if !FIELDS.contains(&name) {
                return Err(format!("it names {name:?}, and there are {}", FIELDS.join(", ")));
            }
            text.push_str(before);
            text.push_str(&escape(&field(name), name == "path"));
            rest = after;
        }
        text.push_str(rest);
        text.parse().map_err(|error: url::ParseError| error.to_string())
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        match self.url_of(|_| "x".to_owned()) {
            Ok(url) => faults.extend(mistake_of_url(place, &url).or_else(|| {
                let moves = self.url.find('{').is_some_and(|at| at < authority_end(&self.url));
                moves.then(|| mistake(place, "url", "the host is the same for all"))
            })),
            Err(error) => faults.push(mistake(place, "url", &error)),
        }
        for (name, value) in &self.headers {
            let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
            if name.is_empty() || !name.bytes().all(is_token) {
                let why = "a header's name is letters, digits and dashes";
                faults.push(mistake(place, "headers", why));
            }
            if !value.bytes().all(|c| (b' '..=b'~').contains(&c)) {
                faults.push(mistake(place, "headers", "a header's value is printable ASCII"));
            }
        }
        if self.success.iter().any(|status| !(200..300).contains(status)) {
            faults.push(mistake(place, "success", "answers that mean success are 200 to 299"));
        }
        let Self { bearer_file, user, password_file, deadline, .. } = self;
        let (bearer_file, user) = (bearer_file.as_ref(), user.as_ref());
        let (password_file, deadline) = (password_file.as_ref(), *deadline);
        faults.extend(Asker { bearer_file, user, password_file, deadline }.mistakes(place));
        faults
    }
}

/// Where the host and port of a URL end.
fn authority_end(url: &str) -> usize {
    let start = url.find("://").map_or(0, |at| at + 3);
    url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(json: &str) -> HttpTarget {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn fields_are_escaped_and_lead_nowhere_else() {
        let target = target(r#"{"url": "https://h.example/in/{export}/{path}?n={name}"}"#);
        assert_eq!(target.mistakes("/targets/h"), []);
        let url = target.url_of(|field| match field {
            "path" => "a b/ü?#.csv".to_owned(),
            _ => "x/../y&z".to_owned(),
        });
        let expected =
            "https://h.example/in/x%2F..%2Fy%26z/a%20b/%C3%BC%3F%23.csv?n=x%2F..%2Fy%26z";
        assert_eq!(url.unwrap().as_str(), expected);
    }

    #[test]
    fn a_target_that_could_lead_astray_is_refused_with_its_keys() {
        for (json, key) in [
            (r#"{"url": "ftp://h/"}"#, "url"),
            (r#"{"url": "https://u:p@h/"}"#, "url"),
            (r#"{"url": "https://{name}.example/"}"#, "url"),
            (r#"{"url": "https://h/{secret}"}"#, "url"),
            (r#"{"url": "https://h/{"}"#, "url"),
            (r#"{"url": "https://h/", "headers": {"A": "b\r\nC: d"}}"#, "headers"),
            (r#"{"url": "https://h/", "headers": {"A b": "c"}}"#, "headers"),
            (r#"{"url": "https://h/", "user": "u"}"#, "password_file"),
            (r#"{"url": "https://h/", "success": [302]}"#, "success"),
        ] {
            let places: Vec<_> =
                target(json).mistakes("").into_iter().filter_map(|fault| fault.place).collect();
            assert!(places.contains(&format!("/{key}")), "{json}: {places:?}");
        }
    }
}
