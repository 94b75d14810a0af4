//! Ways through an object to its values: by its fields, into its rows, and through links on into objects that are
//! written out whole. A link is followed exactly where other forms write the object out in its place.

use crate::easydb::json::Json;
use crate::easydb::links::Via;
use crate::easydb::trail::{Around, Trail};

/// A place within an object.
#[derive(Clone)]
pub(super) struct Spot<'f> {
    /// What is there.
    pub(super) value: &'f Json<'f>,
    /// The way to it as its type's fields are called, from the innermost object that it is in.
    pub(super) own: String,
    stands: Stands,
    trail: Trail<'f>,
}

/// What stands at a place: what its keys lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// An object of the catalogue.
    Object,
    /// Its fields, or those of a row.
    Fields,
    /// The value of a field, which may be a link.
    Field,
    /// An object that links to the one that it stands in, or a list of such.
    Reverse,
    /// Something within a value.
    Within,
}

impl<'f> Spot<'f> {
    /// The place of an object itself.
    pub(super) fn of(object: &'f Json<'f>, around: &'f Around<'f>) -> Self {
        let trail = Trail::new(around, object);
        Self { value: object, own: String::new(), stands: Stands::Object, trail }
    }

    /// All that a way leads to from here, in order: lists on it are gone through item by item.
    pub(super) fn at(&self, way: &str) -> Vec<Self> {
        let keys: Vec<&str> = way.split('.').filter(|key| !key.is_empty()).collect();
        let mut found = Vec::new();
        self.clone().follow(&keys, &mut found);
        found
    }

    /// The items of a list; what is none stands for itself.
    pub(super) fn items(self) -> Vec<Self> {
        let Json::List(items) = self.value else { return vec![self] };
        let stands = if self.stands == Stands::Field { Stands::Fields } else { self.stands };
        let item = |value| self.trail.keeps().then(|| Self { value, stands, ..self.clone() });
        items.iter().map_while(item).collect()
    }

    fn follow(self, keys: &[&str], found: &mut Vec<Self>) {
        let Some((key, rest)) = keys.split_first() else {
            if self.trail.keeps() {
                found.push(self);
            }
            return;
        };
        if matches!(self.value, Json::List(_)) {
            return self.items().into_iter().for_each(|item| item.follow(keys, found));
        }
        if let Some(next) = self.step(key) {
            next.follow(rest, found);
        }
    }

    /// What is under a key.
    fn step(&self, key: &str) -> Option<Self> {
        let via = match self.stands {
            Stands::Field => Some(Via::Field),
            Stands::Reverse => Some(Via::Reverse),
            Stands::Object | Stands::Fields | Stands::Within => None,
        };
        let whole = via.and_then(|via| self.trail.look(via, self.value));
        let Some((whole, trail)) = whole else { return self.under(key, self.stands) };
        let within = Self { value: whole, own: String::new(), stands: Stands::Object, trail };
        if self.stands == Stands::Field {
            return within.under(key, Stands::Object).or_else(|| self.under(key, self.stands));
        }
        // Rows have the fields of the objects that they stand for.
        let of_type =
            whole.text_of("_objecttype").and_then(|name| within.under(name, Stands::Object));
        let field = of_type.and_then(|fields| fields.under(key, Stands::Fields));
        field.or_else(|| within.under(key, Stands::Object)).or_else(|| self.under(key, self.stands))
    }

