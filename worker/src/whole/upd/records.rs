//! What an entry and all that belongs to it become in the tables of UPD. Pure: documents in, lines out.
//!
//! What has no column of its own is in `metadata`, under the names that UPD gives: `Created-At`.

use indexmap::IndexMap;
use proto::definition::Medias;
use serde_json::json;
use serde_json::value::RawValue;

use crate::render::Unrenderable;

/// Longest id, in characters.
const MOST_ID_CHARS: usize = 64;

/// What rows have besides the fields of the entry itself, and what has a table of its own.
const JOINED: [&str; 5] = ["file", "files", "dataset", "annotations", "medias"];

/// The fields of an object, each as it is written.
type Fields<'r> = IndexMap<String, &'r RawValue>;

/// An entry with all that belongs to it.
#[derive(Debug)]
pub(super) struct Entry<'r> {
    id: String,
    dataset_id: Option<String>,
    metadata: String,
    /// The id of its dataset, and the line of it.
    pub(super) dataset: Option<(String, String)>,
    /// The lines of its annotations.
    pub(super) annotations: Vec<String>,
    /// The media that are wanted.
    pub(super) medias: Vec<Media<'r>>,
    /// Where the original is found elsewhere.
    url: Option<String>,
}

/// A media that is wanted.
#[derive(Debug)]
pub(super) struct Media<'r> {
    /// The record, by which its bytes are found.
    pub(super) record: &'r RawValue,
    /// What people call it.
    pub(super) name: String,
    /// What all variants of it have in common.
    pub(super) id: String,
    /// Which variant it is; the original has none.
    pub(super) key: String,
    /// Its line.
    pub(super) line: String,
}

impl<'r> Entry<'r> {
    /// Reads the document of a row.
    pub(super) fn read(document: &'r str, wanted: Medias) -> Result<Self, Unrenderable> {
        let fields = object(document)?;
        let entry_id = id(&fields, "id")?;
        let annotations = list(&fields, "annotations")?;
        let annotations = annotations.iter().map(|record| annotation(record, &entry_id));
        let annotations = annotations.collect::<Result<_, _>>()?;
        let (mut medias, mut url) = (Vec::new(), None);
        for record in list(&fields, "medias")? {
            let fields = object(record.get())?;
            let key = text(&fields, "key").unwrap_or_default();
            let is_original = key.is_empty();
            if is_original {
                let told = text(&fields, "url");
                url = url
                    .or(told
                        .filter(|url| url.starts_with("https://") || url.starts_with("http://")));
            }
            if wanted == Medias::All || (is_original && wanted == Medias::Original) {
                medias.push(media(record, &fields, key)?);
            }
        }
        let dataset = fields.get("dataset").filter(|dataset| dataset.get() != "null");
        Ok(Self {
            id: entry_id,
            dataset_id: text(&fields, "dataset_id"),
            metadata: metadata(&fields, |name| {
                matches!(name, "id" | "dataset_id") || JOINED.contains(&name)
            }),
            dataset: dataset.map(|dataset| self::dataset(dataset)).transpose()?,
            annotations,
            medias,
            url,
        })
    }

