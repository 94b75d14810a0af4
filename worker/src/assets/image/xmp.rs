//! XMP: a packet of properties, in the shapes that its specification asks for.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A property and its text.
pub(super) struct Property<'p> {
    pub(super) prefix: &'p str,
    pub(super) namespace: &'static str,
    pub(super) name: &'p str,
    pub(super) text: &'p str,
}

/// How a property holds its text.
enum Shape {
    Plain,
    /// One of several languages: the default one.
    Languages,
    /// A list whose order counts.
    Ordered,
    /// A list.
    Unordered,
}

fn shape(property: &Property<'_>) -> Shape {
    match (property.prefix, property.name) {
        ("dc", "title" | "description" | "rights") | ("xmpRights", "UsageTerms") => {
            Shape::Languages
        }
        ("dc", "creator" | "date") => Shape::Ordered,
        ("dc", "subject" | "contributor" | "language" | "publisher" | "relation" | "type")
        | ("xmpRights", "Owner")
        | ("photoshop", "SupplementalCategories") => Shape::Unordered,
        _ => Shape::Plain,
    }
}

/// A packet of properties. A property that comes twice is a list of both where it may be one, and
/// has the first text where it may not.
pub(super) fn packet(properties: &[Property<'_>]) -> Vec<u8> {
    let mut texts: BTreeMap<(&str, &str), Vec<&Property<'_>>> = BTreeMap::new();
    for property in properties {
        texts.entry((property.prefix, property.name)).or_default().push(property);
    }
    let namespaces: BTreeMap<&str, &str> =
        properties.iter().map(|property| (property.prefix, property.namespace)).collect();
    let mut out = String::from(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\"",
    );
    for (prefix, namespace) in namespaces {
        let _ = write!(out, " xmlns:{prefix}=\"{namespace}\"");
    }
    out.push_str(">\n");
    for ((prefix, name), texts) in texts {
        let _ = write!(out, "<{prefix}:{name}>");
        match shape(texts[0]) {
            Shape::Plain => escape(texts[0].text, &mut out),
            Shape::Languages => {
                out.push_str("<rdf:Alt><rdf:li xml:lang=\"x-default\">");
                escape(texts[0].text, &mut out);
                out.push_str("</rdf:li></rdf:Alt>");
            }
            Shape::Ordered => list("Seq", &texts, &mut out),
            Shape::Unordered => list("Bag", &texts, &mut out),
        }
        let _ = writeln!(out, "</{prefix}:{name}>");
    }
    out.push_str("</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>");
    out.into_bytes()
}

/// Every text, and every line of it, is an item.
fn list(kind: &str, texts: &[&Property<'_>], out: &mut String) {
    let _ = write!(out, "<rdf:{kind}>");
    for item in texts.iter().flat_map(|property| super::iptc::items(property.text)) {
        out.push_str("<rdf:li>");
        escape(&item, out);
        out.push_str("</rdf:li>");
    }
    let _ = write!(out, "</rdf:{kind}>");
}

/// Text as XML holds it; what it cannot hold becomes U+FFFD.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_have_the_shapes_that_readers_look_for() {
        let dc = |name, text| Property { prefix: "dc", namespace: "dc#", name, text };
        let packet = packet(&[
            dc("title", "a <b> & c\0"),
            dc("creator", "One"),
            dc("creator", "Two"),
            dc("subject", r#"["x", "y"]"#),
            dc("format", "plain"),
        ]);
        let packet = String::from_utf8(packet).unwrap();
        for expected in [
            "<rdf:li xml:lang=\"x-default\">a &lt;b&gt; &amp; c\u{fffd}</rdf:li>",
            "<dc:creator><rdf:Seq><rdf:li>One</rdf:li><rdf:li>Two</rdf:li></rdf:Seq></dc:creator>",
            "<dc:subject><rdf:Bag><rdf:li>x</rdf:li><rdf:li>y</rdf:li></rdf:Bag></dc:subject>",
            "<dc:format>plain</dc:format>",
        ] {
            assert!(packet.contains(expected), "{expected} is not in {packet}");
        }
    }
}
