//! The fields of a profile, filled from an object, its rows, and the objects within it.

use std::borrow::Cow;

use super::field::{Comparison, Field, Matching, Sources};
use super::node::Node;
use super::spot::Spot;
use crate::easydb::json::Json;
use crate::easydb::scene::Scene;
use crate::easydb::shipped::Shipped;
use crate::easydb::standard::value::hundredths;
use crate::easydb::trail::Around;

/// What fields are filled from.
#[derive(Clone, Copy)]
pub(super) struct Filling<'r, 'f> {
    pub(super) scene: &'f Scene,
    pub(super) around: &'f Around<'f>,
    pub(super) shipped: &'f Shipped,
    pub(super) object: &'r Spot<'f>,
    /// The row that is written, where one is.
    pub(super) row: Option<&'r Row<'r, 'f>>,
}

/// A row, and that which it is in.
pub(super) struct Row<'r, 'f> {
    /// The way to its list.
    way: &'r str,
    spot: Spot<'f>,
    outer: Option<&'r Row<'r, 'f>>,
}

impl<'f> Filling<'_, 'f> {
    /// Fills fields into an element.
    pub(super) fn fields(self, fields: &[Field], at: &mut Node) {
        for field in fields {
            if self.around.is_too_much() {
                return;
            }
            if self.is_wanted(field) {
                self.field(field, at);
            }
        }
    }

    fn field(self, field: &Field, at: &mut Node) {
        match field {
            Field::Element { xml, attributes, text, .. } => {
                let node = at.way(xml);
                for (key, value) in attributes {
                    node.attribute(key, value);
                }
                if let Some(text) = text {
                    text.clone_into(&mut node.text);
                }
            }
            Field::Text { xml, easydb, concat, language_attribute, empty, .. } => {
                let concat = concat.as_deref();
                let Some(attribute) = language_attribute else {
                    let text = self.joined(easydb, concat);
                    if !text.is_empty() || *empty {
                        at.put(xml, &text, concat.filter(|_| !text.is_empty()), None);
                    }
                    return;
                };
                for (language, text) in self.localised(easydb, concat) {
                    let language = language.map(|language| (attribute.as_str(), language));
                    // Behind a text in some language, one in none would be in that one.
                    at.put(xml, &text, concat.filter(|_| language.is_some()), language);
                }
            }
            Field::Attribute { xml, attribute, easydb, concat, empty, .. } => {
                let concat = concat.as_deref();
                let text = self.joined(easydb, concat);
                let (way, name) = match attribute {
                    Some(name) => (xml.as_str(), name.as_str()),
                    None => xml.rsplit_once('/').unwrap_or(("", xml)),
                };
                if !text.is_empty() || *empty {
                    let joiner = concat.filter(|_| !text.is_empty());
                    at.way(way).join_attribute(name.trim_start_matches('@'), &text, joiner);
                }
            }
            Field::TextFixed { xml, text, language_attribute, .. } => {
                for (language, text) in text.texts() {
                    let language = language_attribute.as_deref().zip(language);
                    at.put(xml, text, None, language);
                }
            }
            Field::TextEasUrl { xml, easydb, version, .. } => {
                for url in self.urls(easydb, version.as_deref().unwrap_or("original")) {
                    at.put(xml, &url, None, None);
                }
            }
            Field::Group { xml, fields, .. } => {
                let mut group = Node::new("");
                self.fields(fields, &mut group);
                if !group.is_empty() {
                    at.way(xml).append(group);
                }
            }
            Field::List { xml, easydb, fields, .. } => {
                self.list(xml, easydb.as_ref(), fields, at);
            }
        }
    }

    /// An element for each row.
    fn list(self, xml: &str, easydb: Option<&Sources>, fields: &[Field], at: &mut Node) {
        let named = easydb.and_then(Sources::first);
        let Some(way) = named.or_else(|| self.led_into(fields)) else {
            let mut item = Node::new("");
            self.fields(fields, &mut item);
            if !item.is_empty() {
                at.another(xml).append(item);
            }
            return;
        };
        for spot in self.all(way).into_iter().flat_map(Spot::items) {
            let row = Row { way, spot, outer: self.row };
            let mut item = Node::new("");
            if fields.is_empty() {
                let text = self.text(&row.spot);
                item.text = text.unwrap_or_default().into_owned();
            }
            let Filling { scene, around, shipped, object, .. } = self;
            let within = Filling { scene, around, shipped, object, row: Some(&row) };
            within.fields(fields, &mut item);
            if !item.is_empty() {
                at.another(xml).append(item);
            }
        }
    }

    /// The way to the first list that fields lead into from here.
    fn led_into(self, fields: &[Field]) -> Option<&str> {
        let mut ways = fields.iter().flat_map(Field::ways);
        ways.find_map(|way| {
            let (mut row, mut start) = (self.row, 0);
            while let Some(here) = row {
                if let Some(rest) = within(way, here.way) {
                    start = way.len() - rest.len();
                    break;
                }
                row = here.outer;
            }
            let mut end = start;
            for step in way[start..].split_inclusive('.') {
                end += step.len();
                if step.starts_with("_nested:") || step.starts_with("_reverse_nested:") {
                    return Some(way[..end].trim_end_matches('.'));
                }
            }
            None
        })
    }

    /// The texts of each language, and those of none, such of several values joined where there is a joiner.
    fn localised(self, sources: &Sources, concat: Option<&str>) -> Vec<(Option<&'f str>, String)> {
        let mut joined: Vec<(Option<&str>, String)> = Vec::new();
        for spot in sources.ways().flat_map(|way| self.some(way, concat)) {
            let texts = self.texts(&spot).into_iter();
            let mut texts: Vec<(Option<&str>, Cow<'_, str>)> =
                texts.map(|(language, text)| (Some(language), Cow::Borrowed(text))).collect();
            if texts.is_empty() {
                let plain = self.read(&spot).filter(|text| !text.is_empty());
                texts.extend(plain.map(|text| (None, text)));
            }
            for (language, text) in texts {
                self.around.count(text.len());
                let before = joined.iter_mut().find(|(known, _)| *known == language);
                match (before, concat) {
                    (Some((_, before)), Some(between)) => {
                        before.push_str(between);
                        before.push_str(&text);
                    }
                    (Some(_) | None, _) => joined.push((language, text.into_owned())),
                }
            }
        }
        joined
    }

    fn texts(self, spot: &Spot<'f>) -> Vec<(&'f str, &'f str)> {
        let standard = spot.value.at(&["_standard", "1", "text"]);
        self.scene.texts(standard.unwrap_or(spot.value))
    }

    /// The texts of values, joined: with a joiner all there are, and without one the first of each way.
    fn joined(self, sources: &Sources, concat: Option<&str>) -> String {
        let mut joined = String::new();
        for spot in sources.ways().flat_map(|way| self.some(way, concat)) {
            let Some(text) = self.text(&spot).filter(|text| !text.is_empty()) else { continue };
            if !joined.is_empty() {
                joined.push_str(concat.unwrap_or(" "));
            }
            joined.push_str(&text);
        }
        joined
    }

    /// What a value is as one text that is written.
    fn text(self, spot: &Spot<'f>) -> Option<Cow<'f, str>> {
        let text = self.read(spot)?;
        self.around.count(text.len());
        Some(text)
    }

    /// What a value is as one text.
    fn read(self, spot: &Spot<'f>) -> Option<Cow<'f, str>> {
        let text = self.scene.text_of(spot.value)?;
        let is_hundredths = self.scene.is_hundredths(&spot.own);
        Some(if is_hundredths { Cow::Owned(hundredths(text)) } else { Cow::Borrowed(text) })
    }

    fn urls(self, sources: &Sources, version: &str) -> Vec<String> {
        let files = sources.ways().flat_map(|way| self.all(way)).flat_map(Spot::items);
        let url = |file: Spot<'f>| {
            let file = file.value;
            let id = file.get("_id").and_then(Json::number).unwrap_or_default();
            let mut here = self.shipped.of(id).filter(|one| one.version == version);
            let there = || file.at(&["versions", version])?.text_of("url");
            let url =
                here.next().map(|one| one.name.clone()).or_else(|| there().map(str::to_owned))?;
            self.around.count(url.len());
            Some(url)
        };
        files.filter_map(url).collect()
    }

    /// What a way leads to: everything where it is joined, or else the first that has a text.
    fn some(self, way: &str, concat: Option<&str>) -> Vec<Spot<'f>> {
        let mut all = self.all(way);
        if concat.is_none() {
            let has_text = |spot: &Spot<'f>| {
                self.scene.text_of(spot.value).is_some_and(|text| !text.is_empty())
            };
            let first = all.iter().position(has_text).unwrap_or_default();
            all = all.into_iter().nth(first).into_iter().collect();
        }
        all
    }

    /// Everything that a way leads to: in the row where it goes through the row's list. One that goes through none
    /// begins in the innermost row that has it, or at the object.
    fn all(self, way: &str) -> Vec<Spot<'f>> {
        let mut row = self.row;
        while let Some(here) = row {
            if let Some(rest) = within(way, here.way) {
                return here.spot.at(rest);
            }
            row = here.outer;
        }
        let mut row = self.row;
        while let Some(here) = row {
            let found = here.spot.at(way);
            if !found.is_empty() {
                return found;
            }
            row = here.outer;
        }
        self.object.at(way)
    }

    fn is_wanted(self, field: &Field) -> bool {
        field.conditions().iter().all(|condition| {
            condition.kind.holds(&mut condition.list.iter().map(|one| self.is_met(one)))
        })
    }

    /// Whether any value of a way is what is asked for, in any language. Nothing is the empty text.
    fn is_met(self, asked: &Comparison) -> bool {
        let is_same = |text: &str| match asked.kind {
            Matching::Eq => text == asked.value,
            Matching::EqNoCase => text.to_lowercase() == asked.value.to_lowercase(),
        };
        let mut is_empty = true;
        for spot in self.all(&asked.easydb) {
            let texts = self.texts(&spot).into_iter().map(|(_, text)| Cow::Borrowed(text));
            let mut texts = self.read(&spot).into_iter().chain(texts);
            if texts.any(|text| {
                is_empty &= text.is_empty();
                is_same(&text)
            }) {
                return true;
            }
        }
        is_empty && is_same("")
    }
}

/// The rest of a way that goes through a list.
fn within<'w>(way: &'w str, list: &str) -> Option<&'w str> {
    let rest = way.strip_prefix(list)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}
