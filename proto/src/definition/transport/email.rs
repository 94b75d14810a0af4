//! Delivering by e-mail, as a definition says it.

use std::collections::BTreeMap;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Encrypt, Packer};
use crate::fault::{Code, Fault};
use crate::people::{Recipient, is_language};

/// A mail to each recipient, with links to the result or with the result itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// To whom: `user:NAME` and `group:NAME` of the configuration, and plain addresses.
    #[schemars(length(min = 1, max = 100))]
    pub to: Vec<String>,
    /// The subject; left out, the operator's template has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub subject: Option<String>,
    /// What is said to the recipients besides; plain text of several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10000))]
    pub message: Option<String>,
    /// The language of mails to people whose own is not known, such as `de`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"))]
    pub language: Option<String>,
    /// The languages that plain addresses in `to` read, by address; left out, that of people whose own is not known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 100))]
    pub languages: BTreeMap<String, String>,
    /// Sends the result itself, where it is short enough; left out, links alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<Attach>,
    /// How the result is packed.
    #[serde(default)]
    pub packer: Packer,
    /// Encrypts the archive, or each file; left out, they are handed over as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Encrypt>,
}

/// When the result itself is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    /// Up to how many bytes, such as `5MiB`; left out, and at the most, what the operator allows.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exactly")]
    #[schemars(with = "Option<String>")]
    pub up_to: Option<ByteSize>,
}

/// A size to the byte, for the usual way to write one rounds.
#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn exactly<S: serde::Serializer>(
    size: &Option<ByteSize>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}B", size.unwrap_or_default().as_u64()))
}

impl Email {
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.subject.as_ref().is_some_and(|subject| subject.chars().any(char::is_control)) {
            faults.push(
                Fault::new(Code::InvalidValue, "a subject is one line without control characters")
                    .at(format!("{place}/subject")),
            );
        }
        if self.message.as_ref().is_some_and(|message| message.contains('\0')) {
            faults.push(
                Fault::new(Code::InvalidValue, "a message has no NUL")
                    .at(format!("{place}/message")),
            );
        }
        for (index, entry) in self.to.iter().enumerate() {
            if let Err(why) = Recipient::parse(entry) {
                faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/to/{index}")));
            }
        }
        for (address, language) in &self.languages {
            let is_told = matches!(Recipient::parse(address), Ok(Recipient::Address(_)));
            // As JSON pointers write it.
            let key = address.replace('~', "~0").replace('/', "~1");
            let mut refuse = |why: &str| {
                let fault = Fault::new(Code::InvalidValue, why);
                faults.push(fault.at(format!("{place}/languages/{key}")));
            };
            if !is_told || !self.to.contains(address) {
                refuse("a language is of a plain address that is in `to`");
            }
            if !is_language(language) {
                refuse("a language is called such as `de` or `pt-BR`");
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn mistakes(languages: &Value) -> Vec<String> {
        let to = json!(["user:anna", "a@example.org"]);
        let email: Email =
            serde_json::from_value(json!({"to": to, "languages": languages})).unwrap();
        email.mistakes("/transports/0").into_iter().map(|fault| fault.to_string()).collect()
    }

    #[test]
    fn languages_are_of_addresses_that_are_written_to() {
        assert_eq!(mistakes(&json!({"a@example.org": "pt-BR"})), [""; 0]);
        for (other, key) in [
            ("user:anna", "user:anna"),
            ("A@example.org", "A@example.org"),
            ("b/~c@example.org", "b~1~0c@example.org"),
        ] {
            let told = mistakes(&json!({other: "de"}));
            assert_eq!(told.len(), 1, "{other}: {told:?}");
            let expected = format!("/transports/0/languages/{key}: a language is of");
            assert!(told[0].starts_with(&expected), "{told:?}");
        }
        let told = mistakes(&json!({"a@example.org": "Deutsch"}));
        let expected = "/transports/0/languages/a@example.org: a language is called";
        assert!(told[0].starts_with(expected), "{told:?}");
    }
}
