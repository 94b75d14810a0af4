//! What an object is in fylr's form, where that tells more than easydb's: other parents, its pool and its tags.

use super::Standard;
use crate::easydb::json::Json;

impl Standard<'_> {
    /// What a hierarchy tells of an object besides its path: an object may have several parents there.
    pub(super) fn other_parents(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        let own = object.text_of("_objecttype").unwrap_or("object");
        self.plain("_system_object_id_parent", object.get("_system_object_id_parent"));
        self.plain("_parent_child_idx", fields.get("_parent_child_idx"));
        let paths = object.get("_paths").map(Json::items).unwrap_or_default();
        if !paths.is_empty() {
            self.markup.open("_paths", &[]);
            for path in paths {
                let path: Vec<&Json<'_>> = path.items().iter().collect();
                self.path(own, &path);
            }
            self.markup.close("_paths");
        }
        let parents = fields.get("_parents").map(Json::items).unwrap_or_default();
        if !parents.is_empty() {
            self.markup.open("_parents", &[]);
            for parent in parents {
                let object_type = parent.text_of("_objecttype").unwrap_or(own);
                self.markup.open(object_type, &[]);
                self.parent(object_type, parent);
                self.markup.close(object_type);
            }
            self.markup.close("_parents");
        }
    }

    pub(super) fn pool_of_fylr(&mut self, pool: &Json<'_>) {
        let id = pool.get("_id").and_then(Json::text).unwrap_or_default();
        self.markup.open("_pool", &[("id", id)]);
        let names = pool.get("name").map(|name| self.scene.texts(name)).unwrap_or_default();
        self.markup.texts("name", &[], names);
        self.plain("reference", pool.get("reference"));
        self.markup.close("_pool");
    }

    /// The tags of an object: what it tells of them, or else the catalogue.
    pub(super) fn tags_of_fylr(&mut self, object: &Json<'_>) {
        let tags = object.get("_tags").map(Json::items).unwrap_or_default();
        if tags.is_empty() {
            return self.markup.leaf("_tags", &[], "");
        }
        let scene = self.scene;
        self.markup.open("_tags", &[]);
        for tag in tags {
            let id = tag.get("_id").and_then(Json::text).unwrap_or_default();
            self.markup.open("tag", &[("id", id)]);
            if let Some(own) = tag.get("displayname") {
                self.markup.texts("displayname", &[], scene.texts(own));
            } else {
                let names = scene.tag_names(id).into_iter().flatten();
                let names = names.filter(|(_, name)| !name.is_empty());
                let names = names.map(|(language, name)| (language.as_str(), name));
                self.markup.texts("displayname", &[], names);
            }
            let reference = tag.text_of("reference").or_else(|| scene.tag_reference(id));
            self.markup.leaf("reference", &[], reference.unwrap_or_default());
            let shortname = tag.text_of("shortname").unwrap_or_default();
            self.markup.leaf("shortname", &[], shortname);
            self.markup.close("tag");
        }
        self.markup.close("_tags");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};
    use std::sync::Arc;

    use serde_json::{Value, json};
    use source::catalogue::About;

    use super::*;
    use crate::easydb::linked::Linked;
    use crate::easydb::scene::Scene;
    use crate::easydb::shipped::Shipped;
    use crate::easydb::trail::Around;

    fn about() -> Arc<About> {
        let column =
            |name: &str, kind: &str, id: u64| json!({"name": name, "type": kind, "id": id});
        let about: About = serde_json::from_value(json!({
            "languages": ["de-DE"], "all_languages": ["de-DE"],
            "tags": {"3": {"de-DE": "Rot"}, "4": {"de-DE": "Blau"}}, "tag_references": {"3": "red"},
            "types": {"bild": {"columns": [
                column("titel", "text_oneline", 29),
                column("preis", "integer.2", 12),
                {"name": "ort", "type": "link", "to": "ort", "id": 17},
                {"name": "lage", "type": "custom", "kind": "geo_json", "id": 2},
                column("datei", "eas", 204),
                {"name": "_nested:bild__wort", "type": "nested", "columns": [
                    column("text", "text", 8)]},
                {"name": "_reverse_nested:bild:_id_parent", "type": "reverse_nested", "from": "bild",
                    "columns": [], "id": 26}]}}}))
        .unwrap();
        Arc::new(about)
    }

    /// What is written of an object with these fields, and with these keys besides.
    fn written(fields: &Value, besides: &Value, shipped: &Shipped) -> String {
        let easydb = serde_json::from_value(json!({"xml": true, "generation": "fylr"})).unwrap();
        let scene = Scene::new(about(), easydb);
        let mut object = json!({"_objecttype": "bild", "_system_object_id": 7, "bild": fields});
        object.as_object_mut().unwrap().extend(besides.as_object().unwrap().clone());
        let text = object.to_string();
        let linked = Linked { texts: HashMap::new(), whole: HashSet::new() };
        let around = Around::new(&linked, 0);
        let mut standard = Standard::new(&scene);
        standard.object(&Json::parse(&text).unwrap(), &around, shipped);
        String::from_utf8(standard.out().clone()).unwrap()
    }

    fn check(fields: &Value, expected: &[&str]) {
        let written = written(fields, &json!({}), &Shipped::default());
        let flat: String = written.lines().map(str::trim).collect();
        for expected in expected {
            assert!(flat.contains(expected), "{expected} is not in {written}");
        }
    }

    #[test]
    fn fields_tell_what_they_hold_and_which_column_they_are() {
        check(
            &json!({"titel": "Kai", "preis": 567, "lage": {"type": "Point", "coordinates": [6.8, 4]}}),
            &[
                "<titel type=\"text_oneline\" column-api-id=\"29\">Kai</titel>",
                "<preis type=\"integer.2\" column-api-id=\"12\">5.67</preis>",
                "<lage type=\"geo_json\" column-api-id=\"2\">{",
                "\"coordinates\":[6.8,4]",
            ],
        );
        check(
            &json!({"ort": {"_objecttype": "ort", "_system_object_id": 9, "ort": {"_id": 1}}}),
            &["<ort type=\"link\" column-api-id=\"17\"><ort><_id>1</_id>"],
        );
        check(
            &json!({"_nested:bild__wort": [{"text": "x"}],
                "_reverse_nested:bild:_id_parent": [{"_id": 5, "_system_object_id": 55}]}),
            &[
                "<_nested__bild__wort><bild__wort><text type=\"text\" column-api-id=\"8\">x</text>",
                "<_reverse_nested__bild___id_parent type=\"reverse_hierarchical\" column-api-id=\"26\">\
                 <bild type=\"reverse_hierarchical\" column-api-id=\"26\"><_id>5</_id>",
            ],
        );
    }

    #[test]
    fn pools_tags_and_parents_are_told_whole() {
        let pool =
            json!({"pool": {"_id": 2, "name": {"de-DE": "Alle"}, "reference": "system:standard"}});
        check(
            &json!({"_pool": pool, "_parent_child_idx": 0,
                "_parents": [{"_objecttype": "bild", "_system_object_id": 6, "bild": {"_id": 1}}]}),
            &[
                "<_pool id=\"2\"><name><de-DE>Alle</de-DE></name><reference>system:standard</reference></_pool>",
                "<_parent_child_idx>0</_parent_child_idx>",
                "<_parents><bild><_system_object_id>6</_system_object_id><_id>1</_id>",
            ],
        );
        let path = json!([{"_objecttype": "bild", "_system_object_id": 6, "bild": {"_id": 1}}]);
        let besides = json!({"_system_object_id_parent": 6, "_paths": [path],
            "_tags": [{"_id": 3}, {"_id": 4}, {"_id": 5, "displayname": {"de-DE": "Neu"}, "reference": "new"}]});
        let written = written(&json!({}), &besides, &Shipped::default());
        let flat: String = written.lines().map(str::trim).collect();
        for expected in [
            "<_system_object_id_parent>6</_system_object_id_parent>",
            "<_paths><_path><bild level=\"0\" parent-level=\"0\">",
            "<_tags><tag id=\"3\"><displayname><de-DE>Rot</de-DE></displayname>\
             <reference>red</reference><shortname/></tag>\
             <tag id=\"4\"><displayname><de-DE>Blau</de-DE></displayname><reference/><shortname/></tag>\
             <tag id=\"5\"><displayname><de-DE>Neu</de-DE></displayname><reference>new</reference>",
        ] {
            assert!(flat.contains(expected), "{expected} is not in {written}");
        }
    }

    #[test]
    fn a_version_of_a_file_has_a_path_where_it_goes_along_and_else_an_address() {
        let version = |name: &str| json!({"url": format!("https://m.example/{name}"), "width": 9});
        let files = json!([{"_id": 10, "class_extension": "image.jpg",
            "technical_metadata": {"width": 9, "aspect_ratio": 1.5, "format": "square"},
            "versions": {"original": version("original"), "small": version("small")}}]);
        let mut shipped = Shipped::default();
        shipped.push(10, "original", "files/berlin.jpg");
        let written = written(&json!({"datei": files}), &json!({}), &shipped);
        let flat: String = written.lines().map(str::trim).collect();
        for expected in [
            "<datei type=\"files\" column-api-id=\"204\"><files><file><eas-id>10</eas-id>",
            "<class_extension>image.jpg</class_extension>",
            "<width type=\"int\">9</width>",
            "<aspect_ratio type=\"float64\">1.5</aspect_ratio>",
            "<format type=\"string\">square</format>",
            "<version name=\"original\"><width>9</width><path>files/berlin.jpg</path></version>",
            "<url>https://m.example/small</url></version>",
        ] {
            assert!(flat.contains(expected), "{expected} is not in {written}");
        }
    }
}
