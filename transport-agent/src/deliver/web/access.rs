//! Who we are to a server: a token, or a user with a password, read from the files that a target names.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

use crate::Targets;
use crate::deliver::DeliveryError;

/// Where the credentials are. Without any, requests have none.
pub(in crate::deliver) struct Access<'s> {
    pub(in crate::deliver) bearer_file: Option<&'s Path>,
    pub(in crate::deliver) user: Option<&'s str>,
    pub(in crate::deliver) password_file: Option<&'s Path>,
}

impl Access<'_> {
    /// The value of `Authorization`, which is never shown.
    pub(super) fn authorization(
        &self,
        targets: &Targets,
        target: &str,
    ) -> Result<Option<HeaderValue>, DeliveryError> {
        let secret = |file: &Path| targets.secret(target, file);
        let text = match (self.bearer_file, self.user, self.password_file) {
            (Some(file), _, _) => format!("Bearer {}", secret(file)?),
            (None, Some(user), Some(file)) => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", secret(file)?)))
            }
            (None, _, _) => return Ok(None),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| DeliveryError::Unusable {
            target: target.to_owned(),
            what: "its secret has characters that no header has".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}
