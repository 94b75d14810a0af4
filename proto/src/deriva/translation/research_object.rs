//! Who an export is by and where its files are from, as a bag tells programs.

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use crate::deriva::engine::Bag;

/// The element with the name of whoever answers for the bag.
const CONTACT: &str = "Contact-Name";

/// The element with their ORCID.
const ORCID: &str = "Contact-Orcid";

/// A research object. Its author is whom the bag names, else whoever asks for it; the latter's are the rights
/// that its files were read with.
pub(super) fn told(
    bag: &Bag,
    begun_at: DateTime,
    caller: Option<&str>,
    retrieved_from: &Map<String, Value>,
) -> Value {
    let mut told = Map::new();
    if let Some(name) = element(bag, CONTACT).or(caller) {
        let mut author = Map::from_iter([("name".to_owned(), json!(name))]);
        let orcid = element(bag, ORCID);
        author.extend(orcid.map(|orcid| ("orcid".to_owned(), json!(orcid))));
        told.insert("author".to_owned(), Value::Object(author));
    }
    let now = begun_at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    for key in ["authored_on", "created_on", "retrieved_on"] {
        told.insert(key.to_owned(), json!(now));
    }
    if let Some(name) = caller {
        told.insert("retrieved_by".to_owned(), json!({"name": name}));
    }
    if !retrieved_from.is_empty() {
        told.insert("retrieved_from".to_owned(), json!(retrieved_from));
    }
    Value::Object(told)
}

/// What an element of a bag says, where it says anything.
fn element<'b>(bag: &'b Bag, label: &str) -> Option<&'b str> {
    let (_, values) =
        bag.metadata.iter().find(|(known, _)| known.as_str().eq_ignore_ascii_case(label))?;
    values.first().map(String::as_str).filter(|value| !value.is_empty())
}
