//! Text in pages of HTML.

/// Appends a text so that it is nothing but text, also within quotes.
pub fn escape(text: &str, page: &mut String) {
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            other => page.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_markup() {
        let mut page = String::new();
        escape("<img src=x onerror='a'>\"&", &mut page);
        assert_eq!(page, "&lt;img src=x onerror=&#39;a&#39;&gt;&quot;&amp;");
    }
}
