//! A folder of an FTP server.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine::{check_host, default_silence};
use super::path_mistake;
use crate::fault::{Code, Fault};

/// Longest user name, in bytes.
const MAX_USER_BYTES: usize = 256;

/// A folder of an FTP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FtpTarget {
    /// A name or an address; IPv6 in brackets.
    pub host: String,
    /// The port; 21 unless given, and 990 with `"security": "implicit"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Who logs in.
    pub user: String,
    /// A file that holds the user's password.
    pub password_file: PathBuf,
    /// The folder, which has to be there: absolute, or below where the user lands; that place itself
    /// unless given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Whether what is said and sent is encrypted.
    #[serde(default)]
    pub security: FtpSecurity,
    /// How long the other side may be silent; at least a second.
    #[serde(default = "default_silence", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub silence: Duration,
}

/// Whether what is said to an FTP server and sent to it is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FtpSecurity {
    /// By TLS, from before the password on (`AUTH TLS`, RFC 4217).
    #[default]
    Tls,
    /// By TLS, from the first byte on, as servers of before that standard have it.
    Implicit,
    /// Not at all: whoever is on the way reads the password too.
    None,
}

impl FtpTarget {
    /// The port that it is asked at.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            FtpSecurity::Tls | FtpSecurity::None => 21,
            FtpSecurity::Implicit => 990,
        })
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let silence = self.silence < Duration::from_secs(1);
        let found = [
            ("host", check_host(&self.host).err()),
            ("user", user_mistake(&self.user)),
            ("path", path_mistake(self.path.trim_matches('/'))),
            ("silence", silence.then_some("a second at least")),
        ];
        let found = found.into_iter().filter_map(|(key, why)| Some((key, why?)));
        found
            .map(|(key, why)| Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")))
            .collect()
    }
}

/// What is wrong with the name of a user, of which servers take more than shells do.
fn user_mistake(user: &str) -> Option<&'static str> {
    let is_good =
        !user.is_empty() && user.len() <= MAX_USER_BYTES && !user.chars().any(char::is_control);
    (!is_good).then_some("a user has up to 256 bytes, and no control characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_place_is_plain() {
        let check = |change: (&str, &str), expected: &[&str]| {
            let mut target = serde_json::json!({
                "host": "h", "user": "u", "path": "/srv/exports", "password_file": "/p",
            });
            target[change.0] = change.1.into();
            let target: FtpTarget = serde_json::from_value(target).unwrap();
            let faults = target.mistakes("");
            let places: Vec<_> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
            assert_eq!(places, expected, "{change:?}");
        };
        check(("host", "[::1]"), &[]);
        check(("user", "ed@example.org"), &[]);
        check(("security", "none"), &[]);
        check(("host", "a b"), &["/host"]);
        check(("path", "a\r\nDELE x"), &["/path"]);
        check(("user", "u\r\nQUIT"), &["/user"]);
        check(("user", ""), &["/user"]);
        check(("silence", "0s"), &["/silence"]);
    }

    #[test]
    fn a_server_that_encrypts_from_the_first_byte_on_listens_elsewhere() {
        for (security, expected) in [("tls", 21), ("none", 21), ("implicit", 990)] {
            let target = serde_json::json!({
                "host": "h", "user": "u", "password_file": "/p", "security": security,
            });
            let target: FtpTarget = serde_json::from_value(target).unwrap();
            assert_eq!(target.port(), expected, "{security}");
        }
    }
}
