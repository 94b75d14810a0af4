//! The bag that an export is put in.

mod archiver;

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use self::archiver::ARCHIVERS;
pub use self::archiver::Archiver;
use super::reading::{Reading, at};
use super::variables::Variables;
use crate::bag::{Label, LabelError};
use crate::digest::Algorithm;

/// What a bag is called that has no name, by when it was begun.
const UNNAMED: &str = "deriva_bag_%Y-%m-%d_%H.%M.%S";

/// The element that says from which server a bag is, unless the configuration says what stands there.
const SENDER: &str = "Internal-Sender-Identifier";

/// A bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bag {
    /// What it is called; when it was begun where nothing is given. One part of a path.
    name: Option<String>,
    /// What it is packed with; a folder where nothing is given.
    pub archiver: Option<Archiver>,
    /// The digests that it has of each file, each once and never none.
    pub algorithms: Vec<Algorithm>,
    /// Elements of `bag-info.txt`, with their values.
    pub metadata: Vec<(Label, Vec<String>)>,
    /// Whether the same content makes the same bytes, whenever it is packed.
    pub is_idempotent: bool,
    /// Whether it says as a research object where its files are from.
    pub is_research_object: bool,
    /// Whether an empty one is an error.
    pub is_strict: bool,
}

impl Bag {
    /// What it is called, if it was begun at this time.
    pub fn name(&self, begun_at: DateTime) -> String {
        self.name.clone().unwrap_or_else(|| begun_at.strftime(UNNAMED).to_string())
    }
}

/// Reads `bag`; what it is packed with where it does not say is the caller's.
pub(super) fn read(
    map: &Map<String, Value>,
    usual: Option<Archiver>,
    origin: &str,
    variables: &Variables,
    reading: &mut Reading,
) -> Bag {
    const PLACE: &str = "/bag";
    const KNOWN: [&str; 7] = [
        "bag_name",
        "bag_archiver",
        "bag_algorithms",
        "bag_metadata",
        "bag_idempotent",
        "bag_ro",
        "bag_strict",
    ];
    reading.unknown(PLACE, map, &KNOWN);
    let is_idempotent = reading.switch_of(PLACE, map, "bag_idempotent").unwrap_or(false);
    let is_research_object = reading.switch_of(PLACE, map, "bag_ro");
    if is_idempotent && is_research_object == Some(true) {
        reading.idle("/bag/bag_ro", "an idempotent bag does not say when its files were read");
    }
    Bag {
        name: name(map, variables, reading),
        archiver: archiver(map, reading).or(usual),
        algorithms: algorithms(map, reading),
        metadata: metadata(map, origin, reading),
        is_idempotent,
        is_research_object: !is_idempotent && is_research_object.unwrap_or(true),
        is_strict: reading.switch_of(PLACE, map, "bag_strict").unwrap_or(true),
    }
}

fn name(map: &Map<String, Value>, variables: &Variables, reading: &mut Reading) -> Option<String> {
    const PLACE: &str = "/bag/bag_name";
    let template = reading.template_of("/bag", map, "bag_name")?;
    match template.rendered(variables) {
        Err(error) => {
            let hint = "name a variable of \"env\", or write \"{{\" for a brace";
            reading.failed(PLACE, error.to_string(), hint);
            None
        }
        Ok(name) if name.contains(['/', '\\']) || [".", "..", ""].contains(&name.trim()) => {
            let hint = "write a name without folders";
            reading.misconfigured(PLACE, format!("{name:?} is no name of a bag"), hint);
            None
        }
        Ok(name) => Some(name),
    }
}

fn archiver(map: &Map<String, Value>, reading: &mut Reading) -> Option<Archiver> {
    let text = reading.text_of("/bag", map, "bag_archiver")?;
    let is_it = |(name, _): &&(&str, Archiver)| name.eq_ignore_ascii_case(&text);
    let found = ARCHIVERS.iter().find(is_it).map(|(_, archiver)| *archiver);
    if found.is_none() {
        let hint = "write zip, tgz, tar, bz2 or xz";
        reading.failed("/bag/bag_archiver", format!("there is no archiver {text:?}"), hint);
    }
    found
}

