//! `plugin new`: the folder of a plugin that runs at once, and whose spec passes, to be changed from there.

use std::fs;
use std::path::Path;

use anyhow::Context;
use proto::fault::{Code, Fault};

use crate::cli;
use crate::exit::{self, Exit};

/// The files, each with its place. `{{…}}` is put in, in both.
const FILES: &[(&str, &str)] = &[
    ("manifest.json", include_str!("template/manifest.json")),
    ("backends/sync/{{folder}}/sync.rb", include_str!("template/sync.rb")),
    ("backends/sync/{{folder}}/export.rb", include_str!("template/export.rb")),
    ("spec/export_spec.rb", include_str!("template/export_spec.rb")),
];

/// What modules of plugins cannot be called, for Ruby or its library have it.
const TAKEN: &str = "Array Binding Class Comparable Complex Data Date Digest Dir Encoding Enumerable Enumerator \
    Errno Etc Exception Fiber File Float Gem Hash Integer Kernel Marshal Math Method Module \
    Monitor Mutex Net Numeric Object Pathname Proc Process Queue Ractor Random Range Rational \
    Regexp Set Signal String Struct Symbol Tempfile Thread Time Verse Warning Zlib";

/// Writes it.
pub(super) fn new(args: &cli::NewPlugin) -> anyhow::Result<Exit> {
    let folder = args.folder.as_path();
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let names = match name.as_deref().map_or_else(|| Err(unnamed("")), Names::of) {
        Ok(names) => names,
        Err(fault) => return Ok(exit::bad_input("the command line", &[fault])),
    };
    if is_taken(folder) {
        let fault = Fault::new(Code::Conflict, "this is there already")
            .at(folder.display().to_string())
            .hint("take another name, or move it away");
        return Ok(exit::bad_input("the command line", &[fault]));
    }
    for (place, text) in FILES {
        let path = folder.join(names.put(place));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        }
        fs::write(&path, names.put(text)).with_context(|| format!("writing {}", path.display()))?;
        exit::print(&path.display().to_string());
    }
    exit::say(&format!("`longshore plugin test {}` runs it", folder.display()));
    Ok(Exit::Done)
}

/// Whether something is there that would be mixed with the plugin.
fn is_taken(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.symlink_metadata().is_ok(),
    }
}

/// What the plugin is called, wherever it is named.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// In the manifest and in definitions, such as `box-list`.
    name: String,
    /// Of people, such as `Box list`.
    title: String,
    /// Of Ruby, such as `BoxList`.
    module: String,
    /// Of the folder that has the module, such as `box_list`.
    folder: String,
}

impl Names {
    fn of(name: &str) -> Result<Self, Fault> {
        let parts: Vec<&str> = name.split(['-', '_']).collect();
        let is_word = |part: &&str| {
            part.starts_with(|first: char| first.is_ascii_lowercase())
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let module: String = parts.iter().map(|part| capital(part)).collect();
        if !parts.iter().all(is_word) || TAKEN.split(' ').any(|taken| taken == module) {
            return Err(unnamed(name));
        }
        let title = parts.join(" ");
        Ok(Self { name: name.to_owned(), title: capital(&title), module, folder: parts.join("_") })
    }

    fn put(&self, text: &str) -> String {
        text.replace("{{name}}", &self.name)
            .replace("{{title}}", &self.title)
            .replace("{{module}}", &self.module)
            .replace("{{folder}}", &self.folder)
    }
}

fn unnamed(name: &str) -> Fault {
    Fault::new(Code::InvalidValue, format!("{name:?} cannot be the name of a plugin"))
        .at("NAME")
        .hint("words of small letters and digits, joined by `-` or `_`, such as `box-list`, which Ruby does not have already")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_put_as_each_place_wants_it() {
        for name in ["box-list2", "box_list2"] {
            let names = Names::of(name).unwrap();
            let said = "{{name}} {{title}} {{module}} {{folder}}";
            assert_eq!(names.put(said), format!("{name} Box list2 BoxList2 box_list2"));
        }
    }

    #[test]
    fn what_ruby_cannot_call_a_module_is_refused() {
        for name in
            ["", "Boxes", "2boxes", "box list", "box--list", "boxes-", "bo/xes", "bøxes", "set"]
        {
            assert!(Names::of(name).unwrap_err().message.contains(name), "{name}");
        }
    }

    #[test]
    fn nothing_is_left_to_put_in() {
        let names = Names::of("boxes").unwrap();
        for (place, text) in FILES {
            assert!(!names.put(place).contains("{{"), "{place}");
            assert!(!names.put(text).contains("{{"), "{place}");
        }
    }
}
