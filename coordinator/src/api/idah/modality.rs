//! Which modalities of datasets an exporter takes. Pure.
//!
//! A plugin says so by texts and by regular expressions of Ruby, an operator besides by how names begin.

use regex::{Regex, RegexBuilder};

/// Most memory that a regular expression takes, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// Whether an exporter that takes these modalities takes one of those that are asked for. Without any it takes all, and
/// where none is asked for, any will do.
pub(super) fn takes_any<S: AsRef<str>>(taken: &[S], asked: &[String]) -> bool {
    let is_taken =
        |modality: &String| taken.iter().any(|selector| takes(selector.as_ref(), modality));
    taken.is_empty() || asked.is_empty() || asked.iter().any(is_taken)
}

fn takes(selector: &str, modality: &str) -> bool {
    match (expression(selector), selector.strip_suffix('*')) {
        (Some(Ok(expression)), _) => expression.is_match(modality),
        // Ruby knows more than is known here: what is not understood is rather offered than hidden.
        (Some(Err(_)), _) => true,
        (None, Some(begin)) => modality.starts_with(begin),
        (None, None) => modality == selector,
    }
}

/// The regular expression that a selector is, where it is one, written as `/…/i`.
fn expression(selector: &str) -> Option<Result<Regex, regex::Error>> {
    let (source, flags) = selector.strip_prefix('/')?.rsplit_once('/')?;
    if !flags.chars().all(|flag| "imxn".contains(flag)) {
        return None;
    }
    let mut builder = RegexBuilder::new(source);
    // `^` and `$` are about lines in Ruby, and `m` is about what a dot is.
    builder.multi_line(true).dot_matches_new_line(flags.contains('m'));
    builder.case_insensitive(flags.contains('i')).ignore_whitespace(flags.contains('x'));
    Some(builder.size_limit(MOST_BYTES).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(taken: &[&str], asked: &[&str], expected: bool) {
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(takes_any(taken, &asked), expected, "{taken:?} {asked:?}");
    }

    #[test]
    fn modalities_are_taken_by_their_names_and_by_their_beginnings() {
        check(&[], &["idah-video"], true);
        check(&["idah-image"], &[], true);
        check(&["idah-image"], &["idah-image"], true);
        check(&["idah-image"], &["idah-images"], false);
        check(&["idah-*"], &["x", "idah-video"], true);
        check(&["idah-*"], &["x"], false);
    }

    #[test]
    fn modalities_are_taken_by_what_plugins_register() {
        check(&["text", "/video/"], &["idah-video"], true);
        check(&["/\\Aidah-/"], &["idah-video"], true);
        check(&["/\\Aidah-/"], &["an idah-video"], false);
        check(&["/VIDEO$/i"], &["idah-video"], true);
        check(&["/VIDEO$/"], &["idah-video"], false);
        check(&["/a\\/b/"], &["a/b"], true);
        // Nothing here looks ahead.
        check(&["/(?=video)/"], &["idah-image"], true);
        check(&["/video"], &["idah-video"], false);
    }
}
