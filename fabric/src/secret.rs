//! Secrets that stand in files of their own.

/// The secret in a file's text: all but the line end that editors leave there. Blanks may belong to it.
pub fn in_file(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_all_but_the_line_end() {
        for text in [" open sesame ", " open sesame \n", " open sesame \r\n"] {
            assert_eq!(in_file(text), " open sesame ");
        }
    }
}
