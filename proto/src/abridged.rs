//! What mistakes quote of documents and of lists, cut to a length that people read.
//!
//! Nothing is left out without a word: how much more there is, is said.

use std::borrow::Cow;

use serde_json::Value;

/// Most words of a list that are quoted.
const MOST_WORDS: usize = 20;

/// Most of a value that is quoted, in characters.
const MOST_CHARS: usize = 200;

/// Words one after another; of many the first ones, and how many more there are.
pub fn list<W: AsRef<str>>(words: &[W]) -> String {
    let shown: Vec<&str> = words.iter().take(MOST_WORDS).map(AsRef::as_ref).collect();
    let text = shown.join(", ");
    match words.len() - shown.len() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// A text; of a long one its beginning, and how much more there is.
pub fn text(text: &str) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(MOST_CHARS) else { return Cow::Borrowed(text) };
    let (shown, more) = (&text[..end], text[end..].chars().count());
    Cow::Owned(format!("{shown}… and {more} more characters"))
}

/// A value as JSON; of a long list the first items, of anything else that is long its beginning, and how
/// much more there is.
pub fn value(value: &Value) -> String {
    let whole = value.to_string();
    if whole.chars().nth(MOST_CHARS).is_none() {
        return whole;
    }
    if let Value::Array(items) = value {
        let mut shown = String::new();
        for (count, item) in items.iter().enumerate() {
            let item = item.to_string();
            if shown.len() + item.len() > MOST_CHARS {
                if count == 0 {
                    break;
                }
                return format!("[{shown}… and {} more]", items.len() - count);
            }
            shown.push_str(&item);
            shown.push_str(", ");
        }
    }
    text(&whole).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_list_ends_with_how_many_more_there_are() {
        let check = |len: usize, end: &str| {
            let words: Vec<String> = (1..=len).map(|number| format!("w{number}")).collect();
            assert!(list(&words).ends_with(end), "{}", list(&words));
        };
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a", "b"]), "a, b");
        check(20, ", w19, w20");
        check(21, ", w20 and 1 more");
        check(5000, ", w20 and 4980 more");
    }

    #[test]
    fn a_long_value_is_cut_and_a_short_one_is_as_it_was_given() {
        let check = |given: &Value, expected: &str| assert_eq!(value(given), expected);
        check(&json!({"a": [1, "ä"]}), r#"{"a":[1,"ä"]}"#);
        check(&json!("ä".repeat(198)), &format!("\"{}\"", "ä".repeat(198)));
        let cut = format!("\"{}… and 102 more characters", "ä".repeat(199));
        check(&json!("ä".repeat(300)), &cut);
        let wide = json!(["ä".repeat(300), 1]);
        assert!(value(&wide).ends_with("ä… and 106 more characters"), "{}", value(&wide));
        let items = json!(vec!["column"; 10_001]);
        let shown = format!("[{}… and 9981 more]", "\"column\", ".repeat(20));
        check(&items, &shown);
    }
}
