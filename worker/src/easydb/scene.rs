//! What holds for all objects of a batch: the catalogue, its languages, what is wanted, and when.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::definition::{Easydb, Generation, Merge};
use source::catalogue::{About, Column, ColumnKind, Localised, UserNames};

use super::json::Json;
use super::selection::{Part, Selection};
use super::standard_texts::StandardTexts;

/// What all renderers of a batch go by.
pub(super) struct Scene {
    pub(super) about: Arc<About>,
    /// For owners whose names objects do not tell.
    pub(super) user_names: Arc<UserNames>,
    pub(super) easydb: Easydb,
    /// When the export was made, with its offset.
    pub(super) exported_at: String,
    pub(super) languages: Vec<String>,
    /// What the catalogue says of the texts in pictures.
    pub(super) texts_in_pictures: StandardTexts,
    selection: Option<Selection>,
    /// The beginnings of the ways to fields whose files go along.
    file_ways: HashSet<String>,
    /// The ways to fields that hold hundredths, as objects name them.
    hundredths: HashSet<String>,
}

impl Scene {
    pub(super) fn new(about: Arc<About>, easydb: Easydb) -> Self {
        let languages = if easydb.all_languages || about.languages.is_empty() {
            about.all_languages.clone()
        } else {
            about.languages.clone()
        };
        let at = easydb.exported_at.unwrap_or(Timestamp::UNIX_EPOCH);
        // Definitions are checked before they are planned.
        let zone = easydb.zone().unwrap_or(TimeZone::UTC);
        let exported_at = at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let selection = easydb.fields.as_ref().map(Selection::new);
        let beginnings = |way: &String| {
            let ends = way.match_indices('.').map(|(end, _)| way[..end].to_owned());
            ends.collect::<Vec<_>>()
        };
        let file_ways = easydb.eas_fields.keys().flat_map(beginnings).collect();
        let mut hundredths = HashSet::new();
        for (name, object_type) in &about.types {
            add_hundredths(&object_type.columns, name, &mut hundredths);
        }
        Self {
            about,
            user_names: Arc::default(),
            easydb,
            exported_at,
            languages,
            texts_in_pictures: StandardTexts::default(),
            selection,
            file_ways,
            hundredths,
        }
    }

    /// The same, with what the catalogue says of the texts in pictures.
    pub(super) fn with_texts(self, texts_in_pictures: StandardTexts) -> Self {
        Self { texts_in_pictures, ..self }
    }

    /// The same, with the names of users.
    pub(super) fn with_user_names(self, user_names: Arc<UserNames>) -> Self {
        Self { user_names, ..self }
    }

    /// How many links deep objects are written out whole.
    pub(super) fn depth(&self) -> usize {
        match self.easydb.merge_linked_objects {
            Merge::None => 0,
            Merge::NotInMainSearch
            | Merge::NotInMainSearchAndReverse
            | Merge::InMainSearch
            | Merge::All => usize::from(self.easydb.merge_max_depth.unwrap_or(1)),
        }
    }

    /// Whether a way leads to a field that holds hundredths.
    pub(super) fn is_hundredths(&self, way: &str) -> bool {
        self.hundredths.contains(way)
    }

    /// Whether files may go along at all.
    pub(super) fn has_files(&self) -> bool {
        let mut fields = self.easydb.eas_fields.values();
        fields.any(|field| field.files || !self.easydb.assets.is_empty())
    }

    /// Whether files go along of fields that a way leads on to.
    pub(super) fn leads_to_files(&self, way: &str) -> bool {
        self.file_ways.contains(way)
    }

    /// What a field with files is called, where that is said with its files.
    pub(super) fn display_of_files(&self, column: &Column, way: &str) -> Option<&str> {
        // Of others nothing is said there, and they are called alike wherever they are.
        if column.kind != ColumnKind::Eas {
            return None;
        }
        let display = self.easydb.eas_fields.get(way)?.display_name.as_deref();
        display.filter(|display| !display.trim().is_empty())
    }

