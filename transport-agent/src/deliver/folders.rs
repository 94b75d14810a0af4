//! Which folders a file needs that the file before it did not.

/// The folders of the file before.
#[derive(Debug, Default)]
pub(super) struct Folders {
    made: String,
}

impl Folders {
    /// The folders above a file that are to be made, outermost first, each ending in a slash.
    pub(super) fn above<'p>(&mut self, path: &'p str) -> Vec<&'p str> {
        let folders = path.match_indices('/').map(|(end, _)| &path[..=end]);
        let new = folders.filter(|folder| !self.made.starts_with(folder)).collect();
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        self.made = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_differ_are_made() {
        let mut folders = Folders::default();
        assert_eq!(folders.above("a/b/1"), ["a/", "a/b/"]);
        assert!(folders.above("a/b/2").is_empty());
        assert_eq!(folders.above("a/bc/3"), ["a/bc/"]);
        assert!(folders.above("4").is_empty());
        assert_eq!(folders.above("a/5"), ["a/"]);
    }
}