fn algorithms(map: &Map<String, Value>, reading: &mut Reading) -> Vec<Algorithm> {
    let mut algorithms = Vec::new();
    for name in reading.texts_of("/bag", map, "bag_algorithms") {
        match Algorithm::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(&name)) {
            Some(known) if algorithms.contains(&known) => {}
            Some(known) => algorithms.push(known),
            None => {
                let hint = "write md5, sha1, sha256 or sha512";
                let message = format!("there is no digest {name:?}");
                reading.failed("/bag/bag_algorithms", message, hint);
            }
        }
    }
    if algorithms.is_empty() {
        // What the profile asks for that bags of the dialect name.
        algorithms = vec![Algorithm::Md5, Algorithm::Sha256];
    }
    algorithms
}

fn metadata(
    map: &Map<String, Value>,
    origin: &str,
    reading: &mut Reading,
) -> Vec<(Label, Vec<String>)> {
    const PLACE: &str = "/bag/bag_metadata";
    let given = map.get("bag_metadata").and_then(|value| reading.map(PLACE, value));
    let Some(given) = given else {
        let sender = Label::parse(SENDER).ok();
        return sender.map(|label| (label, vec![format!("deriva@{origin}")])).into_iter().collect();
    };
    let mut elements = Vec::new();
    for (name, value) in given {
        let place = at(PLACE, name);
        let values = elements_of(&place, value, reading);
        match Label::parse(name) {
            Ok(_) if values.is_empty() => {}
            Ok(label) => elements.push((label, values)),
            Err(error @ LabelError::Reserved) => reading.idle(&place, &error.to_string()),
            Err(error @ LabelError::Malformed) => {
                reading.failed(&place, error.to_string(), "give the element another name");
            }
        }
    }
    elements
}

