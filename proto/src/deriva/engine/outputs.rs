//! The outputs of an export by their paths, each of which is there once.

use std::collections::BTreeMap;

/// The paths of the outputs so far.
///
/// The first of several outputs keeps the path; the others get `~2`, `~3` … before their extensions, so
/// that the result depends on their order alone. Paths that differ in case alone are the same, for some
/// file systems hold them to be.
#[derive(Debug, Clone, Default)]
pub struct Outputs {
    /// By the folded path: the path as it was given, and the suffix that another one tries next.
    taken: BTreeMap<String, (String, u32)>,
}

/// A path that was given to an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The path.
    pub path: String,
    /// What people are told where it is not the one that was wanted.
    pub warning: Option<String>,
}

impl Outputs {
    /// Gives an output its path, or the nearest that is free.
    pub fn claim(&mut self, wanted: &str) -> Given {
        let Some((holder, mut next)) = self.taken.get(&folded(wanted)).cloned() else {
            self.taken.insert(folded(wanted), (wanted.to_owned(), 2));
            return Given { path: wanted.to_owned(), warning: None };
        };
        let (stem, extension) = parted(wanted);
        let path = loop {
            let path = format!("{stem}~{next}{extension}");
            next += 1;
            if !self.taken.contains_key(&folded(&path)) {
                break path;
            }
        };
        self.taken.insert(folded(wanted), (holder.clone(), next));
        self.taken.insert(folded(&path), (path.clone(), 2));
        let warning = format!("an output is written to {path}, for {holder} is another one's");
        Given { path, warning: Some(warning) }
    }

    /// Whether an output has just this path.
    pub fn has(&self, path: &str) -> bool {
        self.taken.get(&folded(path)).is_some_and(|(holder, _)| holder == path)
    }

    /// Lets a path go whose output is there no more, so that another may have it.
    pub fn release(&mut self, path: &str) {
        if self.has(path) {
            self.taken.remove(&folded(path));
        }
    }
}

fn folded(path: &str) -> String {
    path.to_lowercase()
}

/// A path before its extension, and the extension.
fn parted(path: &str) -> (&str, &str) {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path.rfind('.') {
        Some(dot) if dot > name => path.split_at(dot),
        Some(_) | None => (path, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &[&str], expected: &[&str]) {
        let mut outputs = Outputs::default();
        let given: Vec<Given> = wanted.iter().map(|path| outputs.claim(path)).collect();
        let paths: Vec<&str> = given.iter().map(|given| given.path.as_str()).collect();
        assert_eq!(paths, expected);
        for (given, wanted) in given.iter().zip(wanted) {
            assert_eq!(given.warning.is_some(), given.path != *wanted);
        }
    }

    #[test]
    fn the_first_of_a_path_keeps_it() {
        check(&["a.csv", "b.csv"], &["a.csv", "b.csv"]);
        check(&["a.csv", "a.csv", "a.csv"], &["a.csv", "a~2.csv", "a~3.csv"]);
        check(&["d.x/a", "d.x/a"], &["d.x/a", "d.x/a~2"]);
        check(&["d/.csv", "d/.csv"], &["d/.csv", "d/.csv~2"]);
        check(&["a~2.csv", "a.csv", "a.csv"], &["a~2.csv", "a.csv", "a~3.csv"]);
        check(&["A.csv", "a.csv"], &["A.csv", "a~2.csv"]);
    }

    #[test]
    fn whose_path_it_is_is_told() {
        let mut outputs = Outputs::default();
        outputs.claim("A.csv");
        let warning = outputs.claim("a.csv").warning.unwrap();
        assert_eq!(warning, "an output is written to a~2.csv, for A.csv is another one's");
    }

    #[test]
    fn a_path_is_free_again_once_its_output_is_gone() {
        let mut outputs = Outputs::default();
        outputs.claim("a.json");
        assert!(outputs.has("a.json") && !outputs.has("A.json"));
        outputs.release("A.json");
        outputs.release("a.json");
        assert_eq!(outputs.claim("a.json").path, "a.json");
    }
}
