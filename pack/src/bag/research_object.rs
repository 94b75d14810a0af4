//! `metadata/manifest.json`: the research object that a bag is (<https://w3id.org/bundle>).
//!
//! JSON as people read it, keys in order, four spaces a level. It is appended file by file, for what is
//! said of all of them sorts behind the files, so that a bag of millions takes no memory.

mod kind;

use proto::definition::{Contributor, ResearchObject};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Builder;

use self::kind::Kind;

/// What the bag is made by.
const CREATOR: &str = "Longshore";

/// How far a level is moved in.
const INDENT: &str = "    ";

/// The text, on its way.
#[derive(Debug)]
pub struct ResearchText<'o> {
    about: &'o ResearchObject,
    /// What the export is called, of which ids are made.
    name: &'o str,
    /// Whether no file was told of so far.
    is_bare: bool,
}

impl<'o> ResearchText<'o> {
    /// Begins the text.
    pub fn begin(about: &'o ResearchObject, name: &'o str, out: &mut Vec<u8>) -> Self {
        let text = concat!(
            "{\n    \"@context\": [\n        \"https://w3id.org/bundle/context\"\n    ],\n",
            "    \"@id\": \"../\",\n    \"aggregates\": ["
        );
        out.extend_from_slice(text.as_bytes());
        Self { about, name, is_bare: true }
    }

    /// Appends a file of the payload by its path in the bag and its digests, which tell it from others
    /// of that name; `from` is its address, where that is known.
    pub fn file(&mut self, path: &str, digests: &[&str], from: Option<&str>, out: &mut Vec<u8>) {
        let bundled = object(&[("uri", Some(self.id(path, digests)))], 3);
        let Kind { media_type, format } = Kind::of(path);
        let aggregate = [
            ("bundledAs", Some(bundled)),
            ("conformsTo", format.map(text)),
            ("mediatype", Some(text(media_type))),
            ("retrievedBy", self.about.retrieved_by.as_ref().map(|by| contributor(by, 3))),
            ("retrievedFrom", from.map(text)),
            ("retrievedOn", self.about.retrieved_on.as_deref().map(text)),
            ("uri", Some(text(&relative(path)))),
        ];
        self.push(&aggregate, out);
    }

    /// Appends a file that stays where it is, by its address and by where it goes once it is fetched.
    pub fn remote_file(&mut self, path: &str, digests: &[&str], url: &str, out: &mut Vec<u8>) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let bundled = [
            ("filename", Some(text(name))),
            ("folder", Some(text(&relative(folder)))),
            ("uri", Some(self.id(path, digests))),
        ];
        let Kind { media_type, format } = Kind::of(path);
        let aggregate = [
            ("bundledAs", Some(object(&bundled, 3))),
            ("conformsTo", format.map(text)),
            ("mediatype", Some(text(media_type))),
            ("uri", Some(text(url))),
        ];
        self.push(&aggregate, out);
    }

    /// Appends what is said of all files, and the end.
    pub fn end(self, out: &mut Vec<u8>) {
        let close: &[u8] = if self.is_bare { b"],\n" } else { b"\n    ],\n" };
        out.extend_from_slice(close);
        let whole = [
            ("annotations", Some("[]".to_owned())),
            ("authoredBy", self.about.author.as_ref().map(|author| contributor(author, 1))),
            ("authoredOn", self.about.authored_on.as_deref().map(text)),
            ("createdBy", Some(object(&[("name", Some(text(CREATOR)))], 1))),
            ("createdOn", self.about.created_on.as_deref().map(text)),
        ];
        out.extend_from_slice(members(&whole, 0).as_bytes());
        out.extend_from_slice(b"\n}\n");
    }

    fn push(&mut self, aggregate: &[Member<'_>], out: &mut Vec<u8>) {
        let between: &[u8] = if self.is_bare { b"\n" } else { b",\n" };
        out.extend_from_slice(between);
        out.extend_from_slice(INDENT.repeat(2).as_bytes());
        out.extend_from_slice(object(aggregate, 2).as_bytes());
        self.is_bare = false;
    }

    /// An id that nobody draws: it follows from the export's name, and the file's path and content.
    fn id(&self, path: &str, digests: &[&str]) -> String {
        let mut hash = Sha256::new();
        for part in [self.name, path].iter().chain(digests) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        text(&Builder::from_custom_bytes(bytes).into_uuid().urn().to_string())
    }
}

/// A key and its value as JSON; nothing where the key is left out.
type Member<'m> = (&'m str, Option<String>);

/// An object as JSON, on this level.
fn object(all: &[Member<'_>], level: usize) -> String {
    format!("{{\n{}\n{}}}", members(all, level), INDENT.repeat(level))
}

/// What is in an object on this level.
fn members(all: &[Member<'_>], level: usize) -> String {
    let indent = INDENT.repeat(level + 1);
    let told = all.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let lines: Vec<String> =
        told.map(|(key, value)| format!("{indent}{}: {value}", text(key))).collect();
    lines.join(",\n")
}

fn contributor(contributor: &Contributor, level: usize) -> String {
    let Contributor { name, orcid } = contributor;
    object(&[("name", Some(text(name))), ("orcid", orcid.as_deref().map(text))], level)
}

/// A text as JSON.
fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// A path of the bag, as it is from the folder of this file.
fn relative(path: &str) -> String {
    let mut relative = "../".to_owned();
    for c in path.chars() {
        match c {
            '%' => relative.push_str("%25"),
            '\r' => relative.push_str("%0D"),
            '\n' => relative.push_str("%0A"),
            other => relative.push(other),
        }
    }
    relative
}

#[cfg(test)]
mod tests;
