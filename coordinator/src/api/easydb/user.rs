//! A user as clients of either product are shown one.

use proto::id::Owner;
use proto::people::People;
use serde_json::{Value, json};

use super::Dialect;

/// Whoever owns exports: by the name that the configuration knows, and else by the login.
pub(super) fn user(dialect: &Dialect, owner: &Owner) -> Value {
    let login = owner.as_str();
    let name = displayname(dialect.api.coordinator.settings.people.as_ref(), login);
    json!({
        "_basetype": "user",
        "user": {"type": "easydb", "login": login, "_generated_displayname": name},
    })
}

/// Whoever is signed in: the name stands beside the user as well, where sessions have it.
pub(super) fn signed_in(dialect: &Dialect, owner: &Owner) -> Value {
    let mut shape = user(dialect, owner);
    shape["_generated_displayname"] = shape["user"]["_generated_displayname"].clone();
    shape
}

/// What people call somebody.
fn displayname<'n>(people: Option<&'n People>, login: &'n str) -> &'n str {
    let known = people.and_then(|people| people.users.get(login));
    known.and_then(|user| user.name.as_deref()).unwrap_or(login)
}

#[cfg(test)]
mod tests {
    use proto::people::User;

    use super::*;

    #[test]
    fn somebody_is_called_by_the_name_that_is_known() {
        let user = |name: Option<&str>| {
            let email = "a@example.org".to_owned();
            User { email, language: None, name: name.map(str::to_owned) }
        };
        let users = [("ann", Some("Ann Lee")), ("bob", None)];
        let users = users.map(|(login, name)| (login.to_owned(), user(name)));
        let people = People { users: users.into(), ..People::default() };
        for (login, expected) in [("ann", "Ann Lee"), ("bob", "bob"), ("eve", "eve")] {
            assert_eq!(displayname(Some(&people), login), expected);
        }
        assert_eq!(displayname(None, "ann"), "ann");
    }
}
