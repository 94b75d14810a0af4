//! Objects within others: written out whole where they are to be, and elsewhere named.

use source::catalogue::Column;

use super::{Inside, Standard, typed};
use crate::easydb::json::Json;
use crate::easydb::leaves::{Leaves, Origin, Place};
use crate::easydb::links::Via;
use crate::easydb::markup::Attribute;
use crate::easydb::selection::Part;
use crate::easydb::trail::Entered;

impl<'s> Standard<'s> {
    /// A linked object: whole, or its name.
    pub(super) fn link(
        &mut self,
        (element, id): (&str, &str),
        link: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let Some(object_type) = link.text_of("_objecttype") else { return };
        let typed = typed("link", id);
        self.markup.open(element, self.marked(&typed));
        self.markup.open(object_type, &[]);
        if !self.linked(object_type, link, part, inside) {
            self.plain("_id", link.at(&[object_type, "_id"]));
            self.plain("_system_object_id", link.get("_system_object_id"));
            self.plain("_objecttype", link.get("_objecttype"));
            self.names(link);
        }
        self.markup.close(object_type);
        self.markup.close(element);
    }

    /// Writes a linked object out where that is to be; whether it is.
    fn linked(
        &mut self,
        object_type: &str,
        link: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) -> bool {
        let Some(entered) = inside.trail.enter_unread(Via::Field, link) else { return false };
        let scene = self.scene;
        let origin = Origin { text: entered.text, object_type, about: &scene.about };
        let leaf = self.leaf(&entered, part, inside);
        let known = leaf.and_then(|(leaves, place)| leaves.get(&place, &origin));
        let is_written = match known {
            Some(xml) => {
                self.markup.copy(&xml.elements, xml.replaced);
                true
            }
            None => {
                let (from, replaced) = (self.markup.out().len(), self.markup.replaced);
                self.is_of_place = false;
                let is_read = self.read(&entered, |all, object| {
                    all.whole(object_type, object, part, inside);
                });
                if let Some((leaves, place)) = leaf.filter(|_| is_read && !self.is_of_place) {
                    let replaced = self.markup.replaced - replaced;
                    leaves.keep(place, &origin, &self.markup.out()[from..], replaced);
                }
                is_read
            }
        };
        inside.trail.back();
        is_written
    }

    /// Where a linked object that was entered is kept, if it is written alike wherever it is: all of it is wanted,
    /// and what it leads to is only named.
    fn leaf(
        &self,
        entered: &Entered<'_>,
        part: Part<'_>,
        inside: &Inside<'_, '_>,
    ) -> Option<(&'s Leaves, Place)> {
        let (leaves, (run, output)) = self.leaves?;
        let is_alike = matches!(part, Part::Whole) && inside.trail.is_at_end();
        is_alike.then(|| (leaves, ((run, output, entered.id), self.markup.depth())))
    }

