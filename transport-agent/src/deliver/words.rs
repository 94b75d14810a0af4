//! What rsync, sftp and ssh mean by how they end: their exit code, and the words before it.
//!
//! The words count more than the code: a full disk ends with 11, 12 or 23, depending on which side
//! notices first.

use super::DeliveryError;
use super::said::on_one_line;

/// What a person wants to be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Untrusted,
    Full,
    Refused,
    Unreachable,
}

/// Words that mean the same whatever the code, in the order in which they count.
const WORDS: &[(&str, Meaning)] = &[
    ("Host key verification failed", Meaning::Untrusted),
    ("HOST IDENTIFICATION HAS CHANGED", Meaning::Untrusted),
    ("host key is known for", Meaning::Untrusted),
    ("No space left on device", Meaning::Full),
    ("Disk quota exceeded", Meaning::Full),
    ("max connections", Meaning::Unreachable),
    // An account that is locked down to one session at a time.
    ("Another instance of rrsync", Meaning::Unreachable),
    ("Permission denied", Meaning::Refused),
    ("Operation not permitted", Meaning::Refused),
    ("Read-only file system", Meaning::Refused),
    ("module is read only", Meaning::Refused),
    // A folder in the place of a file, with something in it.
    ("could not make way for", Meaning::Refused),
    ("auth failed", Meaning::Refused),
    ("Unknown module", Meaning::Refused),
    ("access denied", Meaning::Refused),
    ("command not found", Meaning::Refused),
    ("rrsync error", Meaning::Refused),
];

/// The error of a call of sftp, which ends with 1 for whatever a command met and with 255 for the rest.
/// Its protocol has no word for a full disk, so that one is tried again like any failure.
pub(super) fn sftp_failure(target: &str, code: Option<i32>, complaint: &str) -> DeliveryError {
    if complaint.contains("No such file or directory") {
        let (target, what) = (target.to_owned(), told(code, complaint));
        // What was sent a moment ago is gone where two agents deliver the same at once.
        if complaint.contains("remote rename") {
            return DeliveryError::Damaged { target, what };
        }
        return DeliveryError::Refused { target, what };
    }
    failure(target, code.filter(|code| *code != 1), complaint)
}

/// The error of a call that ended with a code, or by a signal.
pub(super) fn failure(target: &str, code: Option<i32>, complaint: &str) -> DeliveryError {
    let (target, what) = (target.to_owned(), told(code, complaint));
    match meaning(code, complaint) {
        Meaning::Untrusted => DeliveryError::Untrusted { target, what },
        Meaning::Full => DeliveryError::Full { target, what },
        Meaning::Refused => DeliveryError::Refused { target, what },
        Meaning::Unreachable => DeliveryError::Unreachable { target, what },
    }
}

fn meaning(code: Option<i32>, complaint: &str) -> Meaning {
    let said = WORDS.iter().find(|(words, _)| complaint.contains(words));
    if let Some((_, meaning)) = said {
        return *meaning;
    }
    match code {
        // Usage, versions that do not understand each other, a folder that cannot be made, what the
        // other side does not support, a daemon that says no; a shell without rsync.
        Some(1..=6 | 127) => Meaning::Refused,
        // Connections that broke or were silent (10, 12, 30, 35), processes that were killed (13, 14,
        // 19, 20, 22, 137), ssh itself (255), files that could not be written for no reason given
        // (11, 23), and 24, which staged files cannot be. A signal has no code.
        Some(_) | None => Meaning::Unreachable,
    }
}

/// What was said, in one line that a terminal does not obey, without the repeated rest.
fn told(code: Option<i32>, complaint: &str) -> String {
    let is_told = |line: &&str| !line.starts_with('@') && !line.starts_with("rsync error:");
    let lines = complaint.lines().map(str::trim).filter(is_told);
    let text = on_one_line(lines);
    let code = code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"));
    if text.is_empty() { format!("it ended with {code}") } else { format!("{text} ({code})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_before_codes() {
        let check = |code, complaint: &str, expected| {
            assert_eq!(meaning(code, complaint), expected, "{code:?} {complaint}");
        };
        check(Some(255), "Host key verification failed.\r\nrsync: ...", Meaning::Untrusted);
        check(Some(255), "u@h: Permission denied (publickey).", Meaning::Refused);
        check(
            Some(255),
            "ssh: connect to host h port 22: Connection refused",
            Meaning::Unreachable,
        );
        check(Some(11), "rsync: write failed: No space left on device (28)", Meaning::Full);
        check(Some(12), "rsync: write failed: Disk quota exceeded (122)", Meaning::Full);
        check(
            Some(23),
            "cannot delete non-empty directory: a\ncould not make way for new regular file: a",
            Meaning::Refused,
        );
        check(Some(5), "@ERROR: auth failed on module x", Meaning::Refused);
        check(
            Some(5),
            "@ERROR: max connections (2) reached -- try again later",
            Meaning::Unreachable,
        );
        check(
            Some(1),
            "rrsync error: Another instance of rrsync is already accessing this directory.",
            Meaning::Unreachable,
        );
        for code in [1, 2, 3, 4, 5, 127] {
            check(Some(code), "", Meaning::Refused);
        }
        for code in [10, 11, 12, 13, 14, 20, 23, 24, 30, 35, 137, 255] {
            check(Some(code), "", Meaning::Unreachable);
        }
        check(None, "", Meaning::Unreachable);
    }

    #[test]
    fn what_is_told_is_one_line_that_a_terminal_does_not_obey() {
        let complaint =
            "@@@@@@\r\nrsync: \u{1b}[31mno\r\n\r\nrsync error: some (code 23) at main.c\n";
        assert_eq!(told(Some(23), complaint), "rsync:  [31mno (exit code 23)");
        assert_eq!(told(None, ""), "it ended with no exit code");
    }
}
