//! Lists a tree in the order of its keys, without ever holding more than a page of it.

use std::collections::BinaryHeap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use proto::key::{Key, Prefix};

use super::layout::{Layout, is_inside, tag_of};
use crate::store::{Entry, StoreError};

/// Least names that are taken from a directory at once, so that one full of empty directories is not
/// read again for each of them.
const LEAST_NAMES: usize = 64;

/// Objects below a prefix after a key, in the order of keys.
///
/// Directories that cannot hold any are not entered, and only files that are answered are looked
/// at. A directory is read once for every page of it.
pub(crate) fn list(
    layout: &Layout,
    prefix: &Prefix,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let parent = prefix.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    if !(parent.is_empty() || is_inside(parent)) {
        return Ok(Vec::new());
    }
    let after = after.map_or("", Key::as_str);
    let mut walk = Walk { prefix: prefix.as_str(), after, limit, found: Vec::new() };
    let below = if parent.is_empty() { String::new() } else { format!("{parent}/") };
    walk.enter(&layout.root().join(parent), &below).map_err(|error| StoreError::Unavailable {
        during: "list a directory",
        source: Box::new(error),
    })?;
    if walk.found.is_empty() {
        layout.check_root()?;
    }
    Ok(walk.found)
}

struct Walk<'a> {
    prefix: &'a str,
    after: &'a str,
    limit: usize,
    found: Vec<Entry>,
}

impl Walk<'_> {
    /// Lists what is in a directory, whose keys begin with `below`.
    fn enter(&mut self, directory: &Path, below: &str) -> io::Result<()> {
        let mut beyond = String::new();
        loop {
            let most = (self.limit - self.found.len()).max(LEAST_NAMES);
            let names = self.smallest(directory, below, &beyond, most)?;
            for name in &names {
                self.visit(&directory.join(name), format!("{below}{name}"))?;
                if self.found.len() >= self.limit {
                    return Ok(());
                }
            }
            // Only a short page of names means the end: files that vanish between the two looks at
            // them make a full page of names give fewer objects.
            match names.into_iter().nth(most - 1) {
                Some(last) => beyond = last,
                None => return Ok(()),
            }
        }
    }

    /// The first names in a directory, of those greater than `beyond` that lead to objects in
    /// question. A directory's name ends in `/`, which puts it where its keys are.
    fn smallest(
        &self,
        directory: &Path,
        below: &str,
        beyond: &str,
        most: usize,
    ) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let mut smallest = BinaryHeap::new();
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            let Ok(mut name) = entry.file_name().into_string() else { continue };
            if below.is_empty() && Layout::is_reserved(&name) || !(kind.is_dir() || kind.is_file())
            {
                continue;
            }
            if kind.is_dir() {
                name.push('/');
            }
            if name.as_str() > beyond && self.concerns(&format!("{below}{name}")) {
                smallest.push(name);
                if smallest.len() > most {
                    smallest.pop();
                }
            }
        }
        Ok(smallest.into_sorted_vec())
    }

    /// Whether a key is in question, or keys that begin with it are where it ends in `/`.
    fn concerns(&self, path: &str) -> bool {
        let is_directory = path.ends_with('/');
        let in_prefix =
            path.starts_with(self.prefix) || is_directory && self.prefix.starts_with(path);
        in_prefix && (path > self.after || is_directory && self.after.starts_with(path))
    }

    fn visit(&mut self, path: &Path, key: String) -> io::Result<()> {
        if key.ends_with('/') {
            return self.enter(path, &key);
        }
        match fs::symlink_metadata(path) {
            Ok(metadata) => {
                let key = Key::listed(key);
                self.found.push(Entry { key, len: metadata.len(), tag: tag_of(&metadata) });
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}
