//! Names of elements.
//!
//! A field's name is its element's name where XML allows that. Where not, each character that may
//! not be there becomes `_` (colons too, which belong to namespaces), a name that begins with a
//! digit, `-`, `.` or any spelling of `xml` gets a `_` before it, an empty one is `_`, and the
//! element carries the field's own name in the attribute `name`.

use pack::xml;
use proto::xml_name::{is_first, is_inner, is_name, is_reserved};

/// Appends the tag that begins a field's element.
pub(super) fn open(field: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    name(field, out);
    if !is_name(field) {
        out.extend_from_slice(b" name=\"");
        xml::attribute(field, out);
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