    /// Has an object that was entered written, for which it may have to be read; whether it can be.
    fn read(&mut self, entered: &Entered<'_>, write: impl FnOnce(&mut Self, &Json<'_>)) -> bool {
        if let Some(tree) = entered.tree {
            write(self, tree);
            return true;
        }
        let Ok(tree) = Json::parse(entered.text) else { return false };
        write(self, &tree);
        true
    }

    /// An object within another.
    fn whole(
        &mut self,
        object_type: &str,
        object: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let fields = object.get(object_type).unwrap_or(&Json::Null);
        self.head(object, fields);
        if let Some(part) = part.of_type(object_type) {
            let before = self.way.len();
            self.way.push('.');
            self.way.push_str(object_type);
            self.of(object, |all| all.fields(object_type, fields, part, inside));
            self.way.truncate(before);
        }
    }

    /// An object that links to this one.
    pub(super) fn reverse(
        &mut self,
        (from, marks): (&str, &[Attribute<'_>]),
        columns: &[Column],
        row: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        self.markup.open(from, marks);
        let mut is_whole = false;
        if let Some(entered) = inside.trail.enter_unread(Via::Reverse, row) {
            is_whole = self.read(&entered, |all, whole| {
                // Its fields are named like those of the row.
                let fields = whole.get(from).unwrap_or(&Json::Null);
                all.head(whole, fields);
                all.of(whole, |all| all.fields(from, fields, part, inside));
            });
            inside.trail.back();
        }
        if !is_whole {
            self.plain("_id", row.get("_id"));
            self.plain("_system_object_id", row.get("_system_object_id"));
            self.plain("_version", row.get("_version"));
            self.identity(row, row);
            self.of(row, |all| all.row(columns, row, part, inside));
        }
        self.markup.close(from);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proto::id::RunId;
    use serde_json::{Value, json};
    use source::catalogue::About;

    use super::*;
    use crate::easydb::linked::Linked;
    use crate::easydb::scene::Scene;
    use crate::easydb::shipped::Shipped;
    use crate::easydb::trail::Around;

    /// How deep the elements of an object are that a field of another links to.
    const DEPTH: usize = 4;

    fn about() -> Arc<About> {
        let link = |name: &str| json!({"name": name, "type": "link", "to": "ort"});
        let about: About = serde_json::from_value(json!({
            "languages": ["de-DE"], "all_languages": ["de-DE"], "url": "https://m.example",
            "types": {
                "bild": {"columns": [
                    link("ort"),
                    link("fundort"),
                    {"name": "_nested:bild__ort", "type": "nested", "columns": [link("ort")]},
                    {"name": "_reverse_nested:best:bild", "type": "reverse_nested", "from": "best",
                        "columns": []}]},
                "best": {"columns": [{"name": "text", "type": "text"}]},
                "ort": {"columns": [
                    {"name": "name", "type": "text_oneline"},
                    link("ort"),
                    {"name": "datei", "type": "eas"}]}}}))
        .unwrap();
        Arc::new(about)
    }

    fn name(id: u64) -> Value {
        json!({"_objecttype": "ort", "_system_object_id": id, "ort": {"_id": id * 10}})
    }

    fn bild(id: u64) -> String {
        let bild = json!({
            "_id": id, "ort": name(7), "fundort": name(7),
            "_nested:bild__ort": [{"ort": name(7)}, {"ort": name(6)}, {"ort": name(7)}],
            "_reverse_nested:best:bild": [{"_id": 90, "_system_object_id": 9}]});
        json!({"_objecttype": "bild", "_system_object_id": id, "bild": bild}).to_string()
    }

    /// An object that is not JSON, a place with a character that XML cannot hold, and one that links back.
    fn linked() -> Linked {
        let versions = json!({"small": {"url": "s", "width": 2}, "original": {"url": "o"}});
        let fields = json!({"_id": 70, "name": "Kai\u{1}\nNord", "ort": name(8),
            "datei": [{"_id": 5, "versions": versions}]});
        let ort =
            json!({"_objecttype": "ort", "_system_object_id": 7, "_uuid": "u-7", "ort": fields});
        let best = json!({"_objecttype": "best", "_system_object_id": 9,
            "best": {"_id": 90, "text": "alt"}});
        let texts = [(6, "{".to_owned()), (7, ort.to_string()), (9, best.to_string())];
        Linked {
            texts: texts.into_iter().map(|(id, text)| (id, Arc::from(text))).collect(),
            whole: [(Via::Field, 6), (Via::Field, 7), (Via::Reverse, 9)].into_iter().collect(),
        }
    }

    fn run() -> RunId {
        "00000000-0000-0000-0000-000000000000/1".parse().unwrap()
    }

    /// What is written of two objects, and how many characters were replaced.
    fn written(
        mut standard: Standard<'_>,
        around: &Around<'_>,
        shipped: &Shipped,
        ids: [u64; 2],
    ) -> (String, u64) {
        for id in ids {
            let text = bild(id);
            standard.object(&Json::parse(&text).unwrap(), around, shipped);
        }
        (String::from_utf8(standard.out().clone()).unwrap(), standard.replaced())
    }

    /// The same is written whatever is kept and whoever reads; `is_kept` is whether the place is, and `expected` is
    /// in it.
    fn check(easydb: &Value, shipped: &Shipped, is_kept: bool, expected: &str) {
        let scene = Scene::new(about(), serde_json::from_value(easydb.clone()).unwrap());
        let (linked, leaves) = (linked(), Leaves::default());
        let (read, unread) = (Around::new(&linked, 1), Around::unread(&linked, 1));
        let plain = written(Standard::new(&scene), &read, shipped, [1, 2]);
        let flat: String = plain.0.lines().map(str::trim).collect();
        assert!(flat.contains(expected), "{expected} is not in {}", plain.0);
        for around in [&unread, &read, &unread] {
            let standard = Standard::with_leaves(&scene, &leaves, (run(), 0));
            assert_eq!(written(standard, around, shipped, [1, 2]), plain);
            let origin =
                Origin { text: &linked.texts[&7], object_type: "ort", about: &scene.about };
            let kept = leaves.get(&((run(), 0, 7), DEPTH), &origin);
            assert_eq!(kept.is_some(), is_kept, "{easydb}");
        }
        assert_eq!(written(Standard::new(&scene), &unread, shipped, [1, 2]), plain);
    }

    #[test]
    fn an_object_that_was_written_before_has_the_same_bytes() {
        let flat = "<ort><ort><_id>70</_id><_system_object_id>7</_system_object_id>";
        let fylr = json!({"xml": true, "generation": "fylr"});
        check(&json!({"xml": true}), &Shipped::default(), true, flat);
        check(&fylr, &Shipped::default(), true, "<ort type=\"link\"><ort><_id>70</_id>");
        let scene = Scene::new(about(), serde_json::from_value(json!({"xml": true})).unwrap());
        let (linked, leaves) = (linked(), Leaves::default());
        let around = Around::unread(&linked, 1);
        for _ in 0..2 {
            let standard = Standard::with_leaves(&scene, &leaves, (run(), 0));
            let (xml, replaced) = written(standard, &around, &Shipped::default(), [1, 2]);
            assert_eq!(replaced, 8, "in four places of two objects each");
            assert_eq!(xml.matches("Kai\u{FFFD}\nNord").count(), 8);
        }
    }

    #[test]
    fn an_object_whose_files_go_by_the_way_to_them_is_written_anew_each_time() {
        let told = json!([{"type": "version", "version": "small", "format": "short"}]);
        let easydb = json!({"xml": true, "eas_fields": {"bild.ort.ort.datei": {"data": told}}});
        let mut shipped = Shipped::default();
        shipped.push(5, "small", "files/a.jpg");
        let short = "<version name=\"small\"><url>s</url><deep_link_url>";
        check(&easydb, &shipped, false, short);
    }

    #[test]
    fn a_field_without_files_has_its_own_name_whatever_was_written_before() {
        let easydb = json!({"xml": true,
            "eas_fields": {"bild.ort.ort.name": {"display_name": "Name"}}});
        let scene = Scene::new(about(), serde_json::from_value(easydb).unwrap());
        let (mut linked, leaves) = (linked(), Leaves::default());
        let mut place = name(7);
        place["ort"]["name"] = json!("Kai");
        linked.texts.insert(7, place.to_string().into());
        let (around, shipped) = (Around::new(&linked, 1), Shipped::default());
        let plain = written(Standard::new(&scene), &around, &shipped, [1, 2]);
        assert_eq!(plain.0.matches(">Kai</name>").count(), 8, "{}", plain.0);
        for ids in [[1, 2], [2, 1]] {
            let standard = Standard::with_leaves(&scene, &leaves, (run(), 0));
            let xml = written(standard, &around, &shipped, ids).0;
            assert_eq!(xml.matches(">Kai</name>").count(), 8, "{xml}");
        }
    }

    #[test]
    fn an_object_of_which_not_all_is_wanted_is_written_anew_each_time() {
        let easydb = json!({"xml": true, "fields": {
            "bild.ort.ort.name": {"display_name": "Name"}, "bild.fundort": {}}});
        check(&easydb, &Shipped::default(), true, "<Name type=\"text_oneline\">Kai\u{FFFD}");
    }

    #[test]
    fn an_object_with_another_one_in_it_is_written_anew_each_time() {
        let scene = Scene::new(about(), serde_json::from_value(json!({"xml": true})).unwrap());
        let (mut linked, leaves) = (linked(), Leaves::default());
        let mut tower = name(8);
        tower["ort"]["name"] = json!("Turm");
        linked.texts.insert(8, tower.to_string().into());
        linked.whole.insert((Via::Field, 8));
        let (around, shipped) = (Around::new(&linked, 2), Shipped::default());
        // Within the second object the place does not hold that object once more.
        let plain = written(Standard::new(&scene), &around, &shipped, [1, 8]);
        assert_eq!(plain.0.matches(">Turm</name>").count(), 4, "{}", plain.0);
        for _ in 0..2 {
            let standard = Standard::with_leaves(&scene, &leaves, (run(), 0));
            assert_eq!(written(standard, &around, &shipped, [1, 8]), plain);
        }
    }
}
