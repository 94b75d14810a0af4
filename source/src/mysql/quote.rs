//! Text on its way into SQL: literals and identifiers.
//!
//! Sessions run with `sql_mode = 'NO_BACKSLASH_ESCAPES'`, where the quote is the only character that
//! means anything inside a literal.

use crate::SourceError;

/// The name under which statements speak of a row.
pub(super) const ROW: &str = "_row";

/// A text as a string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as a quoted identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A column of a row.
pub(super) fn column(name: &str) -> String {
    format!("{ROW}.{}", identifier(name))
}

/// A table, `table` or `database.table`, as it stands after `FROM`.
pub(super) fn table(name: &str) -> Result<String, SourceError> {
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty() || part.contains('\0')) {
        let what = format!("{name:?} is no name of a table; it is `table` or `database.table`");
        return Err(SourceError::Refused { what });
    }
    let parts: Vec<String> = parts.into_iter().map(identifier).collect();
    Ok(format!("{} AS {ROW}", parts.join(".")))
}

/// A query, as it stands after `FROM`.
pub(super) fn query(query: &str) -> Result<String, SourceError> {
    let query = query.trim_end_matches(|end: char| end.is_whitespace() || end == ';');
    if query.trim().is_empty() || query.contains('\0') {
        let what = "the query is empty or holds a NUL".to_owned();
        return Err(SourceError::Refused { what });
    }
    // On lines of its own, for it may end in a comment.
    Ok(format!("(\n{query}\n) AS {ROW}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        assert_eq!(literal(r"O'Hare \' OR 1=1 --"), r"'O''Hare \'' OR 1=1 --'");
        assert_eq!(column("a`b"), "_row.`a``b`");
        assert_eq!(table("shop.or`ders").unwrap(), "`shop`.`or``ders` AS _row");
        assert_eq!(query("SELECT 1 -- x; \n;").unwrap(), "(\nSELECT 1 -- x\n) AS _row");
        for name in ["", ".", "a.", "a.b.c", "a\0"] {
            assert!(table(name).is_err(), "{name:?}");
        }
        assert!(query(" ;").is_err());
    }
}
