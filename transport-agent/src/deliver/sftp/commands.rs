//! What the program is told to do: a line for each step, in which no name is read as anything else.
//!
//! Quotes are enough for that: names of files have neither quotes nor backslashes nor control characters.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::deliver::staging::Waiting;

/// Where files go, and what they are called until they are whole.
pub(super) struct Place {
    /// Where everything goes; empty, or ends in a slash.
    pub(super) folder: String,
    /// What the names of files under way begin with.
    pub(super) mark: String,
}

impl Place {
    /// Sends files that wait under numbers, of which the first is the `first` of the delivery. `begun`
    /// has the lengths of those that were begun before, by the names that they have until they are whole.
    pub(super) fn send(
        &self,
        files: &[Waiting],
        first: u64,
        begun: &HashMap<String, u64>,
    ) -> String {
        let (mut commands, mut made) = (String::new(), String::new());
        for ((place, file), number) in files.iter().enumerate().zip(first..) {
            let whole = format!("{}{}", self.folder, file.path);
            let (folder, _) = whole.rsplit_once('/').unwrap_or_default();
            if folder != made {
                make_folders(folder, &mut commands);
                folder.clone_into(&mut made);
            }
            // Those that are begun are looked for in the folder of the delivery.
            let part = format!("{}{}{number}", self.folder, self.mark);
            let verb = match begun.get(&format!("{}{number}", self.mark)) {
                // All of it came, and nobody was left to rename it.
                Some(len) if *len == file.size => None,
                Some(len) if (1..file.size).contains(len) => Some("reput"),
                Some(_) | None => Some("put"),
            };
            if let Some(verb) = verb {
                let _ = writeln!(commands, "{verb} {place} \"{part}\"");
            }
            let _ = writeln!(commands, "rename \"{part}\" \"{whole}\"");
        }
        commands
    }

    /// Lists files that were begun; that there are none does not count.
    pub(super) fn list_begun(&self) -> String {
        format!("-ls -ln \"{}{}\"*\n", self.folder, self.mark)
    }

    /// Lists one file; that it is not there does not count. What the program would read as a pattern
    /// stands for any character.
    pub(super) fn list(&self, path: &str) -> String {
        let path = format!("{}{path}", self.folder).replace(['[', ']', '*', '?'], "\"?\"");
        format!("-ls -ln \"{path}\"\n")
    }
}

/// Commands that make a folder and those above it; those that are there do not count.
fn make_folders(folder: &str, commands: &mut String) {
    let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
    for folder in ends.map(|end| &folder[..end]).filter(|folder| !folder.is_empty()) {
        let _ = writeln!(commands, "-mkdir \"{folder}\"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, u64)]) -> Vec<Waiting> {
        let file = |(path, size): &(&str, u64)| Waiting { path: (*path).to_owned(), size: *size };
        files.iter().map(file).collect()
    }

    fn place() -> Place {
        Place { folder: "/in/a b/".to_owned(), mark: ".part-".to_owned() }
    }

    #[test]
    fn folders_are_made_once_and_files_renamed_when_they_are_whole() {
        let files = files(&[("x/1", 5), ("x/2", 5), ("3", 5)]);
        let expected = "\
-mkdir \"/in\"
-mkdir \"/in/a b\"
-mkdir \"/in/a b/x\"
put 0 \"/in/a b/.part-7\"
rename \"/in/a b/.part-7\" \"/in/a b/x/1\"
put 1 \"/in/a b/.part-8\"
rename \"/in/a b/.part-8\" \"/in/a b/x/2\"
-mkdir \"/in\"
-mkdir \"/in/a b\"
put 2 \"/in/a b/.part-9\"
rename \"/in/a b/.part-9\" \"/in/a b/3\"
";
        assert_eq!(place().send(&files, 7, &HashMap::new()), expected);
    }

    #[test]
    fn what_was_begun_goes_on_and_what_was_whole_is_only_renamed() {
        let check = |len: u64, expected: &str| {
            let begun = HashMap::from([(".part-0".to_owned(), len)]);
            let commands = place().send(&files(&[("v.zip", 9)]), 0, &begun);
            let verbs: Vec<&str> = commands
                .lines()
                .filter_map(|line| line.split(' ').next())
                .filter(|verb| *verb != "-mkdir")
                .collect();
            assert_eq!(verbs.join(" "), expected, "{len}");
        };
        check(0, "put rename");
        check(4, "reput rename");
        check(9, "rename");
        check(10, "put rename");
    }

    #[test]
    fn a_name_is_no_pattern() {
        assert_eq!(place().list("a[1]/b"), "-ls -ln \"/in/a b/a\"?\"1\"?\"/b\"\n");
    }
}
