//! Text on its way into SQL: literals and identifiers.
//!
//! `COPY` takes no parameters, so values have to stand in the statement. Sessions run with
//! `standard_conforming_strings = on`, where the quote is the only character that means anything
//! inside a literal; a NUL cannot stand in PostgreSQL text at all and is refused.

use crate::SourceError;

/// A text as a string literal.
pub(crate) fn literal(text: &str) -> Result<String, SourceError> {
    around(text, '\'')
}

/// A name as a quoted identifier; upper and lower case stay apart.
pub(crate) fn identifier(name: &str) -> Result<String, SourceError> {
    around(name, '"')
}

/// A table's name, `table`, `schema.table` or `database.schema.table`, quoted by parts. A part that
/// holds a dot stands in double quotes: `"odd.name"`.
pub(crate) fn table(name: &str) -> Result<String, SourceError> {
    let mut quoted = Vec::new();
    let mut rest = name;
    loop {
        let named = part(rest).filter(|(part, _)| !part.is_empty());
        let (part, after) = named.ok_or_else(|| SourceError::Refused {
            what: format!(
                "{name:?} is no name of a table; it is `table`, `schema.table` or `\"odd.name\"`"
            ),
        })?;
        quoted.push(identifier(&part)?);
        match after {
            Some(after) => rest = after,
            None => return Ok(quoted.join(".")),
        }
    }
}

/// The first part of a dotted name, and what follows its dot.
fn part(name: &str) -> Option<(String, Option<&str>)> {
    let Some(quoted) = name.strip_prefix('"') else {
        return Some(match name.split_once('.') {
            Some((part, after)) => (part.to_owned(), Some(after)),
            None => (name.to_owned(), None),
        });
    };
    let mut part = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        if let Some(after) = after.strip_prefix('"') {
            part.push('"');
            rest = after;
        } else if after.is_empty() {
            return Some((part, None));
        } else {
            return Some((part, Some(after.strip_prefix('.')?)));
        }
    }
}

fn around(text: &str, quote: char) -> Result<String, SourceError> {
    if text.contains('\0') {
        return Err(SourceError::Refused {
            what: "a name or value holds a NUL, which PostgreSQL cannot".to_owned(),
        });
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        if character == quote {
            quoted.push(quote);
        }
        quoted.push(character);
    }
    quoted.push(quote);
    Ok(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_cannot_be_left() {
        assert_eq!(literal("O'Hare").unwrap(), "'O''Hare'");
        assert_eq!(literal(r"\' OR 1=1 --").unwrap(), r"'\'' OR 1=1 --'");
        assert_eq!(literal("").unwrap(), "''");
        assert!(literal("a\0b").is_err());
    }

    #[test]
    fn a_table_is_quoted_by_parts() {
        fn check(name: &str, expected: &str) {
            assert_eq!(table(name).unwrap(), expected);
        }
        check("flights", r#""flights""#);
        check("public.Flights", r#""public"."Flights""#);
        check(r#"a"; DROP TABLE b; --"#, r#""a""; DROP TABLE b; --""#);
        check(r#""odd.name"."say ""x""""#, r#""odd.name"."say ""x""""#);
    }

    #[test]
    fn a_name_without_a_part_is_refused() {
        for name in ["", ".", "a.", ".a", r#""a"#, r#""a"b"#, "a\0"] {
            assert!(table(name).is_err(), "{name:?}");
        }
    }
}
