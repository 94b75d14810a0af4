//! What is compared of an export: the answer to its request, and what comes from the addresses in it, without keys
//! and times, and without the text of an error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::Value;
use tests::sha256;

use super::super::super::desk::below;

/// Tag files that are compared by what they say of the content, for their own bytes are of who made them and when.
const OF_THE_MAKER: &str = "of who made it and when";

/// Elements of `bag-info.txt` that are not compared: who made the bag and when, and which profile it keeps to.
const NOT_COMPARED: [&str; 3] = ["Bag-Software-Agent", "Bagging-", "BagIt-Profile-Identifier"];

/// An export.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) location: Option<String>,
    pub(super) urls: String,
    pub(super) files: BTreeMap<String, File>,
}

/// What comes from an address.
#[derive(Debug, PartialEq)]
pub(super) struct File {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) disposition: Option<String>,
    /// What is in it, by name: of an archive its entries, of everything else the whole.
    pub(super) content: BTreeMap<String, String>,
}

/// Takes out of texts what is another thing each time.
pub(super) struct Plain {
    replaced: Vec<(String, &'static str)>,
    key: Regex,
    time: Regex,
}

impl Plain {
    /// Of what a service says that is at an address, before a catalogue at another.
    pub(super) fn of(service: &str, catalogue: &str) -> Self {
        let host = |url: &str| url.split_once("//").unwrap().1.to_owned();
        let (served, read) = (host(service), host(catalogue));
        let replaced = vec![
            (service.to_owned(), "<SERVER>"),
            (catalogue.to_owned(), "<SERVER>"),
            (served, "<HOST>"),
            (read.replace(':', "%3A"), "<HOST>"),
            (read, "<HOST>"),
        ];
        let key = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
        let time = r"\d{4}-\d{2}-\d{2}_\d{2}\.\d{2}\.\d{2}";
        Self { replaced, key: Regex::new(key).unwrap(), time: Regex::new(time).unwrap() }
    }

    /// A text without them.
    pub(super) fn text(&self, text: &str) -> String {
        let begin = text.to_owned();
        let text = self.replaced.iter().fold(begin, |text, (this, by)| text.replace(this, by));
        let text = self.key.replace_all(&text, "<KEY>").into_owned();
        self.time.replace_all(&text, "<TIME>").into_owned()
    }

    /// A type of content; of an error without what it is written in.
    pub(super) fn content_type(&self, status: u16, told: Option<&str>) -> String {
        let told = told.unwrap_or_default();
        let is_good = (200..300).contains(&status);
        let end = if is_good { told } else { told.split(';').next().unwrap_or_default() };
        self.text(end)
    }

    /// What is in a file, by name; archives are unpacked into a folder.
    pub(super) fn content(&self, file: &Path, folder: &Path) -> BTreeMap<String, String> {
        fs::create_dir_all(folder).unwrap();
        let unpacked = Command::new("bsdtar").arg("-xf").arg(file).arg("-C").arg(folder).output();
        if !unpacked.unwrap().status.success() || below(folder).is_empty() {
            let bytes = fs::read(file).unwrap();
            let text = String::from_utf8(bytes).unwrap_or_else(|_| sha256(file).unwrap());
            return [("the whole".to_owned(), text)].into();
        }
        let entries = below(folder).into_iter().map(|path| {
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            (self.text(&name), self.entry(&name, &path))
        });
        // One digest more is no other bag.
        entries.filter(|(name, _)| !name.ends_with("manifest-md5.txt")).collect()
    }

    /// What a file of a bag says.
    fn entry(&self, name: &str, path: &Path) -> String {
        let text = fs::read_to_string(path).unwrap();
        let (_, inside) = name.split_once('/').unwrap_or_default();
        match inside {
            "bag-info.txt" => {
                let is_compared =
                    |line: &&str| !NOT_COMPARED.iter().any(|key| line.starts_with(key));
                let mut lines: Vec<&str> = text.lines().filter(is_compared).collect();
                lines.sort_unstable();
                self.text(&lines.join("\n"))
            }
            "metadata/manifest.json" => {
                let described: Value = serde_json::from_str(&text).unwrap();
                let uris = described["aggregates"].as_array().unwrap().iter();
                let uris: Vec<&Value> = uris.map(|one| &one["uri"]).collect();
                format!("{uris:?}")
            }
            "tagmanifest-sha256.txt" => OF_THE_MAKER.to_owned(),
            _ => text,
        }
    }
}
