//! The names of columns, as the first line of CSV has them: it is there also where there are no rows.

/// The names of the columns of a table in CSV; nothing where the line breaks off.
pub(super) fn names(csv: &str) -> Option<Vec<String>> {
    let (mut names, mut name, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                name.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => names.push(std::mem::take(&mut name)),
            '\n' if !is_quoted => {
                names.push(name);
                return Some(names);
            }
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {}
            _ => name.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(csv: &str, expected: &[&str]) {
        assert_eq!(names(csv).unwrap(), expected, "{csv:?}");
    }

    #[test]
    fn names_may_hold_any_sign() {
        check("RID,note: a/b\n1,2\n", &["RID", "note: a/b"]);
        check(
            "\"a,b\",\"say \"\"it\"\"\",\"two\nlines\"\r\n",
            &["a,b", "say \"it\"", "two\nlines"],
        );
        check("n\n", &["n"]);
        assert_eq!(names("RID,no"), None);
        assert_eq!(names("\"two\n"), None);
    }
}
