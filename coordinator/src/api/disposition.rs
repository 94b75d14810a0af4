//! `Content-Disposition` for a file name of any letters, by RFC 6266 and RFC 8187. Pure.

use std::fmt::Write as _;

/// The header's value that saves a file under `name`: plain ASCII for old readers, and the real name
/// where it has more.
pub(super) fn attachment(name: &str) -> String {
    of("attachment", name)
}

/// The same for a file that may be shown.
pub(super) fn inline(name: &str) -> String {
    of("inline", name)
}

fn of(kind: &str, name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut value = format!("{kind}; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                value.push(char::from(byte));
            } else {
                let _ = write!(value, "%{byte:02X}");
            }
        }
    }
    value
}

/// Whether a reader of any age takes the character as it is within quotes; some decode `%`.
fn is_plain(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        assert_eq!(attachment(name), expected);
        axum::http::HeaderValue::from_str(expected).unwrap();
    }

    #[test]
    fn names_of_any_letters_survive() {
        check("flights 2013.zip", "attachment; filename=\"flights 2013.zip\"");
        check("Flüge.zip", "attachment; filename=\"Fl_ge.zip\"; filename*=UTF-8''Fl%C3%BCge.zip");
        check(
            "航班.zip",
            "attachment; filename=\"__.zip\"; filename*=UTF-8''%E8%88%AA%E7%8F%AD.zip",
        );
    }

    #[test]
    fn no_name_breaks_out_of_the_header() {
        check("a\"b.zip", "attachment; filename=\"a_b.zip\"; filename*=UTF-8''a%22b.zip");
        check("a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y");
        check("50%20.zip", "attachment; filename=\"50_20.zip\"; filename*=UTF-8''50%2520.zip");
    }
}
