//! Files of objects: what is told of them, their versions, and the names of those that go along.

use super::{Inside, Standard};
use crate::easydb::json::Json;
use crate::easydb::shipped::{Told, told};

/// What is told of a file, in this order; what is unknown is empty.
const PROPERTIES: [(&str, &str); 13] = [
    ("eas-id", "_id"),
    ("preferred", "preferred"),
    ("status", "status"),
    ("class", "class"),
    ("extension", "extension"),
    ("name", "name"),
    ("original_filename", "original_filename"),
    ("compiled", "compiled"),
    ("eas_parent_id", "eas_parent_id"),
    ("date_inserted", "date_inserted"),
    ("date_created", "date_created"),
    ("date_uploaded", "date_uploaded"),
    ("filesize", "filesize"),
];

/// What is told of a version before anything else that is known of it.
const VERSION: [&str; 9] = [
    "filesize",
    "height",
    "has_more_jobs",
    "class",
    "width",
    "url",
    "status",
    "extension",
    "aspect_ratio",
];

/// What comes after that, before the link that always opens it.
const LAST: [&str; 3] = ["zoom_url", "download_url", "_download_allowed"];

/// What is told where addresses alone are.
const SHORT: [&str; 2] = ["url", "download_url"];

impl Standard<'_> {
    /// Writes the files of a field.
    pub(super) fn files(&mut self, element: &str, files: &Json<'_>, inside: &Inside<'_, '_>) {
        if files.items().is_empty() {
            return;
        }
        self.markup.open(element, &[]);
        self.markup.open("files", &[]);
        let field = self.easydb().eas_fields.get(&self.way);
        for file in files.items() {
            self.markup.open("file", &[]);
            self.properties(file);
            let told = told(field, file, files);
            self.versions(file, &told, inside);
            self.markup.close("file");
        }
        self.markup.close("files");
        self.markup.close(element);
    }

    /// Writes the files that stand for an object.
    pub(super) fn pictures(&mut self, files: &Json<'_>) {
        self.markup.open("files", &[]);
        for file in files.items() {
            self.markup.open("file", &[]);
            self.properties(file);
            self.markup.open("versions", &[]);
            for told in told(None, file, files) {
                self.version(&told, None);
            }
            self.markup.close("versions");
            self.markup.close("file");
        }
        self.markup.close("files");
    }

    fn properties(&mut self, file: &Json<'_>) {
        for (element, key) in PROPERTIES {
            let text = file.get(key).and_then(Json::text).unwrap_or_default();
            self.markup.leaf(element, &[], text);
        }
        let Some(technical) = file.get("technical_metadata") else {
            return self.markup.leaf("technical_metadata", &[], "");
        };
        self.markup.open("technical_metadata", &[]);
        self.technical(technical);
        self.markup.close("technical_metadata");
    }

    fn technical(&mut self, values: &Json<'_>) {
        for (key, value) in values.entries() {
            if let Some(text) = value.text() {
                self.markup.leaf(key, &[], text);
            } else if !value.entries().is_empty() {
                self.markup.open(key, &[]);
                self.technical(value);
                self.markup.close(key);
            } else {
                for item in value.items().iter().filter_map(Json::text) {
                    self.markup.leaf(key, &[], item);
                }
            }
        }
    }

    fn versions(&mut self, file: &Json<'_>, told: &[Told<'_>], inside: &Inside<'_, '_>) {
        let id = file.get("_id").and_then(Json::number).unwrap_or_default();
        let shipped = inside.shipped.of(id);
        self.markup.open("versions", &[]);
        for version in told {
            let names = shipped.clone().filter(|one| one.version == version.name);
            self.version(version, Some(id));
            for one in names {
                self.markup.leaf("_relative_filename", &[], &one.name);
            }
            self.markup.close("version");
        }
        // Those of which nothing else is told.
        for one in shipped.filter(|one| told.iter().all(|told| told.name != one.version)) {
            self.markup.open("version", &[("name", &one.version)]);
            self.markup.leaf("_relative_filename", &[], &one.name);
            self.markup.close("version");
        }
        self.markup.close("versions");
    }

    /// Writes a version; where it is one of an object's file, its element is left open.
    fn version(&mut self, told: &Told<'_>, of: Option<u64>) {
        self.markup.open("version", &[("name", told.name)]);
        let version = told.version;
        let known: &[&str] = if told.is_short { &SHORT } else { &VERSION };
        for key in known {
            self.plain(key, version.get(key));
        }
        if !told.is_short {
            let is_other = |key: &str| !VERSION.contains(&key) && !LAST.contains(&key);
            for (key, value) in version.entries() {
                if is_other(key) && key != "deep_link_url" {
                    self.plain(key, Some(value));
                }
            }
            for key in LAST {
                self.plain(key, version.get(key));
            }
        }
        let url = self.scene.about.url.trim_end_matches('/');
        match (version.text_of("deep_link_url"), of) {
            (Some(link), _) => self.markup.leaf("deep_link_url", &[], link),
            (None, Some(id)) if !url.is_empty() && !self.uuid.is_empty() => {
                let uuid = &self.uuid;
                let link = format!(
                    "{url}/api/v1/objects/uuid/{uuid}/file/id/{id}/file_version/name/{}/disposition/inline",
                    told.name
                );
                self.markup.leaf("deep_link_url", &[], &link);
            }
            (None, _) => {}
        }
        if of.is_none() {
            self.markup.close("version");
        }
    }
}
