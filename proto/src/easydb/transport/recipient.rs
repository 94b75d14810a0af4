//! Recipients of mails: users, groups and plain addresses.

use serde_json::Value;

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
