//! Mapping profiles: the operator's description of another form of XML, and which fields go where in it.
//!
//! The keys are those of easydb's profiles. A profile says what its prefixes stand for in `namespaces`;
//! those of XMP and Dublin Core are known.

mod node;
mod profile;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use source::page::Kind;

use self::node::Node;
pub(super) use self::profile::Profile;
use self::profile::{Field, Matching, Sources};
use super::cells::{Cell, Head};
use super::json::Json;
use super::markup::Markup;
use super::scene::Scene;
use super::shipped::Shipped;
use super::standard::value::hundredths;

/// A profile, and the places that values of objects have had in tables.
pub(super) struct Mapping {
    profile: Arc<Profile>,
    places: HashMap<String, u32>,
}

impl Mapping {
    /// By a profile; no value had a place yet.
    pub(super) fn new(profile: &Arc<Profile>) -> Self {
        Self { profile: Arc::clone(profile), places: HashMap::new() }
    }

    /// Writes an object.
    pub(super) fn object(
        &self,
        scene: &Scene,
        object: &Json<'_>,
        shipped: &Shipped,
        markup: &mut Markup,
    ) {
        let root = self.mapped(scene, object, shipped);
        let depth = usize::from(!scene.easydb.xml_one_file_per_object);
        markup.replaced += root.write(&self.profile.namespaces, depth, markup.out());
    }

    /// An object as the cells of a row.
    pub(super) fn cells(
        &mut self,
        scene: &Scene,
        object: &Json<'_>,
        shipped: &Shipped,
    ) -> Vec<(Head, Cell)> {
        let mut values: Vec<(String, String)> = Vec::new();
        self.mapped(scene, object, shipped).values("", &mut values);
        let mut cells: Vec<(Head, Cell)> = Vec::new();
        for (name, text) in values {
            if let Some((_, cell)) = cells.iter_mut().find(|((_, known), _)| *known == name) {
                cell.text = format!("{}\n{text}", cell.text);
                continue;
            }
            let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            let place = *self.places.entry(name.clone()).or_insert(next);
            cells.push(((vec![0, place], name), Cell { kind: Kind::Text, text }));
        }
        cells
    }

    fn mapped(&self, scene: &Scene, object: &Json<'_>, shipped: &Shipped) -> Node {
        let mut segments = self.profile.xml_base.split('/').filter(|part| !part.is_empty());
        let mut root = Node::new(segments.next().unwrap_or("object"));
        let mut base = &mut root;
        for segment in segments {
            base = base.child(segment);
        }
        let filling = Filling { scene, shipped, object, row: None };
        filling.fields(&self.profile.fields, base);
        root
    }
}

/// What fields are filled from.
#[derive(Clone, Copy)]
struct Filling<'f> {
    scene: &'f Scene,
    shipped: &'f Shipped,
    object: &'f Json<'f>,
    /// A row of the object, and the way to its list.
    row: Option<(&'f str, &'f Json<'f>)>,
}

impl<'f> Filling<'f> {
    fn fields(self, fields: &'f [Field], at: &mut Node) {
        for field in fields {
            if self.is_wanted(field) {
                self.field(field, at);
            }
        }
    }

    fn field(self, field: &'f Field, at: &mut Node) {
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
                match language_attribute {
                    Some(attribute) => self.localised(xml, easydb, attribute, at),
                    None => {
                        let text = self.joined(easydb, concat.as_deref());
                        if !text.is_empty() || *empty {
                            at.another(xml).text = text;
                        }
                    }
                }
            }
            Field::Attribute { xml, easydb, concat, empty, .. } => {
                let text = self.joined(easydb, concat.as_deref());
                let (way, name) = xml.rsplit_once('/').unwrap_or(("", xml));
                if !text.is_empty() || *empty {
                    at.way(way).attribute(name.trim_start_matches('@'), &text);
                }
            }
            Field::TextFixed { xml, text, language_attribute, .. } => {
                for (language, text) in text.texts() {
                    let node = at.another(xml);
                    text.clone_into(&mut node.text);
                    if let (Some(attribute), Some(language)) = (language_attribute, language) {
                        node.attribute(attribute, language);
                    }
                }
            }
            Field::TextEasUrl { xml, easydb, version, .. } => {
                for url in self.urls(easydb, version.as_deref().unwrap_or("original")) {
                    at.another(xml).text = url;
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
                let Some(way) = easydb.first() else { return };
                for row in self.find(way).map(Json::items).unwrap_or_default() {
                    let mut item = Node::new("");
                    Filling { row: Some((way, row)), ..self }.fields(fields, &mut item);
                    if fields.is_empty() {
                        self.scene.text_of(row).unwrap_or_default().clone_into(&mut item.text);
                    }
                    if !item.is_empty() {
                        at.another(xml).append(item);
                    }
                }
            }
        }
    }

    fn localised(self, xml: &str, sources: &Sources, attribute: &str, at: &mut Node) {
        for value in sources.ways().filter_map(|way| self.find(way)) {
            let texts = match value.at(&["_standard", "1", "text"]) {
                Some(standard) => self.scene.texts(standard),
                None => self.scene.texts(value),
            };
            for (language, text) in texts {
                let node = at.another(xml);
                text.clone_into(&mut node.text);
                node.attribute(attribute, language);
            }
        }
    }

    fn joined(self, sources: &Sources, concat: Option<&str>) -> String {
        let texts = sources.ways().filter_map(|way| {
            let text = self.find(way).and_then(|value| self.scene.text_of(value))?;
            let is_hundredths = self.scene.is_hundredths(way);
            Some(if is_hundredths { Cow::Owned(hundredths(text)) } else { Cow::Borrowed(text) })
        });
        let texts: Vec<Cow<'_, str>> = texts.filter(|text| !text.is_empty()).collect();
        texts.join(concat.unwrap_or(" "))
    }

    fn urls(self, sources: &Sources, version: &str) -> Vec<String> {
        let files = sources.ways().filter_map(|way| self.find(way)).flat_map(Json::items);
        let url = |file: &'f Json<'f>| {
            let id = file.get("_id").and_then(Json::number).unwrap_or_default();
            let mut here = self.shipped.of(id).filter(|one| one.version == version);
            let there = || file.at(&["versions", version])?.text_of("url");
            here.next().map(|one| one.name.clone()).or_else(|| there().map(str::to_owned))
        };
        files.filter_map(url).collect()
    }

    /// What a way leads to, in the row where it goes through the row's list. Where lists are on the way, by
    /// their first items.
    fn find(self, way: &str) -> Option<&'f Json<'f>> {
        match self.row {
            Some((list, row)) => match way.strip_prefix(list) {
                Some(rest) => follow(row, rest),
                None => follow(row, way).or_else(|| follow(self.object, way)),
            },
            None => follow(self.object, way),
        }
    }

    fn is_wanted(self, field: &Field) -> bool {
        field.conditions().iter().all(|condition| {
            let mut met = condition.list.iter().map(|one| {
                let value = self.find(&one.easydb).and_then(|value| self.scene.text_of(value));
                let value = value.unwrap_or_default();
                match one.kind {
                    Matching::Eq => value == one.value,
                    Matching::EqNoCase => value.to_lowercase() == one.value.to_lowercase(),
                }
            });
            condition.kind.holds(&mut met)
        })
    }
}

fn follow<'f>(value: &'f Json<'f>, way: &str) -> Option<&'f Json<'f>> {
    way.split('.')
        .filter(|key| !key.is_empty())
        .try_fold(value, |value, key| value.items().first().unwrap_or(value).get(key))
}
