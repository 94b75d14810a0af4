//! The fenced blocks of a document, each with a name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// A block as it stands in the document.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The heading above it, and from the second block below a heading on its number there: `Packers`,
    /// `Packers 2`.
    pub(super) name: String,
    /// The chapter: the heading of the second level above it.
    pub(super) chapter: String,
    /// What stands after the fence: `json`, `toml`, `sh`, `text`.
    pub(super) language: String,
    /// What stands between the fences.
    pub(super) text: String,
}

impl Block {
    /// Whether it is a definition.
    pub(super) fn is_definition(&self) -> bool {
        self.language == "json" && self.json().get("outputs").is_some()
    }

    /// What it says, as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// All blocks of a document in `docs/`, in its order.
pub(super) fn blocks(document: &str) -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document);
    let text = fs::read_to_string(path).unwrap();
    let (mut found, mut chapter, mut heading) = (Vec::new(), String::new(), String::new());
    let mut counted = BTreeMap::<String, usize>::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.trim_start_matches('#').strip_prefix(' ')
            && line.starts_with('#')
        {
            title.clone_into(&mut heading);
            if line.starts_with("## ") {
                title.clone_into(&mut chapter);
            }
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let number = counted.entry(heading.clone()).or_default();
        *number += 1;
        let name = if *number == 1 { heading.clone() } else { format!("{heading} {number}") };
        found.push(Block {
            name,
            chapter: chapter.clone(),
            language: language.to_owned(),
            text: inside.join("\n") + "\n",
        });
    }
    found
}

/// The block of a document that has a name.
pub(super) fn block(document: &str, name: &str) -> Block {
    let found = blocks(document).into_iter().find(|block| block.name == name);
    found.unwrap_or_else(|| panic!("{document} has no block {name:?}"))
}

/// The definitions of the manual.
pub(super) fn definitions() -> Vec<Block> {
    blocks("definition.md").into_iter().filter(Block::is_definition).collect()
}
