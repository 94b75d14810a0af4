//! What ssh is told of a machine and of files, and how long it is waited for: nothing that a shell or an
//! option parser reads otherwise.

use std::path::Path;
use std::time::Duration;

use super::path::name_mistake;

/// Longest host name, in bytes (RFC 1035).
const MAX_HOST_BYTES: usize = 253;

/// Longest user name, in bytes.
const MAX_USER_BYTES: usize = 64;

/// What is wrong with the name of a user.
pub(super) fn check_user(user: &str) -> Result<(), &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_good = user.len() <= MAX_USER_BYTES
        && user.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && user.chars().all(is_plain);
    if is_good { Ok(()) } else { Err("a user has letters, digits and `._-`, no `-` first") }
}

/// What is wrong with the name or address of a host; IPv6 is in brackets.
pub(crate) fn check_host(host: &str) -> Result<(), &'static str> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
        return if is_address { Ok(()) } else { Err("what is in brackets is no IPv6 address") };
    }
    let is_label = |label: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && !label.starts_with('-') && label.chars().all(is_plain)
    };
    let is_good = host.len() <= MAX_HOST_BYTES && host.split('.').all(is_label);
    if is_good { Ok(()) } else { Err("a host has letters, digits, `-` and dots, no `-` first") }
}

/// Whether a file can be named in an option of ssh, which splits and expands what it reads.
pub(super) fn is_plain_file(file: &Path) -> bool {
    let Some(text) = file.to_str() else { return false };
    let is_plain = |name: &str| !name.contains([' ', '%']) && name_mistake(name).is_none();
    text.strip_prefix('/').unwrap_or(text).split('/').all(|name| name == ".." || is_plain(name))
}

/// How long the other side may be silent where nothing else is said.
pub(super) fn default_silence() -> Duration {
    Duration::from_mins(1)
}
