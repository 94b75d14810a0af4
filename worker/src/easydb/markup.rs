//! Elements of XML, indented by two spaces, with names that XML takes.

use std::borrow::Cow;

use pack::xml;
use proto::xml_name::{is_first, is_inner};

/// A document under way.
#[derive(Default)]
pub(super) struct Markup {
    out: Vec<u8>,
    depth: usize,
    /// Characters that XML cannot hold, and that others stand for.
    pub(super) replaced: u64,
}

/// An attribute.
pub(super) type Attribute<'a> = (&'a str, &'a str);

impl Markup {
    /// Elements at a depth.
    pub(super) fn at(depth: usize) -> Self {
        Self { out: Vec::new(), depth, replaced: 0 }
    }

    /// Begins an element.
    pub(super) fn open(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.tag(&safe(name), attributes);
        self.out.extend_from_slice(b">\n");
        self.depth += 1;
    }

    /// Ends an element.
    pub(super) fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.end(&safe(name));
    }

    /// An element of a text; of none, an empty one.
    pub(super) fn leaf(&mut self, name: &str, attributes: &[Attribute<'_>], text: &str) {
        let name = safe(name);
        self.tag(&name, attributes);
        if text.is_empty() {
            self.out.extend_from_slice(b"/>\n");
            return;
        }
        self.out.push(b'>');
        self.replaced += xml::content(text, &mut self.out);
        self.end(&name);
    }

    /// An element with a text for each language; nothing where there is none.
    pub(super) fn texts<'x>(
        &mut self,
        name: &str,
        attributes: &[Attribute<'_>],
        texts: impl IntoIterator<Item = (&'x str, impl AsRef<str>)>,
    ) {
        let mut texts = texts.into_iter().peekable();
        if texts.peek().is_none() {
            return;
        }
        self.open(name, attributes);
        for (language, text) in texts {
            self.leaf(language, &[], text.as_ref());
        }
        self.close(name);
    }

    /// How deep the next element is.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Elements that were written at this depth before, with so many characters replaced.
    pub(super) fn copy(&mut self, elements: &[u8], replaced: u64) {
        self.out.extend_from_slice(elements);
        self.replaced += replaced;
    }

    /// What is written so far; the next comes into an empty buffer.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Begins a tag, by a name that XML takes.
    fn tag(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.indent();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        for (key, value) in attributes {
            self.out.push(b' ');
            self.out.extend_from_slice(key.as_bytes());
            self.out.extend_from_slice(b"=\"");
            self.replaced += xml::attribute(value, &mut self.out);
            self.out.push(b'"');
        }
    }

    /// An end tag, of a name that XML takes.
    fn end(&mut self, name: &str) {
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b">\n");
    }

    fn indent(&mut self) {
        self.out.resize(self.out.len() + 2 * self.depth, b' ');
    }
}

/// A name as elements may have it: `:` becomes `__`, anything else that XML does not take `_`.
fn safe(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if begins && name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut safe = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        match c {
            ':' => safe.push_str("__"),
            c if is_inner(c) => safe.push(c),
            _ => safe.push('_'),
        }
    }
    if !safe.starts_with(is_first) {
        safe.insert(0, '_');
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_such_as_xml_takes() {
        for (name, expected) in [
            ("de-DE", "de-DE"),
            ("_nested:bild__wort", "_nested__bild__wort"),
            ("Titel (kurz)", "Titel__kurz_"),
            ("3d", "_3d"),
            ("Größe", "Größe"),
            ("", "_"),
        ] {
            assert_eq!(safe(name), expected);
        }
    }

    #[test]
    fn elements_are_indented_and_escaped() {
        let mut markup = Markup::at(1);
        markup.open("a", &[("id", "\"1\"")]);
        markup.leaf("b", &[], "x & <y>\0");
        markup.leaf("c", &[], "");
        markup.close("a");
        let expected =
            "  <a id=\"&quot;1&quot;\">\n    <b>x &amp; &lt;y&gt;\u{FFFD}</b>\n    <c/>\n  </a>\n";
        assert_eq!(String::from_utf8(markup.out().clone()).unwrap(), expected);
        assert_eq!(markup.replaced, 1);
    }

    #[test]
    fn both_tags_of_an_element_have_a_name_that_xml_takes() {
        let mut markup = Markup::default();
        markup.open("a:b", &[]);
        markup.leaf("3d", &[], "x");
        markup.leaf("c d", &[], "");
        markup.close("a:b");
        let expected = "<a__b>\n  <_3d>x</_3d>\n  <c_d/>\n</a__b>\n";
        assert_eq!(String::from_utf8(markup.out().clone()).unwrap(), expected);
    }
}
