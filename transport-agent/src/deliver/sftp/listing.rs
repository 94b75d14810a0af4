//! What `ls -ln` prints: a line for each file, which the program makes itself from what the server knows.

use std::collections::HashMap;

/// The lengths of the files of a listing, by their names without folders.
pub(super) fn lengths(said: &str) -> HashMap<String, u64> {
    said.lines().filter_map(file).collect()
}

/// A line such as `-rw-r--r--    1 0        0            1234 Nov 21 12:00 /in/a b.zip`.
fn file(line: &str) -> Option<(String, u64)> {
    let mut rest = line.strip_prefix('-')?;
    let mut len = None;
    // Rights, links, owner, group, length, month, day and time come before the path.
    for field in 0..8 {
        let (word, after) = rest.trim_start().split_once(char::is_whitespace)?;
        if field == 4 {
            len = word.parse().ok();
        }
        rest = after;
    }
    let name = rest.rsplit('/').next()?;
    Some((name.trim_start_matches(' ').to_owned(), len?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_what_is_no_file_is_not() {
        let said = "sftp> -ls -ln \"a\"*\n\
                    -rw-r--r--    1 0        0         5242880 Nov 21 12:00 /in/.part-0\n\
                    -rw-r--r--    ? 1000     1000           12 Jan  1  2025 a b  c.zip\n\
                    drwxr-xr-x    2 0        0            4096 Nov 21 12:00 /in/x\n\
                    Can't ls: \"/in/y\" not found\n";
        let expected = [(".part-0".to_owned(), 5_242_880), ("a b  c.zip".to_owned(), 12)];
        assert_eq!(lengths(said), HashMap::from(expected));
    }
}
