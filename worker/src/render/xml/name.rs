//! Element names of fields.
//!
//! A field's name is its element's name where XML allows that. Where not, each character that may
//! not be there becomes `_` (colons too, which belong to namespaces), a name that begins with a
//! digit, `-`, `.` or any spelling of `xml` gets a `_` before it, an empty one is `_`, and the
//! element carries the field's own name in the attribute `name`.

use super::text;

/// Appends the tag that begins a field's element.
pub(super) fn open(field: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    name(field, out);
    if !is_name(field) {
        out.extend_from_slice(b" name=\"");
        text::attribute(field, out);
        out.push(b'"');
    }
    out.push(b'>');
}

/// Appends the tag that ends a field's element.
pub(super) fn close(field: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"</");
    name(field, out);
    out.push(b'>');
}

fn name(field: &str, out: &mut Vec<u8>) {
    if is_name(field) {
        return out.extend_from_slice(field.as_bytes());
    }
    let first = field.chars().next().unwrap_or_default();
    if is_reserved(field) || field.is_empty() || (is_inner(first) && !is_first(first)) {
        out.push(b'_');
    }
    for c in field.chars() {
        let c = if is_inner(c) { c } else { '_' };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

fn is_name(field: &str) -> bool {
    let mut chars = field.chars();
    chars.next().is_some_and(is_first) && chars.all(is_inner) && !is_reserved(field)
}

/// Names that begin like this belong to the standard.
fn is_reserved(field: &str) -> bool {
    field.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}

/// `NameStartChar` without the colon: <https://www.w3.org/TR/xml/#NT-NameStartChar>.
fn is_first(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` without the colon.
fn is_inner(c: char) -> bool {
    is_first(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: &str, expected: &str) {
        let mut out = Vec::new();
        open(field, &mut out);
        close(field, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn what_is_a_name_stays_as_it_is() {
        check("id", "<id></id>");
        check("größe-2.b", "<größe-2.b></größe-2.b>");
    }

    #[test]
    fn what_is_none_is_mapped_and_kept_beside() {
        check("a b>", "<a_b_ name=\"a b>\"></a_b_>");
        check("1x", "<_1x name=\"1x\"></_1x>");
        check("xml:foo", "<_xml_foo name=\"xml:foo\"></_xml_foo>");
        check("XmL", "<_XmL name=\"XmL\"></_XmL>");
        check("-", "<_- name=\"-\"></_->");
        check("<\"\n&", "<____ name=\"&lt;&quot;&#10;&amp;\"></____>");
        check("", "<_ name=\"\"></_>");
    }
}