    /// The line of the entry, once it is known which of its media are there.
    pub(super) fn line(&self, is_there: impl Fn(&Media<'_>) -> bool) -> String {
        let original = self.medias.iter().find(|media| media.key.is_empty() && is_there(media));
        let local = original.map(|media| format!("local:{}", media.id));
        let url = local.as_ref().or(self.url.as_ref());
        json!({"id": self.id, "dataset_id": self.dataset_id, "media_url": url, "metadata": self.metadata})
            .to_string()
    }
}

fn dataset(record: &RawValue) -> Result<(String, String), Unrenderable> {
    let fields = object(record.get())?;
    let id = id(&fields, "id")?;
    let metadata = metadata(&fields, |name| matches!(name, "id" | "name" | "modality"));
    let (name, modality) = (text(&fields, "name"), text(&fields, "modality"));
    let line = json!({"id": id, "name": name, "modality": modality, "metadata": metadata});
    Ok((id, line.to_string()))
}

/// The line of an annotation: of both generations, the one that has its category within `annotation` and the one that
/// has it beside.
fn annotation(record: &RawValue, entry_id: &str) -> Result<String, Unrenderable> {
    let fields = object(record.get())?;
    let within = |name: &str| {
        let found = fields.get(name).filter(|found| found.get().starts_with('{'));
        found.map_or_else(|| Ok(Fields::new()), |found| object(found.get()))
    };
    let (dimensions, value) = (within("dimensions")?, within("annotation")?);
    let category = text(&fields, "category").or_else(|| text(&value, "category"));
    let properties = fields.get("properties").map_or_else(
        || written(value.iter().filter(|(name, _)| *name != "category")),
        |properties| properties.get().to_owned(),
    );
    let arguments = written(dimensions.iter().filter(|(name, _)| *name != "type"));
    let is_elsewhere = |name: &str| {
        let has_column = matches!(name, "id" | "entry_id" | "category" | "properties");
        // What is no object there is kept as it is.
        let is_apart = matches!(name, "dimensions" | "annotation");
        let is_taken = |found: &&RawValue| found.get().starts_with('{') || found.get() == "null";
        has_column || (is_apart && fields.get(name).is_some_and(is_taken))
    };
    let line = json!({
        "id": id(&fields, "id")?,
        "entry_id": entry_id,
        "shape_type": text(&dimensions, "type"),
        "shape_args": arguments,
        "category": category,
        "properties": properties,
        "metadata": metadata(&fields, is_elsewhere),
    });
    Ok(line.to_string())
}

fn media<'r>(
    record: &'r RawValue,
    fields: &Fields<'r>,
    key: String,
) -> Result<Media<'r>, Unrenderable> {
    // Variants of one picture have the resource in common, which entries name; one without it stands for itself.
    let field = if text(fields, "resource").is_some() { "resource" } else { "id" };
    let id = id(fields, field)?;
    let metadata = metadata(fields, |name| name == "key" || name == "mime_type" || name == field);
    let media_type = text(fields, "mime_type");
    let line = json!({"id": id, "key": key, "media_type": media_type, "metadata": metadata});
    let name = text(fields, "filename").unwrap_or_else(|| id.clone());
    Ok(Media { record, name, id, key, line: line.to_string() })
}

fn object(text: &str) -> Result<Fields<'_>, Unrenderable> {
    serde_json::from_str(text)
        .map_err(|error| Unrenderable::new(format!("it is no JSON object: {error}")))
}

/// The records of a list; none where there is no list.
fn list<'r>(fields: &Fields<'r>, name: &str) -> Result<Vec<&'r RawValue>, Unrenderable> {
    let Some(found) = fields.get(name).filter(|found| found.get() != "null") else {
        return Ok(Vec::new());
    };
    serde_json::from_str(found.get())
        .map_err(|error| Unrenderable::new(format!("the field {name:?} is no list: {error}")))
}

fn id(fields: &Fields<'_>, name: &str) -> Result<String, Unrenderable> {
    let id = text(fields, name).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Unrenderable::new(format!("a record has no {name:?}")))?;
    if id.chars().count() > MOST_ID_CHARS {
        let why = format!("the id {id:?} has more than {MOST_ID_CHARS} characters");
        return Err(Unrenderable::new(why));
    }
    Ok(id)
}

/// What a field holds, as text; nothing where it is missing or NULL.
fn text(fields: &Fields<'_>, name: &str) -> Option<String> {
    let found = fields.get(name)?.get();
    match serde_json::from_str(found) {
        Ok(Some(text)) => Some(text),
        Ok(None) => None,
        Err(_) => Some(found.to_owned()),
    }
}

