//! What an object is, besides its fields: its numbers, names, parents, pool, tags and addresses.

use super::Standard;
use crate::easydb::json::Json;
use crate::easydb::lineage::lineage;

impl Standard<'_> {
    /// What an object within another begins with.
    pub(super) fn head(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        self.numbers(object, fields);
        self.identity(object, fields);
        self.names(object);
    }

    pub(super) fn numbers(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        self.plain("_id", fields.get("_id"));
        self.plain("_system_object_id", object.get("_system_object_id"));
        self.plain("_version", fields.get("_version"));
        self.parents(object, fields);
        if self.scene.is_fylr() {
            self.other_parents(object, fields);
        }
    }

    pub(super) fn identity(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        self.plain("_uuid", object.get("_uuid"));
        self.plain("_objecttype", object.get("_objecttype"));
        self.plain("_global_object_id", object.get("_global_object_id"));
        let Some(pool) = fields.at(&["_pool", "pool"]) else { return };
        if self.scene.is_fylr() {
            return self.pool_of_fylr(pool);
        }
        let id = pool.get("_id").and_then(Json::text).unwrap_or_default();
        let names = pool.get("name").map(|name| self.scene.texts(name)).unwrap_or_default();
        if names.is_empty() {
            self.markup.leaf("pool", &[("id", id)], "");
        } else {
            self.markup.texts("pool", &[("id", id)], names);
        }
    }

    pub(super) fn names(&mut self, object: &Json<'_>) {
        for (level, element) in [("1", "_standard"), ("2", "_standard-2"), ("3", "_standard-3")] {
            let names = self.scene.standard(object, level);
            self.markup.texts(element, &[], names);
        }
        if let Some(files) = object.at(&["_standard", "eas", "1"])
            && !files.items().is_empty()
        {
            self.markup.open("_standard-eas", &[]);
            self.pictures(files);
            self.markup.close("_standard-eas");
        }
    }

    /// The objects above this one, the uppermost first, and itself last.
    fn parents(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        self.plain("_id_parent", fields.get("_id_parent"));
        let path = lineage(object);
        if path.len() < 2 {
            return;
        }
        let own = object.text_of("_objecttype").unwrap_or("object");
        self.path(own, &path);
    }

    /// Objects of a hierarchy, the uppermost first.
    pub(super) fn path(&mut self, own: &str, path: &[&Json<'_>]) {
        self.markup.open("_path", &[]);
        for (level, one) in path.iter().enumerate() {
            let object_type = one.text_of("_objecttype").unwrap_or(own);
            let (level, distance) = (level.to_string(), (path.len() - 1 - level).to_string());
            self.markup.open(object_type, &[("level", &level), ("parent-level", &distance)]);
            self.parent(object_type, one);
            self.markup.close(object_type);
        }
        self.markup.close("_path");
    }

    /// What is told of an object above another.
    pub(super) fn parent(&mut self, object_type: &str, one: &Json<'_>) {
        self.plain("_system_object_id", one.get("_system_object_id"));
        self.plain("_global_object_id", one.get("_global_object_id"));
        self.plain("_uuid", one.get("_uuid"));
        self.plain("_id", one.at(&[object_type, "_id"]));
        self.markup.leaf("_objecttype", &[], object_type);
        let names = self.scene.standard(one, "1");
        self.markup.texts("_standard", &[], names);
    }

    pub(super) fn tags(&mut self, object: &Json<'_>) {
        if self.scene.is_fylr() {
            return self.tags_of_fylr(object);
        }
        self.listed("tags", object.get("_tags"), |all, id| {
            all.markup.open("tag", &[("id", id)]);
            let known = all.scene.tag_names(id).into_iter().flatten();
            let names = known.filter(|(_, name)| !name.is_empty());
            all.markup.texts("name", &[], names.map(|(tag, name)| (tag.as_str(), name)));
            all.markup.close("tag");
        });
    }

    pub(super) fn collections(&mut self, object: &Json<'_>) {
        self.listed("collections", object.get("_collections"), |all, id| {
            all.markup.leaf("collection", &[("id", id)], "");
        });
    }

    /// An element with one for each thing in a list, by its number; an empty one where there is none.
    fn listed(&mut self, element: &str, list: Option<&Json<'_>>, one: impl Fn(&mut Self, &str)) {
        let list = list.map(Json::items).unwrap_or_default();
        if list.is_empty() {
            return self.markup.leaf(element, &[], "");
        }
        self.markup.open(element, &[]);
        for item in list {
            one(self, item.get("_id").and_then(Json::text).unwrap_or_default());
        }
        self.markup.close(element);
    }

    pub(super) fn owner(&mut self, object: &Json<'_>) {
        let Some(owner) = object.get("_owner") else { return };
        let kind = owner.text_of("_basetype").unwrap_or("user");
        let Some(whoever) = owner.get(kind) else { return };
        self.markup.open("owner", &[("type", kind)]);
        self.plain("id", whoever.get("_id"));
        let name = whoever.get("_generated_displayname").or_else(|| whoever.get("displayname"));
        let scene = self.scene;
        let known = || {
            let id = whoever.get("_id").and_then(Json::number).filter(|_| kind == "user")?;
            scene.user_names.get(&id).map(String::as_str)
        };
        if let Some(name) = name.and_then(Json::text).filter(|name| !name.is_empty()).or_else(known)
        {
            self.markup.leaf("displayname", &[], name);
        }
        self.markup.close("owner");
    }

    pub(super) fn addresses(&mut self, object: &Json<'_>) {
        let url = self.scene.about.url.trim_end_matches('/');
        if url.is_empty() {
            return;
        }
        self.markup.open("_urls", &[]);
        if let Some(uuid) = object.text_of("_uuid") {
            let address = format!("{url}/api/v1/objects/uuid/{uuid}");
            self.markup.leaf("url", &[("type", "deep-link")], &address);
        }
        if let Some(id) = object.id() {
            let address = format!("{url}/detail/{id}");
            self.markup.leaf("url", &[("type", "easydb-id")], &address);
        }
        self.markup.close("_urls");
    }
}
