//! Who we are to a server: a token, or a user with a password, read from the files that a target names, or given.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::Targets;
use crate::deliver::DeliveryError;

/// Where the credentials are. Without any, requests have none.
pub(in crate::deliver) struct Access<'s> {
    pub(in crate::deliver) bearer_file: Option<&'s Path>,
    pub(in crate::deliver) user: Option<&'s str>,
    pub(in crate::deliver) password_file: Option<&'s Path>,
    /// The user's password where no file has it.
    pub(in crate::deliver) given: Option<&'s SecretString>,
}

impl Access<'_> {
    /// The value of `Authorization`, which is never shown.
    pub(super) fn authorization(
        &self,
        targets: &Targets,
        target: &str,
    ) -> Result<Option<HeaderValue>, DeliveryError> {
        let secret = |file: &Path| targets.secret(target, file);
        let basic = |user: &str, password: &str| {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        };
        let text = match (self.bearer_file, self.user, self.given, self.password_file) {
            (Some(file), _, _, _) => format!("Bearer {}", secret(file)?),
            (None, Some(user), Some(given), _) => basic(user, given.expose_secret()),
            (None, Some(user), None, Some(file)) => basic(user, &secret(file)?),
            (None, _, _, _) => return Ok(None),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| DeliveryError::Unusable {
            target: target.to_owned(),
            what: "its secret has characters that no header has".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_given_is_read_from_no_file() {
        let given = SecretString::from("hidden");
        let access = Access {
            bearer_file: None,
            user: Some("ed"),
            password_file: Some("/nowhere".as_ref()),
            given: Some(&given),
        };
        let value = access.authorization(&Targets::default(), "t").unwrap().unwrap();
        assert_eq!(value.to_str().unwrap(), format!("Basic {}", STANDARD.encode("ed:hidden")));
        assert!(value.is_sensitive());
    }
}
