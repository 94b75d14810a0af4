//! Mapping profiles: the operator's description of another form of XML, and which fields go where in it.
//!
//! The keys are those of easydb's profiles. A profile says what its prefixes stand for in `namespaces`;
//! those of XMP and Dublin Core are known.

mod node;
mod field;
mod misplaced;
mod profile;
mod spot;
mod filling;

use std::collections::HashMap;
use std::sync::Arc;

use source::page::Kind;

use self::filling::Filling;
use self::node::Node;
pub(super) use self::profile::Profile;
use self::spot::Spot;
use super::cells::{Cell, Head};
use super::json::Json;
use super::markup::Markup;
use super::scene::Scene;
use super::shipped::Shipped;
use super::trail::Around;

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
        around: &Around<'_>,
        shipped: &Shipped,
        markup: &mut Markup,
    ) {
        let root = self.mapped(scene, object, around, shipped);
        let depth = usize::from(!scene.easydb.xml_one_file_per_object);
        markup.replaced += root.write(&self.profile.namespaces, depth, markup.out());
    }

    /// An object as the cells of a row.
    pub(super) fn cells(
        &mut self,
        scene: &Scene,
        object: &Json<'_>,
        around: &Around<'_>,
        shipped: &Shipped,
    ) -> Vec<(Head, Cell)> {
        let mut values: Vec<(String, String)> = Vec::new();
        self.mapped(scene, object, around, shipped).values("", &mut values);
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

    fn mapped(
        &self,
        scene: &Scene,
        object: &Json<'_>,
        around: &Around<'_>,
        shipped: &Shipped,
    ) -> Node {
        let names = self.profile.base();
        let mut root = Node::new(names[0]);
        let mut base = &mut root;
        for (depth, name) in names.iter().enumerate() {
            if depth > 0 {
                base = base.child(name);
            }
            for (_, key, value) in self.profile.above.iter().filter(|(of, ..)| *of == depth) {
                base.attribute(key, value);
            }
        }
        let object = Spot::of(object, around);
        let filling = Filling { scene, around, shipped, object: &object, row: None };
        filling.fields(&self.profile.fields, base);
        root
    }
}

#[cfg(test)]
mod tests;
