//! What records of FASTA are, whoever makes them: a comment of one line, and the letters of a sequence.

/// What stands between the texts of a comment.
const BETWEEN: &str = " | ";

/// Appends the line that a record begins with.
///
/// `first` stands before the first text. The format has nothing there, for the name of a sequence begins behind the
/// sign; deriva-download has a space, and what is made in its words is to be the same.
pub(crate) fn comment<T: AsRef<str>>(
    first: &str,
    texts: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
) {
    out.push(b'>');
    let mut before = first;
    for text in texts {
        out.extend_from_slice(before.as_bytes());
        before = BETWEEN;
        for c in text.as_ref().chars() {
            // A comment is one line, to every reader: to some, other signs end one too.
            let ends_line = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            append(if ends_line { ' ' } else { c }, out);
        }
    }
    out.push(b'\n');
}

/// The signs of a sequence without white space: each a letter, or what is none as an error.
pub(crate) fn letters(sequence: &str) -> impl Iterator<Item = Result<char, char>> {
    let signs = sequence.chars().filter(|c| !c.is_ascii_whitespace());
    signs.map(|c| {
        let is_letter = c.is_ascii_alphabetic() || matches!(c, '*' | '-' | '.');
        if is_letter { Ok(c) } else { Err(c) }
    })
}

/// Appends a letter.
pub(crate) fn append(letter: char, out: &mut Vec<u8>) {
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_line_with_what_its_maker_puts_first() {
        let written = |first: &str, texts: &[&str]| {
            let mut out = Vec::new();
            comment(first, texts.iter(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written("", &["a\r\nb", "c\u{2028}d"]), ">a  b | c d\n");
        assert_eq!(written(" ", &["a", "b"]), "> a | b\n");
        assert_eq!(written(" ", &[]), ">\n");
    }

    #[test]
    fn letters_are_told_from_other_signs() {
        let found: Vec<_> = letters("aC g\nt*-.>é1").collect();
        let letters = "aCgt*-.".chars().map(Ok);
        assert_eq!(found, letters.chain(">é1".chars().map(Err)).collect::<Vec<_>>());
    }
}
