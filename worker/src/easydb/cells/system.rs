//! The columns that every object has: what it is, what it is called, and its parents.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proto::definition::{Changelog, EasydbHierarchy, Generation};
use source::page::Kind;

use super::Cells;
use crate::easydb::json::Json;
use crate::easydb::lineage::lineage;

/// The columns of easydb 5, in their order.
const OF_EASYDB: [&str; 15] = [
    "_system_object_id",
    "_global_object_id",
    "_uuid",
    "_id",
    "_id_parent",
    "_version",
    "_objecttype",
    "_mask",
    "_created",
    "_last_modified",
    "_exported_at",
    "_tags",
    "_pool",
    "_standard",
    "_changelog",
];

/// Those of fylr.
const OF_FYLR: [&str; 16] = [
    "_system_object_id",
    "_global_object_id",
    "_uuid",
    "_id",
    "_id_parent",
    "_version",
    "_created",
    "_last_modified",
    "_exported_at",
    "_objecttype",
    "_mask",
    "_format",
    "_tags",
    "_pool",
    "_standard",
    "_changelog",
];

impl<'s> Cells<'s> {
    pub(super) fn system(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        let columns: &[&str] = match self.style.generation {
            Generation::Easydb => &OF_EASYDB,
            Generation::Fylr => &OF_FYLR,
        };
        for (rank, key) in (0..).zip(columns) {
            match *key {
                "_standard" => self.standard(rank, object),
                "_changelog" if self.style.changelog.is_none() => {}
                key => self.within(rank, key, |cells| cells.system_cell(key, object, fields)),
            }
        }
    }

    fn system_cell(&mut self, key: &str, object: &Json<'_>, fields: &Json<'_>) {
        match key {
            "_id" | "_id_parent" | "_version" => self.plain(fields.get(key)),
            "_exported_at" => self.put(Kind::Text, self.scene.exported_at.clone()),
            "_format" => self.text("export"),
            "_tags" => {
                let tags = object.get("_tags").map(Json::items).unwrap_or_default();
                let names: Vec<&str> = tags.iter().filter_map(|tag| self.tag(tag)).collect();
                self.text(&names.join("\n"));
            }
            "_pool" => self.texts(fields.at(&["_pool", "pool", "name"])),
            "_changelog" => {
                let changes = self.style.changelog.map(|changelog| changes(object, changelog));
                self.text(&changes.unwrap_or_default());
            }
            _ => self.plain(object.get(key)),
        }
    }

    /// What a tag is called by people, in the first language, or by programs; its number where it is not.
    fn tag<'t>(&self, tag: &'t Json<'_>) -> Option<&'t str>
    where
        's: 't,
    {
        let (scene, id) = (self.scene, tag.get("_id")?.text()?);
        let name = match self.style.generation {
            Generation::Easydb => scene.tag_names(id).and_then(|names| scene.display(names)),
            Generation::Fylr => scene.tag_reference(id),
        };
        Some(name.unwrap_or(id))
    }

    /// What an object is called, and its parents where that is asked for.
    pub(super) fn standard(&mut self, rank: u32, object: &Json<'_>) {
        let scene = self.scene;
        let mut path = lineage(object);
        let join = match self.style.hierarchy {
            None => {
                path.drain(..path.len() - 1);
                None
            }
            Some(EasydbHierarchy::Column) => None,
            Some(EasydbHierarchy::Slash) => Some(" / "),
            Some(EasydbHierarchy::Arrow) => Some(" > "),
        };
        let mut names: BTreeMap<u32, Vec<Named<'_>>> = BTreeMap::new();
        for (level, one) in (0..).zip(&path) {
            for (tag, text) in scene.standard(one, "1") {
                let language = self.language(tag);
                names.entry(language).or_default().push((level, tag, text));
            }
        }
        let found: Vec<&str> = names.values().flatten().map(|(_, tag, _)| *tag).collect();
        self.within(rank, "_standard", |cells| {
            cells.no_names(&found);
            for (language, texts) in names {
                let tag = texts.first().map_or("", |(_, tag, _)| tag);
                cells.within(language, tag, |cells| match (cells.style.hierarchy, join) {
                    (_, Some(join)) => {
                        let texts: Vec<&str> = texts.iter().map(|(_, _, text)| &**text).collect();
                        cells.text(&texts.join(join));
                    }
                    (Some(_), None) => {
                        for (level, _, text) in &texts {
                            let number = level.to_string();
                            cells.within(*level, &number, |cells| cells.text(text));
                        }
                    }
                    (None, None) => {
                        if let Some((_, _, text)) = texts.last() {
                            cells.text(text);
                        }
                    }
                });
            }
        });
    }

    /// Columns for the languages that an object has no name in, where those without a value stay. Of levels nobody
    /// knows how many there are.
    pub(super) fn no_names(&mut self, found: &[&str]) {
        if self.style.hierarchy != Some(EasydbHierarchy::Column) {
            self.no_texts(found);
        }
    }

    /// Where a language stands.
    pub(super) fn language(&self, tag: &str) -> u32 {
        let about = &self.scene.about;
        let place = about.languages.iter().chain(&about.all_languages).position(|one| one == tag);
        place.map_or(u32::MAX, |place| u32::try_from(place).unwrap_or(u32::MAX))
    }
}

/// What an object on a path is called: its level, and a language with the name in it.
type Named<'n> = (u32, &'n str, Cow<'n, str>);

/// The changes of an object, a line each: when, what was done, and by whom where that is wanted.
fn changes(object: &Json<'_>, changelog: Changelog) -> String {
    let all = object.get("_changelog").map(Json::items).unwrap_or_default();
    let line = |change: &Json<'_>| {
        let when = ["time", "date", "timestamp"].iter().find_map(|key| change.text_of(key));
        let user = match changelog {
            Changelog::Users => change.get("user").and_then(name_of_user),
            Changelog::Changes => None,
        };
        let parts = [when, change.text_of("operation"), user];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What a user is called, by their name, their login or their number.
fn name_of_user<'u>(user: &'u Json<'_>) -> Option<&'u str> {
    let user = user.get("user").unwrap_or(user);
    let names = ["_generated_displayname", "displayname", "login", "_id"];
    user.text().or_else(|| names.iter().find_map(|key| user.text_of(key)))
}