    /// What is wanted of objects.
    pub(super) fn part(&self) -> Part<'_> {
        Part::of(self.selection.as_ref())
    }

    /// What is wanted of an object of its own, besides what tells it apart.
    pub(super) fn part_of(&self, object_type: &str) -> Part<'_> {
        self.part().of_type(object_type).unwrap_or(Part::Nothing)
    }

    /// The texts of a value in the languages that are written, those that have any.
    pub(super) fn texts<'v>(&'v self, value: &'v Json<'_>) -> Vec<(&'v str, &'v str)> {
        if self.languages.is_empty() {
            let all = value.entries().iter();
            return all.filter_map(|(tag, _)| Some((&**tag, value.text_of(tag)?))).collect();
        }
        let wanted = self.languages.iter();
        wanted.filter_map(|tag| Some((tag.as_str(), value.text_of(tag)?))).collect()
    }

    /// What a value is as one text: a date's value, the name of an object, of several languages the first.
    pub(super) fn text_of<'v>(&'v self, value: &'v Json<'_>) -> Option<&'v str> {
        if let Some(text) = value.text_of("value").or_else(|| value.text()) {
            return Some(text);
        }
        let standard = value.at(&["_standard", "1", "text"]);
        let texts = standard.or_else(|| value.get("text")).unwrap_or(value);
        texts.text().or_else(|| self.texts(texts).first().map(|(_, text)| *text))
    }

    /// What a tag is called, by its number.
    pub(super) fn tag_names(&self, id: &str) -> Option<&Localised> {
        let id: u64 = id.parse().ok()?;
        self.about.tags.get(&id)
    }

    /// What programs call a tag, by its number.
    pub(super) fn tag_reference(&self, id: &str) -> Option<&str> {
        let id: u64 = id.parse().ok()?;
        self.about.tag_references.get(&id).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Whether XML and JSON are written as fylr does.
    pub(super) fn is_fylr(&self) -> bool {
        self.easydb.generation == Generation::Fylr
    }

    /// The language that names are in.
    pub(super) fn first_language(&self) -> &str {
        self.languages.first().map_or("en-US", String::as_str)
    }

    /// A name in the first language, or in any.
    pub(super) fn display<'n>(&self, names: &'n Localised) -> Option<&'n str> {
        let name = names.get(self.first_language()).or_else(|| names.values().next());
        name.map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The fields of a type's objects, in the order of its mask; of a type that the catalogue does not tell
    /// of, those that the object has.
    pub(super) fn columns<'c>(&'c self, object_type: &str, fields: &Json<'_>) -> Cow<'c, [Column]> {
        match self.about.types.get(object_type) {
            Some(found) => Cow::Borrowed(&found.columns),
            None => Cow::Owned(guessed(fields)),
        }
    }
}

fn add_hundredths(columns: &[Column], way: &str, found: &mut HashSet<String>) {
    for column in columns {
        let way = format!("{way}.{}", column.name);
        if let ColumnKind::Nested { columns } | ColumnKind::ReverseNested { columns, .. } =
            &column.kind
        {
            add_hundredths(columns, &way, found);
        } else if column.kind == ColumnKind::Hundredths {
            found.insert(way);
        }
    }
}

/// The fields of a row; of one that nothing is known of, those that it has.
pub(super) fn row_columns<'c>(columns: &'c [Column], row: &Json<'_>) -> Cow<'c, [Column]> {
    if columns.is_empty() { Cow::Owned(guessed(row)) } else { Cow::Borrowed(columns) }
}

/// The fields of an object or row, by the shape of their values.
fn guessed(fields: &Json<'_>) -> Vec<Column> {
    let is_own = |name: &str| {
        !name.starts_with('_')
            || name.starts_with("_nested:")
            || name.starts_with("_reverse_nested:")
    };
    let columns = fields.entries().iter().filter(|(name, _)| is_own(name));
    let column = |name: &str, value: &Json<'_>| Column {
        name: name.to_owned(),
        id: None,
        display: Localised::new(),
        kind: kind_of(name, value),
    };
    columns.map(|(name, value)| column(name, value)).collect()
}

fn kind_of(name: &str, value: &Json<'_>) -> ColumnKind {
    if name.starts_with("_nested:") {
        return ColumnKind::Nested { columns: Vec::new() };
    }
    if let Some(rest) = name.strip_prefix("_reverse_nested:") {
        let from = rest.split(':').next().unwrap_or(rest).to_owned();
        return ColumnKind::ReverseNested { from, columns: Vec::new() };
    }
    let has = |key: &str| value.entries().iter().any(|(name, _)| name == key);
    match value {
        Json::Bool(_) => ColumnKind::Boolean,
        Json::Number(_) => ColumnKind::Number,
        Json::Null | Json::Text(_) => ColumnKind::Text,
        Json::List(items) if items.iter().all(|item| item.get("versions").is_some()) => {
            ColumnKind::Eas
        }
        Json::Object(_) if has("_objecttype") && has("_system_object_id") => {
            let to = value.text_of("_objecttype").unwrap_or_default();
            ColumnKind::Link { to: to.to_owned() }
        }
        Json::Object(entries) if entries.iter().all(|(key, _)| is_language(key)) => {
            ColumnKind::TextL10n
        }
        Json::Object(_) if has("value") => ColumnKind::Date,
        Json::Object(_) if has("from") || has("to") => ColumnKind::Daterange,
        Json::List(_) | Json::Object(_) => ColumnKind::Custom { kind: "custom".to_owned() },
    }
}

/// Whether a key is like `de-DE`.
pub(super) fn is_language(key: &str) -> bool {
    let (language, rest) = key.split_once('-').unwrap_or((key, ""));
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