/// The values of an element: a text, a number, or a list of those.
fn elements_of(place: &str, value: &Value, reading: &mut Reading) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.replace(['\r', '\n'], "")],
        Value::Number(_) | Value::Bool(_) => vec![super::variables::text(value)],
        Value::Array(list) => {
            list.iter().flat_map(|value| elements_of(place, value, reading)).collect()
        }
        Value::Null => Vec::new(),
        Value::Object(_) => {
            reading.idle(place, "an element of a bag is a text");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;
    use serde_json::json;

    use super::super::mistake::Class;
    use super::*;

    fn bag(value: &Value) -> (Bag, Reading) {
        let mut reading = Reading::default();
        let mut variables = Variables::default();
        variables.set("table", "subject");
        let map = value.as_object().unwrap();
        let bag = read(map, Some(Archiver::Zip), "https://h:1", &variables, &mut reading);
        (bag, reading)
    }

    fn good(value: &Value) -> Bag {
        let (bag, reading) = bag(value);
        assert_eq!((reading.mistakes, reading.warnings), (vec![], vec![]), "{value}");
        bag
    }

    fn refused(value: &Value, place: &str, class: Class) {
        let (_, reading) = bag(value);
        let told: Vec<_> =
            reading.mistakes.iter().map(|one| (one.place.as_str(), one.class)).collect();
        assert_eq!(told, [(place, class)], "{value}");
    }

    #[test]
    fn a_bag_that_says_nothing_has_all_it_needs() {
        let bag = good(&json!({}));
        assert_eq!(
            bag.name(datetime(2026, 11, 21, 2, 19, 53, 0)),
            "deriva_bag_2026-11-21_02.19.53"
        );
        assert_eq!(bag.archiver, Some(Archiver::Zip));
        assert_eq!(bag.algorithms, [Algorithm::Md5, Algorithm::Sha256]);
        assert_eq!(bag.metadata[0].0.as_str(), SENDER);
        assert_eq!(bag.metadata[0].1, ["deriva@https://h:1"]);
        assert!(!bag.is_idempotent && bag.is_research_object && bag.is_strict);
    }

    #[test]
    fn a_name_has_variables_and_no_time() {
        let name = |name: &str| good(&json!({"bag_name": name})).name(DateTime::default());
        assert_eq!(name("b"), "b");
        assert_eq!(name("{table}_100%Y"), "subject_100%Y");
        refused(&json!({"bag_name": "../trav2"}), "/bag/bag_name", Class::Misconfigured);
        refused(&json!({"bag_name": "a\\b"}), "/bag/bag_name", Class::Misconfigured);
        refused(&json!({"bag_name": ".."}), "/bag/bag_name", Class::Misconfigured);
        refused(&json!({"bag_name": "{nokey}"}), "/bag/bag_name", Class::Failed);
        refused(&json!({"bag_name": "{table.x}"}), "/bag/bag_name", Class::Failed);
    }

    #[test]
    fn archivers_are_known_in_any_case() {
        for (name, archiver) in ARCHIVERS {
            assert_eq!(good(&json!({"bag_archiver": name})).archiver, Some(archiver));
            let upper = name.to_uppercase();
            assert_eq!(good(&json!({"bag_archiver": upper})).archiver, Some(archiver));
            assert_eq!(archiver.extension(), name);
        }
        refused(&json!({"bag_archiver": "rar"}), "/bag/bag_archiver", Class::Failed);
    }

    #[test]
    fn digests_are_the_four_there_are() {
        let all = json!({"bag_algorithms": ["md5", "sha1", "SHA256", "sha512", "md5"]});
        assert_eq!(good(&all).algorithms, Algorithm::ALL);
        assert_eq!(good(&json!({"bag_algorithms": ["md5"]})).algorithms, [Algorithm::Md5]);
        refused(&json!({"bag_algorithms": ["md4x"]}), "/bag/bag_algorithms", Class::Failed);
    }

    #[test]
    fn elements_are_texts_that_may_repeat() {
        let bag = good(&json!({"bag_metadata": {"Contact-Name": "A\r\nB", "Bag-Count": 3,
            "Keyword": ["a", "b"], "Nothing": null}}));
        let told: Vec<_> =
            bag.metadata.iter().map(|(label, values)| (label.as_str(), values.join("|"))).collect();
        let expected = [("Contact-Name", "AB"), ("Bag-Count", "3"), ("Keyword", "a|b")];
        assert_eq!(told, expected.map(|(name, value)| (name, value.to_owned())));
        assert!(good(&json!({"bag_metadata": {}})).metadata.is_empty());
    }

    #[test]
    fn elements_that_cannot_be_are_told() {
        let (bag, reading) = bag(&json!({"bag_metadata": {"Payload-Oxum": "1.1", "X": {"a": 1}}}));
        assert!(bag.metadata.is_empty() && reading.mistakes.is_empty());
        assert_eq!(reading.warnings.len(), 2);
        refused(&json!({"bag_metadata": {"a:b": "c"}}), "/bag/bag_metadata/a:b", Class::Failed);
        refused(&json!({"bag_metadata": 7}), "/bag/bag_metadata", Class::Failed);
    }

    #[test]
    fn an_idempotent_bag_is_no_research_object() {
        let bag = good(&json!({"bag_idempotent": "True", "bag_strict": "no"}));
        assert!(bag.is_idempotent && !bag.is_research_object && !bag.is_strict);
        assert!(!good(&json!({"bag_ro": "off"})).is_research_object);
        let (bag, reading) = self::bag(&json!({"bag_idempotent": 1, "bag_ro": 1}));
        assert!(!bag.is_research_object);
        assert_eq!(reading.warnings.len(), 1);
    }
}
