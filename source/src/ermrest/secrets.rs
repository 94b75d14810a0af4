//! The credentials of the configuration: read from their file whenever others no longer hold, so that an
//! operator can put new ones there while runs are under way; or given, and kept in memory alone.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric::secret::in_file;
use proto::deriva::engine::{Credential, Secret};
use proto::source::ErmrestSpec;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::SourceError;
use crate::http::refused;

/// What lets in, and what has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secrets {
    way: Way,
    kept: Kept,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// In a file.
    InFile(PathBuf),
    /// Here alone.
    Given(Secret),
}

/// How one is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// By the cookie of a session.
    Cookie,
    /// By a token.
    Bearer,
    /// By the password of a user.
    Basic { user: String },
}

impl Secrets {
    /// Those of a configuration, whose file must be there; nothing where it has none.
    pub(super) fn of(spec: &ErmrestSpec, base: &Path) -> Result<Option<Self>, SourceError> {
        let (way, file) = match (
            &spec.cookie_file,
            &spec.bearer_file,
            &spec.user,
            &spec.password_file,
        ) {
            (None, None, None, None) => return Ok(None),
            (Some(file), None, None, None) => (Way::Cookie, file),
            (None, Some(file), None, None) => (Way::Bearer, file),
            (None, None, Some(user), Some(file)) => (Way::Basic { user: user.clone() }, file),
            _ => {
                return Err(refused(
                        "a catalogue has one of a cookie_file, a bearer_file, or a user with a password_file"
                            .to_owned(),
                    ));
            }
        };
        let secrets = Self { way, kept: Kept::InFile(base.join(file)) };
        secrets.headers()?;
        Ok(Some(secrets))
    }

    /// Those of somebody who says who they are.
    pub(super) fn given(credential: Credential) -> Result<Self, SourceError> {
        let (way, secret) = match credential {
            Credential::Cookie(secret) => (Way::Cookie, secret),
            Credential::Bearer(secret) => (Way::Bearer, secret),
            Credential::Basic { user, password } => (Way::Basic { user }, password),
        };
        let secrets = Self { way, kept: Kept::Given(secret) };
        secrets.headers()?;
        Ok(secrets)
    }

    /// The headers that let in, as their file has them now; they are shown in no log. Blocks.
    pub(super) fn headers(&self) -> Result<HeaderMap, SourceError> {
        let secret = self.secret()?;
        let secret = secret.expose_secret();
        let (name, value) = match &self.way {
            Way::Cookie => (COOKIE, format!("webauthn={secret}")),
            Way::Bearer => (AUTHORIZATION, format!("Bearer {secret}")),
            Way::Basic { user } => {
                (AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
            }
        };
        let mut value: HeaderValue = value
            .parse()
            .map_err(|_| refused(format!("{} is not printable ASCII", self.told())))?;
        value.set_sensitive(true);
        Ok(HeaderMap::from_iter([(name, value)]))
    }

    /// Whether it stands for a session, which ends.
    pub(super) fn is_session(&self) -> bool {
        match self.way {
            Way::Cookie | Way::Bearer => true,
            Way::Basic { .. } => false,
        }
    }

    /// That it no longer opens a server.
    pub(super) fn held_no_more(&self, url: &str) -> SourceError {
        let told = self.told();
        let (what, remedy) = match self.kept {
            Kept::InFile(_) => {
                (format!("{told} no longer opens {url}"), "put a new one there, and retry the run")
            }
            Kept::Given(_) => (format!("{told} does not open {url}"), "come with a new one"),
        };
        SourceError::NotLetIn { what, remedy }
    }

    fn secret(&self) -> Result<SecretString, SourceError> {
        match &self.kept {
            Kept::InFile(file) => {
                let text = fs::read_to_string(file);
                let text = text.map_err(|error| refused(format!("{}: {error}", self.told())))?;
                Ok(in_file(&text).to_owned().into())
            }
            Kept::Given(secret) => Ok(secret.reveal().to_owned().into()),
        }
    }

    /// Which secret it is, without it.
    fn told(&self) -> String {
        match &self.kept {
            Kept::InFile(file) => format!("the secret in {}", file.display()),
            Kept::Given(_) => "the credential that was given".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::folder;

    fn check(more: &str, expected: Option<(&str, &str)>) {
        let dir = folder(&[("secret", b"canary\n")]);
        let text = format!(r#"{{"url": "https://h", "catalog": "1"{more}}}"#);
        let spec: ErmrestSpec = serde_json::from_str(&text).unwrap();
        let secrets = Secrets::of(&spec, dir.path()).unwrap();
        let headers = secrets.map(|secrets| secrets.headers().unwrap());
        let given = headers.as_ref().and_then(|headers| {
            let (name, value) = headers.iter().next()?;
            Some((name.as_str(), value.to_str().ok()?))
        });
        assert_eq!(given, expected, "{more}");
        assert!(!format!("{headers:?}").contains("canary"), "{headers:?}");
    }

    #[test]
    fn one_is_let_in_by_a_cookie_a_token_or_a_password() {
        check("", None);
        check(r#", "cookie_file": "secret""#, Some(("cookie", "webauthn=canary")));
        check(r#", "bearer_file": "secret""#, Some(("authorization", "Bearer canary")));
        let basic = r#", "user": "ann", "password_file": "secret""#;
        check(basic, Some(("authorization", "Basic YW5uOmNhbmFyeQ==")));
    }

    #[test]
    fn a_credential_that_is_given_lets_in_as_one_in_a_file() {
        let check = |credential: Credential, expected: (&str, &str)| {
            let secrets = Secrets::given(credential).unwrap();
            assert!(!format!("{secrets:?}").contains("canary"), "{secrets:?}");
            let headers = secrets.headers().unwrap();
            assert_eq!(headers[expected.0], expected.1);
        };
        let secret = || Secret::new("canary");
        check(Credential::Cookie(secret()), ("cookie", "webauthn=canary"));
        check(Credential::Bearer(secret()), ("authorization", "Bearer canary"));
        let basic = Credential::Basic { user: "ann".to_owned(), password: secret() };
        check(basic, ("authorization", "Basic YW5uOmNhbmFyeQ=="));
        let broken = Secrets::given(Credential::Cookie(Secret::new("can\nary")));
        assert!(!broken.unwrap_err().to_string().contains("ary"));
    }

    #[test]
    fn credentials_that_are_not_whole_are_refused() {
        let dir = folder(&[("secret", b"canary\n")]);
        for more in [
            r#"{"user": "ann"}"#,
            r#"{"password_file": "secret"}"#,
            r#"{"cookie_file": "secret", "bearer_file": "secret"}"#,
            r#"{"cookie_file": "gone"}"#,
        ] {
            let mut spec: serde_json::Value = serde_json::from_str(more).unwrap();
            spec["url"] = "https://h".into();
            spec["catalog"] = "1".into();
            let spec: ErmrestSpec = serde_json::from_value(spec).unwrap();
            assert!(Secrets::of(&spec, dir.path()).is_err(), "{more}");
        }
    }
}
