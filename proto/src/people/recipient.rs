//! What stands in a definition for somebody to write to.

use super::address::is_address;

/// Whom an entry of a definition means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient<'t> {
    /// A user, by name: `user:anna`.
    User(&'t str),
    /// The users of a group, by name: `group:editors`.
    Group(&'t str),
    /// An address.
    Address(&'t str),
}

impl<'t> Recipient<'t> {
    /// Reads an entry; errs with what is wrong with it.
    pub fn parse(text: &'t str) -> Result<Self, &'static str> {
        if let Some(name) = text.strip_prefix("user:") {
            return Ok(Self::User(name));
        }
        if let Some(name) = text.strip_prefix("group:") {
            return Ok(Self::Group(name));
        }
        if is_address(text) {
            Ok(Self::Address(text))
        } else {
            Err("this is neither `user:NAME`, `group:NAME` nor one plain e-mail address")
        }
    }
}
