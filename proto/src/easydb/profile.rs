//! Profiles of metadata as a catalogue keeps them: mappings onto XMP, IPTC and EXIF, turned into the tags that fields
//! go to.
//!
//! Of a mapping its values count, and the elements that they go to. What is the same in all pictures, and elements that
//! are no tag that can be written, are left out.

use indexmap::IndexMap;
use serde_json::Value;

use crate::definition::{Metadata, Tags};
use crate::image::Tag;

/// Elements of RDF around values.
const AROUND: &str = "rdf:";

/// What a profile of metadata comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Profiled {
    /// The fields, and the tags that they go to; nothing where there are none.
    pub metadata: Option<Metadata>,
    /// The elements that are left out.
    pub left_out: Vec<String>,
}

/// The metadata that a mapping says, as its catalogue tells it.
pub fn profiled(mapping: &Value) -> Profiled {
    let mut tags: IndexMap<String, Vec<String>> = IndexMap::new();
    let mut left_out = Vec::new();
    fields(&mapping["fields"], "", &mut tags, &mut left_out);
    let tags: IndexMap<String, Tags> = tags
        .into_iter()
        .map(|(field, mut tags)| {
            let only = if tags.len() == 1 { tags.pop() } else { None };
            (field, only.map_or(Tags::Several(tags), Tags::One))
        })
        .collect();
    let metadata = (!tags.is_empty()).then_some(Metadata::Mapped(tags));
    Profiled { metadata, left_out }
}

fn fields(
    list: &Value,
    above: &str,
    tags: &mut IndexMap<String, Vec<String>>,
    left_out: &mut Vec<String>,
) {
    for field in list.as_array().into_iter().flatten() {
        let text = |key: &str| field[key].as_str().unwrap_or_default();
        let mut way = format!("{above}/{}", text("xml"));
        if text("type") == "attribute" {
            let name = if text("attribute").is_empty() { text("name") } else { text("attribute") };
            way = format!("{way}/{name}");
        }
        match text("type") {
            "text" | "attribute" => match tag(&way) {
                Some(tag) => {
                    for source in sources(&field["easydb"]) {
                        let known = tags.entry(source.to_owned()).or_default();
                        if !known.contains(&tag) {
                            known.push(tag.clone());
                        }
                    }
                }
                None => left_out.push(way.trim_start_matches('/').to_owned()),
            },
            "list" | "group" => fields(&field["fields"], &way, tags, left_out),
            "text_fixed" | "text_eas_url" => left_out.push(way.trim_start_matches('/').to_owned()),
            _ => {}
        }
    }
}

/// The ways to a field's values.
fn sources(easydb: &Value) -> Vec<&str> {
    match easydb.as_array() {
        Some(list) => list.iter().filter_map(Value::as_str).collect(),
        None => easydb.as_str().into_iter().collect(),
    }
}

/// The tag that a way leads to: its last element that is none of RDF's. Also in the names that ExifTool has for tags.
fn tag(way: &str) -> Option<String> {
    let steps = way.split('/').map(|step| step.trim_start_matches('@'));
    let name = steps.rev().find(|step| !step.is_empty() && !step.starts_with(AROUND))?;
    let (prefix, local) = name.split_once(':')?;
    let tag = match prefix {
        "IPTC" => format!("iptc:{local}"),
        "IFD0" => format!("exif:{local}"),
        "tiff" if local == "Artist" || local == "Copyright" => format!("exif:{local}"),
        _ => match prefix.strip_prefix("XMP-") {
            Some("dc") => format!("xmp:dc:{}", begun_small(local)),
            Some(prefix) => format!("xmp:{prefix}:{local}"),
            None => format!("xmp:{prefix}:{local}"),
        },
    };
    Tag::parse(&tag).is_ok().then_some(tag)
}

fn begun_small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_go_to_the_tags_that_their_elements_are() {
        let mapping = json!({"id": 12, "xml_base": "/x:xmpmeta/rdf:RDF", "fields": [
            {"type": "element", "xml": "rdf:Description", "attributes": {"rdf:about": ""}},
            {"type": "text", "xml": "rdf:Description/dc:title/rdf:Alt/rdf:li", "easydb": "bild.titel"},
            {"type": "text", "xml": "photoshop:Headline", "easydb": ["bild.titel", "bild.kurz"], "concat": ", "},
            {"type": "attribute", "xml": "rdf:Description", "attribute": "xmp:Rating", "easydb": "bild.anzahl"},
            {"type": "group", "fields": [
                {"type": "list", "xml": "dc:subject/rdf:Bag/rdf:li",
                 "fields": [{"type": "text", "easydb": ["bild._nested:bild__wort.name"]}]},
                {"type": "text", "xml": "IPTC:By-line", "easydb": "bild.urheber"},
                {"type": "text", "xml": "XMP-dc:Rights", "easydb": "bild.rechte"},
                {"type": "text", "xml": "nobody:knows", "easydb": "bild.notiz"},
                {"type": "text_fixed", "xml": "dc:publisher", "text": "Museum"}]}]});
        let Profiled { metadata, left_out } = profiled(&mapping);
        let expected = json!({"bild.titel": ["xmp:dc:title", "xmp:photoshop:Headline"],
            "bild.kurz": "xmp:photoshop:Headline", "bild.anzahl": "xmp:xmp:Rating",
            "bild._nested:bild__wort.name": "xmp:dc:subject", "bild.urheber": "iptc:By-line",
            "bild.rechte": "xmp:dc:rights"});
        assert_eq!(serde_json::to_value(metadata).unwrap(), expected);
        assert_eq!(left_out, ["nobody:knows", "dc:publisher"]);
    }

    #[test]
    fn a_mapping_without_such_elements_is_none() {
        for mapping in
            [json!({}), json!({"fields": [{"type": "text", "xml": "a", "easydb": "b.c"}]})]
        {
            assert_eq!(profiled(&mapping).metadata, None, "{mapping}");
        }
    }
}
