//! The lines of a block of commands, taken apart as a shell does it.

use std::mem;

use super::block::{Block, blocks};

/// Every line of commands of the documents.
pub(super) fn all() -> Vec<String> {
    let blocks = ["definition.md", "operations.md", "deriva.md"].into_iter().flat_map(blocks);
    blocks.filter(|block| block.language == "sh").flat_map(|block| lines(&block)).collect()
}

/// The lines of a block, joined where a `\` at the end of one says so, without those that are comments.
pub(super) fn lines(block: &Block) -> Vec<String> {
    let (mut found, mut line) = (Vec::new(), String::new());
    for next in block.text.lines() {
        if let Some(begin) = next.strip_suffix('\\') {
            line.push_str(begin);
        } else {
            line.push_str(next);
            found.push(mem::take(&mut line));
        }
    }
    found.retain(|line| !line.is_empty() && !line.starts_with('#'));
    found
}

/// The words of a line up to a comment, without their quotes.
pub(super) fn words(line: &str) -> Vec<String> {
    let (mut found, mut word) = (Vec::new(), String::new());
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(end), _) if character == end => quote = None,
            (Some(_), _) => word.push(character),
            (None, '"' | '\'') => quote = Some(character),
            (None, '#') if word.is_empty() => break,
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => found.push(mem::take(&mut word)),
            (None, _) => word.push(character),
        }
    }
    found.push(word);
    found.retain(|word| !word.is_empty());
    found
}

#[test]
fn a_line_has_the_words_that_a_shell_sees() {
    let line = "curl -H \"A: $B\" -d '{\"c\": 1}'  \"$URL/v1?a=b&c=#d\"   # \"e\" f";
    let expected = ["curl", "-H", "A: $B", "-d", "{\"c\": 1}", "$URL/v1?a=b&c=#d"];
    assert_eq!(words(line), expected);
}
