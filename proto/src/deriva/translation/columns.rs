//! The columns that rows of a query have, where its path tells.

use crate::percent::decoded;

/// What is given of rows by the columns that a path picks.
const PICKING: [&str; 3] = ["attribute", "attributegroup", "aggregate"];

/// The columns that a path of `ERMrest` picks, in its order; nothing where only the catalogue knows them, as of whole
/// rows.
pub(super) fn told(path: &str) -> Option<Vec<String>> {
    let path = path.split(['?', '@']).next().unwrap_or_default().trim_matches('/');
    let (kind, path) = path.split_once('/')?;
    if !PICKING.contains(&kind) {
        return None;
    }
    let (_, items) = path.rsplit_once('/')?;
    let items = parts(items);
    items.into_iter().filter(|item| !item.is_empty()).map(name).collect()
}

/// The parts between commas and semicolons that are in no parentheses.
fn parts(items: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (place, sign) in items.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' | ';' if depth == 0 => {
                parts.push(&items[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&items[begin..]);
    parts
}

/// What a column is called that is picked so; nothing where that cannot be told.
fn name(item: &str) -> Option<String> {
    let name = match item.split_once(":=") {
        Some((alias, _)) => alias,
        None if item.contains('(') => return None,
        None => item.rsplit(':').next().unwrap_or(item),
    };
    if name == "*" { None } else { decoded(name).filter(|name| !name.is_empty()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<&[&str]>) {
        let told = told(path);
        let told: Option<Vec<&str>> =
            told.as_ref().map(|names| names.iter().map(String::as_str).collect());
        assert_eq!(told.as_deref(), expected, "{path}");
    }

    #[test]
    fn what_a_path_picks_is_told_by_its_names() {
        check(
            "/attribute/M:=s:t/a=b/!(uri::null::)/url:=uri,length:=bytes,F1:title?limit=none",
            Some(&["url", "length", "title"]),
        );
        check(
            "/attributegroup/M:=s:t/RID;note%3A%20a%2Fb,t.x:=F1:x@sort(RID)",
            Some(&["RID", "note: a/b", "t.x"]),
        );
        check("/aggregate/s:t/n:=cnt(*),m:=max(a,b)", Some(&["n", "m"]));
    }

    #[test]
    fn what_only_the_catalogue_knows_is_not_told() {
        for path in [
            "/entity/s:t",
            "/schema",
            "/",
            "/attribute/s:t/*",
            "/attribute/A:=s:t/A:*,b",
            "/aggregate/s:t/cnt(*)",
            "/attribute/s:t",
        ] {
            check(path, None);
        }
    }
}
