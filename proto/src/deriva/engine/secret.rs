//! What a caller is to a catalogue: never shown, and never written anywhere.

use std::fmt;

/// A text that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever signs in with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// How a caller signs in to a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The value of the cookie `webauthn`.
    Cookie(Secret),
    /// A token, after `Authorization: Bearer`.
    Bearer(Secret),
    /// A user and a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let basic = Credential::Basic { user: "ed".to_owned(), password: Secret::new("hidden") };
        for credential in [
            Credential::Cookie(Secret::new("hidden")),
            Credential::Bearer(Secret::new("hidden")),
            basic,
        ] {
            assert!(!format!("{credential:?}").contains("hidden"));
        }
        assert_eq!(Secret::new("hidden").reveal(), "hidden");
    }
}
