//! A bag, as a definition asks for it.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::made::Made;
use super::research_object;
use crate::deriva::engine::{Archiver, Bag};
use crate::digest::Algorithm;

/// The element that says what made the bag.
const AGENT: &str = "Bag-Software-Agent";

/// What stands there.
const OURSELVES: &str = concat!("Longshore ", env!("CARGO_PKG_VERSION"));

/// The element that says at which time of the day it was made.
const TIME: &str = "Bagging-Time";

/// The element that names the rules of a bag.
const PROFILE: &str = "BagIt-Profile-Identifier";

/// The bag of an export that was begun at a time. An idempotent one has nothing of the time.
pub(super) fn told(bag: &Bag, begun_at: DateTime, caller: Option<&str>, made: &mut Made) -> Value {
    let info = info(bag, begun_at, &mut made.warnings);
    let mut told = Map::new();
    told.insert("version".to_owned(), json!("0.97"));
    told.insert("archive".to_owned(), json!(archive(bag.archiver)));
    let algorithms: Vec<&str> = bag.algorithms.iter().map(|one| one.name()).collect();
    told.insert("algorithms".to_owned(), json!(algorithms));
    if is_profile_met(bag) && !info.keys().any(|label| label.eq_ignore_ascii_case(PROFILE)) {
        told.insert("profile".to_owned(), json!("bdbag"));
    }
    told.insert("info".to_owned(), Value::Object(info));
    told.insert("sorted".to_owned(), json!(true));
    if !bag.is_idempotent {
        told.insert("date".to_owned(), json!(begun_at.date().to_string()));
    }
    if bag.is_research_object {
        let research_object = research_object::told(bag, begun_at, caller, &made.retrieved_from);
        told.insert("research_object".to_owned(), research_object);
    }
    if bag.is_strict {
        told.insert("strict".to_owned(), json!(true));
    }
    Value::Object(told)
}

/// The elements of `bag-info.txt` in the order of their names: those of the configuration, and what only whoever
/// makes the bag can say.
fn info(bag: &Bag, begun_at: DateTime, warnings: &mut Vec<String>) -> Map<String, Value> {
    let given = bag.metadata.iter().map(|(label, values)| (label.as_str(), values.clone()));
    let mut elements: BTreeMap<&str, Vec<String>> = given.collect();
    let time = begun_at.strftime("%H:%M:%S UTC").to_string();
    let time = Some(time).filter(|_| !bag.is_idempotent);
    let own = [(AGENT, Some(OURSELVES.to_owned())), (TIME, time)];
    for (label, value) in own {
        let replaced = value.and_then(|value| elements.insert(label, vec![value]));
        if replaced.is_some() {
            let why = "it is written with how the bag was made";
            warnings.push(format!("/bag/bag_metadata/{label} has no effect: {why}"));
        }
    }
    let element = |(label, values): (&str, Vec<String>)| {
        let value = match values.as_slice() {
            [value] => json!(value),
            several => json!(several),
        };
        (label.to_owned(), value)
    };
    elements.into_iter().map(element).collect()
}

/// Whether the bag is one as the profile of big data bags has them.
fn is_profile_met(bag: &Bag) -> bool {
    let has_digests =
        [Algorithm::Md5, Algorithm::Sha256].iter().all(|one| bag.algorithms.contains(one));
    let is_taken = match bag.archiver {
        Some(Archiver::Zip | Archiver::Tgz | Archiver::Tar) | None => true,
        Some(Archiver::Bz2 | Archiver::Xz) => false,
    };
    has_digests && is_taken
}

fn archive(archiver: Option<Archiver>) -> &'static str {
    match archiver {
        Some(Archiver::Zip) => "zip",
        Some(Archiver::Tgz) => "tar_gz",
        Some(Archiver::Tar) => "tar",
        Some(Archiver::Bz2) => "tar_bz2",
        Some(Archiver::Xz) => "tar_xz",
        None => "none",
    }
}
