//! What XML 1.0 takes for the name of an element, without the colon that belongs to namespaces.

/// Whether a text is a name: <https://www.w3.org/TR/xml/#NT-Name>. Those that begin with any spelling
/// of `xml` belong to the standard, and are none.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_first) && chars.all(is_inner) && !is_reserved(text)
}

/// Whether a name that begins like this belongs to the standard.
pub fn is_reserved(name: &str) -> bool {
    name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}

/// `NameStartChar` without the colon.
pub fn is_first(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` without the colon.
pub fn is_inner(c: char) -> bool {
    is_first(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}
