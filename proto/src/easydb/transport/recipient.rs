//! Recipients of mails: users, groups and plain addresses.

use serde_json::Value;

use crate::people::Recipient;

/// The key by which a recipient says which language it reads.
pub(super) const LANGUAGE: &str = "frontend_language";

/// Whom a recipient means, as definitions write it: an address, `user:NAME` or `group:NAME`.
pub(super) fn entry(recipient: &Value) -> Option<String> {
    if let Value::String(text) = recipient {
        return (!text.is_empty()).then(|| text.clone());
    }
    let name = |of: &Value, keys: &[&str]| {
        keys.iter().find_map(|key| match of.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        })
    };
    if let Some(group) = recipient.get("group") {
        return name(group, &["name", "reference", "_id"]).map(|name| format!("group:{name}"));
    }
    let user = recipient.get("user").unwrap_or(recipient);
    if user["type"] == "email" {
        return name(user, &["login", "email"]);
    }
    let name = name(user, &["login", "email", "_id"])?;
    Some(if name.contains('@') { name } else { format!("user:{name}") })
}

/// The language that a recipient says it reads, where it is a plain address: of users the configuration knows it.
pub(super) fn language(recipient: &Value) -> Option<&str> {
    let entry = entry(recipient)?;
    if !matches!(Recipient::parse(&entry), Ok(Recipient::Address(_))) {
        return None;
    }
    let user = recipient.get("user").unwrap_or(recipient);
    let said = user.get(LANGUAGE).or_else(|| recipient.get(LANGUAGE))?;
    said.as_str().filter(|said| !said.is_empty())
}
