//! What names a language: a tag of BCP 47, without its rarer forms.

/// Whether a text names a language, such as `de` or `pt-BR`.
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let is_first =
        (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_other = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    is_first && parts.all(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_tag_and_nothing_else() {
        for good in ["de", "de-DE", "pt-BR", "zh-Hant-TW", "gsw"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "d", "DE", "de_DE", "de-", "-de", "de-ü1", "deutsch", "de\n", "de-x"] {
            assert!(!is_language(bad), "{bad:?}");
        }
    }
}
