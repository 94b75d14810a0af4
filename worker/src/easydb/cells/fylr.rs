//! The columns that every object has in fylr's tables, in its order, and those that easydb's have not: what form the
//! object is in, and where it is in its hierarchy.

use super::Cells;
use crate::easydb::json::Json;
use crate::easydb::lineage::lineage;

impl<'s> Cells<'s> {
    pub(super) fn system_of_fylr(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        for (rank, key, of) in [
            (0, "_system_object_id", object),
            (1, "_id", fields),
            (2, "_id_parent", fields),
            (3, "_version", fields),
            (4, "_created", object),
            (5, "_last_modified", object),
            (7, "_objecttype", object),
            (8, "_mask", object),
            (11, "_global_object_id", object),
            (12, "_uuid", object),
        ] {
            self.within(rank, key, |cells| cells.plain(of.get(key)));
        }
        self.exported_at(6);
        self.within(9, "_format", |cells| cells.text("export"));
        self.within(10, "_tags", |cells| {
            let tags = object.get("_tags").map(Json::items).unwrap_or_default();
            let names: Vec<&str> = tags.iter().filter_map(|tag| cells.tag_of_fylr(tag)).collect();
            cells.text(&names.join("\n"));
        });
        self.pool(13, fields);
        self.standard(14, object);
        self.hierarchy(object);
        self.changelog(17, object);
    }

    /// What a tag is referred to by; its number where it is by none.
    fn tag_of_fylr<'t>(&self, tag: &'t Json<'_>) -> Option<&'t str>
    where
        's: 't,
    {
        let id = tag.get("_id")?.text()?;
        let scene = self.scene;
        Some(tag.text_of("reference").or_else(|| scene.tag_reference(id)).unwrap_or(id))
    }

    /// The way to an object from the uppermost one, by their numbers, and what the one above it is called; nothing
    /// of one that has none above it.
    fn hierarchy(&mut self, object: &Json<'_>) {
        let (scene, path) = (self.scene, lineage(object));
        let Some(parent) = path.len().checked_sub(2).and_then(|place| path.get(place)) else {
            return;
        };
        let numbers = path.iter().map(|one| one.text_of("_system_object_id").unwrap_or_default());
        let numbers = numbers.collect::<Vec<_>>().join("/");
        self.within(15, "_path", |cells| cells.text(&numbers));
        self.within(16, "_standard_parent", |cells| {
            for (tag, text) in scene.standard(parent, "1") {
                cells.within(cells.language(tag), tag, |cells| cells.text(&text));
            }
        });
    }

    /// Where else a file is to be seen, as far as the catalogue tells.
    pub(super) fn other_addresses(&mut self, file: &Json<'_>) {
        for (rank, key) in [(900, "iiif_url"), (901, "deep_link_url")] {
            let original = || file.at(&["versions", "original"])?.text_of(key);
            if let Some(url) = file.text_of(key).or_else(original) {
                self.within(rank, key, |cells| cells.text(url));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};
    use std::sync::Arc;

    use proto::definition::{Changelog, Generation};
    use serde_json::json;
    use source::catalogue::About;

    use super::*;
    use crate::easydb::cells::{Names, Style};
    use crate::easydb::linked::Linked;
    use crate::easydb::scene::Scene;
    use crate::easydb::shipped::Shipped;
    use crate::easydb::table::Empty;
    use crate::easydb::trail::Around;

    #[test]
    fn the_columns_of_every_object_stand_as_fylr_has_them() {
        let about: About = serde_json::from_value(json!({"languages": ["de-DE"],
            "all_languages": ["de-DE"], "tag_references": {"3": "red"}, "tags": {"4": {"de-DE": "Blau"}}}))
        .unwrap();
        let easydb =
            serde_json::from_value(json!({"exported_at": "2026-03-05T09:07:00Z"})).unwrap();
        let scene = Scene::new(Arc::new(about), easydb);
        let (generation, system) = (Generation::Fylr, Generation::Fylr);
        let changelog = Some(Changelog::Changes);
        let (names, empty) = (Names::Own, Empty::Dropped);
        let style = Style { generation, system, hierarchy: None, names, changelog, empty };
        let object = json!({"_objecttype": "ort", "_system_object_id": 9, "_mask": "m", "_uuid": "u",
            "_standard": {"1": {"text": {"de-DE": "Kai"}}}, "_tags": [{"_id": 3}, {"_id": 4}],
            "_path": [{"_system_object_id": 7, "_standard": {"1": {"text": {"de-DE": "Hafen"}}}}],
            "_changelog": [{"time": "2026-01-01", "operation": "INSERT"}],
            "ort": {"_id": 2, "_version": 1, "datei": [{"_id": 5, "iiif_url": "https://i.example/5",
                "versions": {"original": {"deep_link_url": "https://d.example/5"}}}]}});
        let text = object.to_string();
        let linked = Linked { texts: HashMap::new(), whole: HashSet::new() };
        let around = Around::new(&linked, 0);
        let mut cells = Cells::new(&scene, style);
        let mut cells = cells.object(&Json::parse(&text).unwrap(), &around, &Shipped::default());
        cells.sort_by(|((one, _), _), ((other, _), _)| one.cmp(other));
        let told: Vec<(&str, &str)> = cells
            .iter()
            .filter(|(_, cell)| !cell.text.is_empty())
            .map(|((_, name), cell)| (name.as_str(), cell.text.as_str()))
            .collect();
        let system = [
            ("_system_object_id", "9"),
            ("_id", "2"),
            ("_version", "1"),
            ("_exported_at", "2026-03-05T09:07:00+00:00"),
            ("_objecttype", "ort"),
            ("_mask", "m"),
            ("_format", "export"),
            ("_tags", "red\n4"),
            ("_uuid", "u"),
            ("_standard.de-DE", "Kai"),
            ("_path", "7/9"),
            ("_standard_parent.de-DE", "Hafen"),
            ("_changelog", "2026-01-01 INSERT"),
        ];
        assert_eq!(told[..system.len()], system);
        for address in [
            ("datei[0].iiif_url", "https://i.example/5"),
            ("datei[0].deep_link_url", "https://d.example/5"),
        ] {
            assert!(told.contains(&address), "{told:?}");
        }
    }
}