    /// What is under a key of the value itself, which stands for what is said.
    fn under(&self, key: &str, stands: Stands) -> Option<Self> {
        let value = self.value.get(key)?;
        let is_nested = key.starts_with("_nested:");
        let is_reverse = key.starts_with("_reverse_nested:");
        let is_own = key.starts_with('_') && !is_nested && !is_reverse;
        let stands = match stands {
            Stands::Object if !is_own => Stands::Fields,
            Stands::Fields | Stands::Reverse if is_nested => Stands::Fields,
            Stands::Fields | Stands::Reverse if is_reverse => Stands::Reverse,
            Stands::Fields | Stands::Reverse if !is_own => Stands::Field,
            Stands::Object | Stands::Fields | Stands::Reverse | Stands::Field | Stands::Within => {
                Stands::Within
            }
        };
        let own = if self.own.is_empty() { key.to_owned() } else { format!("{}.{key}", self.own) };
        Some(Self { value, own, stands, trail: self.trail.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::easydb::linked::Linked;

    const OBJECT: &str = r#"{"_system_object_id":1,"_objecttype":"bild",
        "_path":[{"_system_object_id":2,"_objecttype":"person","person":{"_id":2}}],
        "bild":{"urheber":{"_system_object_id":2,"_objecttype":"person","person":{"_id":2}},
          "_nested:bild__wort":[{"wort":{"_system_object_id":3,"_objecttype":"wort"}},{"wort":null},
            {"wort":{"_system_object_id":4,"_objecttype":"wort"},"note":"n"}],
          "_reverse_nested:best:bild":[{"_system_object_id":5,"_objecttype":"best","name":"old"}]}}"#;

    /// What a way leads to, as it is written, and the way as the innermost object has it.
    fn found(way: &str, depth: usize) -> Vec<(String, String)> {
        let texts = [
            (
                2,
                r#"{"_system_object_id":2,"_objecttype":"person","person":{"_id":2,"name":"Ann",
                "lehrer":{"_system_object_id":6,"_objecttype":"person"},
                "portrait":{"_system_object_id":1,"_objecttype":"bild"}}}"#,
            ),
            (3, r#"{"_system_object_id":3,"_objecttype":"wort","wort":{"name":"a"}}"#),
            (4, r#"{"_system_object_id":4,"_objecttype":"wort","wort":{"name":"b"}}"#),
            (
                5,
                r#"{"_system_object_id":5,"_objecttype":"best","best":{"name":"new","typus":true}}"#,
            ),
            (6, r#"{"_system_object_id":6,"_objecttype":"person","person":{"name":"Eve"}}"#),
        ];
        let vias = [(Via::Field, 1), (Via::Field, 2), (Via::Field, 3), (Via::Field, 4)];
        let linked = Linked {
            texts: texts.into_iter().map(|(id, text)| (id, Arc::from(text))).collect(),
            whole: vias.into_iter().chain([(Via::Reverse, 5), (Via::Field, 6)]).collect(),
        };
        let around = Around::new(&linked, depth);
        let object = Json::parse(OBJECT).unwrap();
        let written = |spot: Spot<'_>| {
            let mut out = Vec::new();
            spot.value.write(&mut out);
            (String::from_utf8(out).unwrap(), spot.own)
        };
        Spot::of(&object, &around).at(way).into_iter().map(written).collect()
    }

    fn check(way: &str, depth: usize, expected: &[&str]) {
        let found = found(way, depth);
        let values: Vec<&str> = found.iter().map(|(value, _)| value.as_str()).collect();
        assert_eq!(values, expected, "{way} {depth}");
    }

    #[test]
    fn ways_go_through_links_as_deep_as_objects_are_written_out() {
        check("bild.urheber.person.name", 0, &[]);
        check("bild.urheber.person._id", 0, &["2"]);
        check("bild.urheber.person.name", 1, &["\"Ann\""]);
        check("bild.urheber.person.lehrer.person.name", 1, &[]);
        check("bild.urheber.person.lehrer.person.name", 2, &["\"Eve\""]);
        // An object is not written out within itself.
        check("bild.urheber.person.portrait.bild.urheber", 9, &[]);
        // What is above an object is not linked to.
        check("_path.person.name", 9, &[]);
    }

    #[test]
    fn ways_go_through_every_row() {
        check("bild._nested:bild__wort.wort.wort.name", 1, &["\"a\"", "\"b\""]);
        check("bild._nested:bild__wort.note", 1, &["\"n\""]);
        check("bild._reverse_nested:best:bild.name", 0, &["\"old\""]);
        check("bild._reverse_nested:best:bild.name", 1, &["\"new\""]);
        check("bild._reverse_nested:best:bild.typus", 1, &["true"]);
    }

    #[test]
    fn the_way_is_told_as_the_innermost_object_has_it() {
        let own = |way: &str| found(way, 2).remove(0).1;
        assert_eq!(own("bild.urheber.person.lehrer.person.name"), "person.name");
        assert_eq!(own("bild._nested:bild__wort.note"), "bild._nested:bild__wort.note");
        assert_eq!(own("bild._reverse_nested:best:bild.typus"), "best.typus");
    }
}
