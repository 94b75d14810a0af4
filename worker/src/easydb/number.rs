//! The number of an object that may be broken, as far as it can be told.

/// The key of an object's number.
const KEY: &[u8] = b"_system_object_id";

/// What an object's text says its number is. What it links to has numbers too, which are not its own.
pub(super) fn number(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b'"' => {
                let start = at + 1;
                at = end(bytes, start)?;
                if depth == 1
                    && &bytes[start..at] == KEY
                    && let Some(value) = bytes[at + 1..].trim_ascii_start().strip_prefix(b":")
                {
                    let value = value.trim_ascii_start();
                    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    return str::from_utf8(&value[..digits]).ok()?.parse().ok();
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where a string ends, by its quote.
fn end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_s_own_number_is_found_in_what_is_left_of_it() {
        for (text, expected) in [
            (r#"{"_system_object_id":7,"a":01}"#, Some(7)),
            (r#"{"a":{"_system_object_id":3},"_system_object_id" : 7"#, Some(7)),
            (r#"{"a\"":"\"_system_object_id\":3","_system_object_id":7}"#, Some(7)),
            (r#"{"a":"_system_object_id","b":["_system_object_id",3]}"#, None),
            (r#"{"a":{"_system_object_id":3"#, None),
            (r#"{"_system_object_id":"x"}"#, None),
            ("", None),
            ("}}", None),
            (r#"{"a\"#, None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
