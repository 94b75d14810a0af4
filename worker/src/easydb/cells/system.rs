//! The columns that every object has: what it is, what it is called, and its parents.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proto::definition::{Changelog, Easydb, EasydbHierarchy};
use source::page::Kind;

use super::Cells;
use crate::easydb::json::Json;
use crate::easydb::lineage::lineage;

impl<'s> Cells<'s> {
    pub(super) fn system(&mut self, object: &Json<'_>, fields: &Json<'_>) {
        for (rank, key, of) in [
            (0, "_system_object_id", object),
            (1, "_global_object_id", object),
            (2, "_uuid", object),
            (3, "_id", fields),
            (4, "_id_parent", fields),
            (5, "_version", fields),
            (6, "_objecttype", object),
            (7, "_mask", object),
            (8, "_created", object),
            (9, "_last_modified", object),
        ] {
            self.within(rank, key, |cells| cells.plain(of.get(key)));
        }
        self.exported_at(10);
        self.within(11, "_tags", |cells| {
            let tags = object.get("_tags").map(Json::items).unwrap_or_default();
            let names: Vec<&str> = tags.iter().filter_map(|tag| cells.tag(tag)).collect();
            cells.text(&names.join("\n"));
        });
        self.pool(12, fields);
        self.standard(13, object);
        self.changelog(14, object);
    }

    pub(super) fn exported_at(&mut self, rank: u32) {
        let exported_at = self.scene.exported_at.clone();
        self.within(rank, "_exported_at", |cells| cells.put(Kind::Text, exported_at));
    }

    pub(super) fn pool(&mut self, rank: u32, fields: &Json<'_>) {
        self.within(rank, "_pool", |cells| {
            cells.texts(fields.at(&["_pool", "pool", "name"]));
        });
    }

    pub(super) fn changelog(&mut self, rank: u32, object: &Json<'_>) {
        if let Some(changelog) = self.style.changelog {
            let changes = changes(object, changelog);
            self.within(rank, Easydb::CHANGELOG, |cells| cells.text(&changes));
        }
    }

    /// The name of a tag in the first language; its number where it has none.
    fn tag<'t>(&self, tag: &'t Json<'_>) -> Option<&'t str>
    where
        's: 't,
    {
        let id = tag.get("_id")?.text()?;
        let names = self.scene.tag_names(id);
        Some(names.and_then(|names| self.scene.display(names)).unwrap_or(id))
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
    let all = object.get(Easydb::CHANGELOG).map(Json::items).unwrap_or_default();
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
