//! Files of objects: what is told of them, their versions, and the names of those that go along.

use super::{Inside, Standard, typed};
use crate::easydb::json::Json;
use crate::easydb::shipped::{Told, told};

/// The addresses of a version, which those that go along need not have.
const ADDRESSES: [&str; 2] = ["url", "download_url"];

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
    pub(super) fn files(
        &mut self,
        (element, id): (&str, &str),
        files: &Json<'_>,
        inside: &Inside<'_, '_>,
    ) {
        if files.items().is_empty() {
            return;
        }
        // What is told of them goes by the way to them, and so does which of them go along.
        self.is_of_place |= !self.easydb().eas_fields.is_empty();
        let typed = typed("files", id);
        self.markup.open(element, self.marked(&typed));
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
                self.version(&told, None, &[]);
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
        if self.scene.is_fylr() {
            self.plain("class_extension", file.get("class_extension"));
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
                let typed = [("type", kind_of(value))];
                let attributes = if self.scene.is_fylr() { &typed[..] } else { &[] };
                self.markup.leaf(key, attributes, text);
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
        let is_fylr = self.scene.is_fylr();
        let name = if is_fylr { "path" } else { "_relative_filename" };
        self.markup.open("versions", &[]);
        for version in told {
            let mut names = shipped.clone().filter(|one| one.version == version.name).peekable();
            let goes_along = is_fylr && names.peek().is_some();
            self.version(version, Some(id), if goes_along { &ADDRESSES } else { &[] });
            for one in names {
                self.markup.leaf(name, &[], &one.name);
            }
            self.markup.close("version");
        }
        // Those of which nothing else is told.
        for one in shipped.filter(|one| told.iter().all(|told| told.name != one.version)) {
            self.markup.open("version", &[("name", &one.version)]);
            self.markup.leaf(name, &[], &one.name);
            self.markup.close("version");
        }
        self.markup.close("versions");
    }

    /// Writes a version without what is not to be told; where it is one of an object's file, its element is left
    /// open.
    fn version(&mut self, told: &Told<'_>, of: Option<u64>, without: &[&str]) {
        self.markup.open("version", &[("name", told.name)]);
        let version = told.version;
        let known: &[&str] = if told.is_short { &SHORT } else { &VERSION };
        for key in known.iter().filter(|key| !without.contains(key)) {
            self.plain(key, version.get(key));
        }
        if !told.is_short {
            let is_other = |key: &str| !VERSION.contains(&key) && !LAST.contains(&key);
            for (key, value) in version.entries() {
                if is_other(key) && key != "deep_link_url" {
                    self.plain(key, Some(value));
                }
            }
            for key in LAST.iter().filter(|key| !without.contains(key)) {
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

/// What a technical value is, as fylr calls it.
fn kind_of(value: &Json<'_>) -> &'static str {
    match value {
        Json::Number(number) if number.contains(['.', 'e', 'E']) => "float64",
        Json::Number(_) => "int",
        Json::Bool(_) => "bool",
        Json::Null | Json::Text(_) | Json::List(_) | Json::Object(_) => "string",
    }
}
