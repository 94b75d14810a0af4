//! The headers that every request of an API carries: credentials, and what else is configured.

use std::fs;
use std::path::Path;

use fabric::secret::in_file;
use proto::source::HttpSpec;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::api::refused;
use crate::SourceError;

/// The headers of the specification; those with secrets are shown in no log.
pub(super) fn headers(spec: &HttpSpec, base: &Path) -> Result<HeaderMap, SourceError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &spec.headers {
        headers.insert(header_name(name)?, header_value(name, value)?);
    }
    for (name, file) in &spec.header_files {
        let value = secret(base, file)?;
        headers.insert(header_name(name)?, sensitive(header_value(name, value.expose_secret())?));
    }
    let authorization = match (&spec.bearer_file, &spec.user, &spec.password_file) {
        (None, None, None) => None,
        (Some(file), None, None) => Some(format!("Bearer {}", secret(base, file)?.expose_secret())),
        (None, Some(user), Some(file)) => {
            use base64::Engine as _;
            use base64::engine::general_purpose::STANDARD;

            let both = format!("{user}:{}", secret(base, file)?.expose_secret());
            Some(format!("Basic {}", STANDARD.encode(both)))
        }
        (Some(_), _, _) => return Err(refused("either a bearer_file or a user".to_owned())),
        (None, _, _) => {
            return Err(refused(
                "a user has a password_file, and a password_file a user".to_owned(),
            ));
        }
    };
    if let Some(value) = authorization {
        headers.insert(AUTHORIZATION, sensitive(header_value("Authorization", &value)?));
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, SourceError> {
    name.parse().map_err(|_| refused(format!("{name:?} is no name of a header")))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, SourceError> {
    value
        .parse()
        .map_err(|_| refused(format!("the value of the header {name} is not printable ASCII")))
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

fn secret(base: &Path, file: &Path) -> Result<SecretString, SourceError> {
    let text = fs::read_to_string(base.join(file))
        .map_err(|error| refused(format!("the secret in {}: {error}", file.display())))?;
    Ok(in_file(&text).to_owned().into())
}
