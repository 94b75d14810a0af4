//! What rsync is told: options that are made of checked values, and nothing else.

use std::ffi::OsString;

use proto::definition;
use proto::target::{RsyncPlace, RsyncTarget};

/// Where what was cut off waits on the other side.
const PARTIAL: &str = "--partial-dir=.longshore-partial";

/// What a call that sends is told besides, where what was cut off is continued.
const SEND: [&str; 5] = [PARTIAL, "--times", "--omit-dir-times", "--info=progress2", "--no-h"];

/// What a call is told besides that compares by content. It must name no file of which only rights, owner
/// or time differ, whatever is kept of them: only the end of what rsync says is read.
pub(super) const VERIFY: [&str; 7] = [
    "--checksum",
    "--dry-run",
    "--no-perms",
    "--no-times",
    "--no-owner",
    "--no-group",
    "--out-format=%i %n",
];

/// What a call is told besides that takes away what is not in the tree.
pub(super) const PRUNE: [&str; 5] =
    [PARTIAL, "--delete", "--existing", "--ignore-existing", "--omit-dir-times"];

/// What a call that sends is told besides.
pub(super) fn send(options: &definition::RsyncOptions) -> Vec<&'static str> {
    let is_continued = options.partial != Some(false);
    SEND.into_iter().filter(|argument| is_continued || *argument != PARTIAL).collect()
}

/// What every call for a target is told; a file at `kept` is not excluded.
pub(super) fn always(
    target: &RsyncTarget,
    options: &definition::RsyncOptions,
    kept: Option<&str>,
) -> Vec<OsString> {
    let seconds = target.silence.as_secs().max(1);
    let mut arguments = vec!["--recursive".to_owned(), "--mkpath".to_owned()];
    arguments.push(format!("--timeout={seconds}"));
    if target.place().is_ok_and(|place| matches!(place, RsyncPlace::Daemon { .. })) {
        arguments.push(format!("--contimeout={seconds}"));
    }
    let switches = [
        (options.archive, "--archive"),
        (options.compress, "--compress"),
        (options.checksum, "--checksum"),
        // A folder in the place of a file makes room, as whatever else is not in the tree will.
        (options.delete, "--force"),
    ];
    arguments.extend(switches.iter().filter(|(is_on, _)| *is_on).map(|(_, name)| (*name).into()));
    arguments.extend(options.bwlimit.map(|limit| format!("--bwlimit={limit}")));
    // The first pattern that a file is of counts.
    arguments.extend(kept.map(|path| format!("--include=/{path}")));
    arguments.extend(options.exclude.iter().map(|pattern| format!("--exclude={pattern}")));
    if let Some(rights) = &options.chmod {
        arguments.extend(["--perms".to_owned(), format!("--chmod={rights}")]);
    }
    arguments.into_iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(options: &str, kept: Option<&str>) -> Vec<String> {
        let target: RsyncTarget = serde_json::from_str(r#"{"to": "h::m"}"#).unwrap();
        let arguments = always(&target, &serde_json::from_str(options).unwrap(), kept);
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn options_become_arguments_and_nothing_else_does() {
        let base = ["--recursive", "--mkpath", "--timeout=60", "--contimeout=60"];
        assert_eq!(arguments("{}", None), base);
        let all = arguments(
            r#"{"archive": true, "compress": true, "checksum": true, "delete": true, "bwlimit": 100,
                "chmod": "D755", "exclude": ["*.tmp", "/a b/"]}"#,
            Some("key.age"),
        );
        let more = [
            "--archive",
            "--compress",
            "--checksum",
            "--force",
            "--bwlimit=100",
            "--include=/key.age",
            "--exclude=*.tmp",
            "--exclude=/a b/",
            "--perms",
            "--chmod=D755",
        ];
        assert_eq!(all, [&base[..], &more].concat());
    }

    #[test]
    fn what_was_cut_off_waits_to_be_continued_unless_it_may_not() {
        let check = |options: &str, is_continued: bool| {
            let told = send(&serde_json::from_str(options).unwrap());
            let rest = ["--times", "--omit-dir-times", "--info=progress2", "--no-h"];
            let partial = ["--partial-dir=.longshore-partial"];
            let partial = if is_continued { &partial[..] } else { &[] };
            assert_eq!(told, [partial, &rest].concat(), "{options}");
        };
        check("{}", true);
        check(r#"{"partial": true}"#, true);
        check(r#"{"partial": false}"#, false);
    }
}
