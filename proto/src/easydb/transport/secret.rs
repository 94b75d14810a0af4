//! What is secret in the options of a transport: options of certain names, and passwords in addresses.

use serde_json::{Map, Value};

/// What a password in an address is called among the options.
pub(in crate::easydb) const PASSWORD: &str = "password";

/// The options that are addresses.
const ADDRESSES: [&str; 3] = ["server", "url", "destination"];

/// Whether an option is never shown.
pub(super) fn is_secret(key: &str) -> bool {
    key.ends_with(":secret") || key.starts_with("pw:") || key == PASSWORD
}

/// A value without the passwords that stand in its addresses (`ftp://user:password@host`), which go to
/// `found`.
pub(super) fn without_passwords(value: &Value, found: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => match parted(text) {
            Some((rest, password)) => {
                found.push(password);
                Value::String(rest)
            }
            None => value.clone(),
        },
        Value::Array(values) => {
            values.iter().map(|value| without_passwords(value, found)).collect()
        }
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), without_passwords(value, found))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Takes whatever may be a password out of addresses by which nothing is found, with all that is before it.
pub(super) fn strip(options: &mut Map<String, Value>) {
    for key in ADDRESSES {
        if let Some(Value::String(text)) = options.get_mut(key)
            && let Some(rest) = stripped(text)
        {
            *text = rest;
        }
    }
}

/// The names of secrets that stand deeper in a value than they are looked for.
pub(super) fn buried(value: &Value) -> Option<&str> {
    match value {
        Value::Array(values) => values.iter().find_map(buried),
        Value::Object(map) => {
            let mut secret = map.keys().map(String::as_str).filter(|key| is_secret(key));
            secret.next().or_else(|| map.values().find_map(buried))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// An address without its password, and the password; nothing where it has none.
fn parted(text: &str) -> Option<(String, String)> {
    let (scheme, rest) = text.split_once("://")?;
    // A password that should have been escaped may have `@` and slashes: the last `@` ends it.
    let (login, place) = rest.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // `ftp://host:21/a@b`, `ftp://user@host:21/a@b`
    let is_path = password.split_once('/').is_some_and(|(port, _)| is_port(port));
    if user.contains('/') || is_path {
        return None;
    }
    Some((format!("{scheme}://{user}@{place}"), password.to_owned()))
}

/// An address without what stands before its last `@`, where that may be a user and a password: so is
/// `ed:2024/x` in `ftp://ed:2024/x@host`, which may be the port 2024 of `ed` as well, and `ed:x` in `ed:x@host`.
fn stripped(text: &str) -> Option<String> {
    let (before, place) = text.rsplit_once('@')?;
    let (scheme, login) = match before.split_once("://") {
        Some((scheme, login)) => (format!("{scheme}://"), login),
        None => (String::new(), before),
    };
    let (user, _) = login.split_once(':')?;
    (!user.contains('/')).then(|| format!("{scheme}{place}"))
}

/// An address without whoever it names, whose own credentials count nowhere.
pub(in crate::easydb) fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn passwords_leave_addresses_however_they_are_written() {
        let check = |text: &str, rest: &str, password: &[&str]| {
            let mut found = Vec::new();
            let value = json!({"server": text, "more": [text]});
            assert_eq!(
                without_passwords(&value, &mut found),
                json!({"server": rest, "more": [rest]})
            );
            let twice: Vec<&str> = password.iter().chain(password).copied().collect();
            assert_eq!(found, twice, "{text}");
        };
        check("ftp://ed:hidden@ftp.example/in", "ftp://ed@ftp.example/in", &["hidden"]);
        check("https://ed:hid%40den@dav.example", "https://ed@dav.example", &["hid%40den"]);
        check("rsync://ed:hid@den@store.example/m", "rsync://ed@store.example/m", &["hid@den"]);
        check("ftp://ed:hid/den@ftp.example", "ftp://ed@ftp.example", &["hid/den"]);
        for password in ["hidden", "hid/den"] {
            check(
                &format!("ftp://ed@x.example:{password}@ftp.example"),
                "ftp://ed@x.example@ftp.example",
                &[password],
            );
        }
        check("ftps://:hidden@[::1]:990/", "ftps://@[::1]:990/", &["hidden"]);
        for plain in [
            "backup",
            "ftp://ed@ftp.example:21/in",
            "https://dav.example/a:b@c/d",
            "ftp://ftp.example:21/a@b",
            "ftp://ed@ftp.example:21/a@b",
            "user@host::module",
            "mail me: a@b.example",
        ] {
            check(plain, plain, &[]);
        }
    }

    #[test]
    fn what_may_be_a_password_leaves_addresses_by_which_nothing_is_found() {
        let check = |address: &str, rest: &str| {
            let mut options = Map::from_iter([
                ("server".to_owned(), json!(address)),
                ("directory".to_owned(), json!(address)),
            ]);
            strip(&mut options);
            assert_eq!(options["server"], rest);
            assert_eq!(options["directory"], address, "it is no address");
        };
        check("ftp://ed:2024/hidden@ftp.example/in", "ftp://ftp.example/in");
        check("ftp://ed@x.example:2024/hidden@ftp.example", "ftp://ftp.example");
        check("ed:hidden@ftp.example/in", "ftp.example/in");
        for plain in [
            "backup",
            "ftp://ed@ftp.example:21/in",
            "https://dav.example/a:b@c/d",
            "user@host::module",
            "/srv/a:b@c",
        ] {
            check(plain, plain);
        }
    }

    #[test]
    fn secrets_are_looked_for_where_they_are_taken() {
        assert_eq!(buried(&json!({"bwlimit": 3, "a": [{"x:secret": 1}]})), Some("x:secret"));
        assert_eq!(buried(&json!({"bwlimit": 3, "a": ["password"]})), None);
    }

    #[test]
    fn an_address_is_the_same_whoever_it_names() {
        assert_eq!(without_user("https://ed@dav.example/a@b"), "https://dav.example/a@b");
        assert_eq!(without_user("backup"), "backup");
    }
}