/// The fields that are nowhere else, under the names of UPD. Where two would be called the same, the second keeps its
/// own.
fn metadata(fields: &Fields<'_>, is_elsewhere: impl Fn(&str) -> bool) -> String {
    let mut named: IndexMap<String, &RawValue> = IndexMap::new();
    for (name, value) in fields.iter().filter(|(name, _)| !is_elsewhere(name)) {
        let given = header(name);
        let given = if named.contains_key(&given) { name.clone() } else { given };
        named.insert(given, value);
    }
    written(named.iter())
}

/// An object of these fields.
fn written<'f, 'r: 'f>(fields: impl Iterator<Item = (&'f String, &'f &'r RawValue)>) -> String {
    let fields =
        fields.map(|(name, value)| format!("{}:{}", json!(name), value.get())).collect::<Vec<_>>();
    format!("{{{}}}", fields.join(","))
}

/// `created_at` as `Created-At`.
fn header(name: &str) -> String {
    let words = name.split(['_', '-']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const ENTRY: &str = r#"{"id":"e","dataset_id":"d","name":"a.png","created_at":"now","width":64,"file":{"file":"a"},
        "dataset":{"id":"d","name":"Häfen","modality":"idah-image","entries_total_count":3},
        "annotations":[{"id":"a1","entry_id":"e","dimensions":{"type":"box","points":[[0.10,0]]},
                        "annotation":{"category":"boat","hull":"red"},"metadata":{"confidence":1.0}},
                       {"id":"a2","dimensions":null,"category":"crane","properties":{"high":true}}],
        "medias":[{"id":"m1","resource":"r","key":"","filename":"a.png","mime_type":"image/png","meta":{"width":64}},
                  {"id":"m2","resource":"r","key":"thumb","filename":"t.png"}]}"#;

    fn parsed(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn what_has_no_column_is_in_the_metadata_as_it_is_written() {
        let entry = Entry::read(ENTRY, Medias::Original).unwrap();
        let line = parsed(&entry.line(|_| true));
        assert_eq!(line["media_url"], "local:r");
        assert_eq!(line["metadata"], r#"{"Name":"a.png","Created-At":"now","Width":64}"#);
        let (id, dataset) = entry.dataset.as_ref().unwrap();
        assert_eq!((id.as_str(), &parsed(dataset)["name"]), ("d", &json!("Häfen")));
        assert_eq!(parsed(dataset)["metadata"], r#"{"Entries-Total-Count":3}"#);
    }

    #[test]
    fn annotations_of_both_generations_have_the_same_columns() {
        let entry = Entry::read(ENTRY, Medias::None).unwrap();
        let expected = [
            json!({"id": "a1", "entry_id": "e", "shape_type": "box", "shape_args": r#"{"points":[[0.10,0]]}"#,
                "category": "boat", "properties": r#"{"hull":"red"}"#, "metadata": r#"{"Metadata":{"confidence":1.0}}"#}),
            json!({"id": "a2", "entry_id": "e", "shape_type": null, "shape_args": "{}",
                "category": "crane", "properties": r#"{"high":true}"#, "metadata": "{}"}),
        ];
        let lines: Vec<Value> = entry.annotations.iter().map(|line| parsed(line)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn media_are_there_as_they_are_wanted() {
        for (wanted, keys) in [
            (Medias::None, &[][..]),
            (Medias::Original, &[""][..]),
            (Medias::All, &["", "thumb"][..]),
        ] {
            let entry = Entry::read(ENTRY, wanted).unwrap();
            let found: Vec<&str> = entry.medias.iter().map(|media| media.key.as_str()).collect();
            assert_eq!(found, keys);
            // One that was not to be had is pointed at by nothing.
            assert_eq!(parsed(&entry.line(|_| false))["media_url"], Value::Null);
        }
    }

    #[test]
    fn an_id_that_is_none_is_refused() {
        for document in ["[]", "{}", r#"{"id":""}"#, &format!(r#"{{"id":"{}"}}"#, "a".repeat(65))] {
            Entry::read(document, Medias::None).unwrap_err();
        }
    }
}
