//! Where a version of a file is, and why it cannot be had where it is not there.

use super::json::Json;

/// States in which a file can be fetched.
const THERE: [&str; 3] = ["done", "sync", "pending_checksum"];

/// The state of what the catalogue tried to make, and could not.
const FAILED: &str = "error";

/// Why a version cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// The file has none that is called so.
    Unknown,
    /// The catalogue is not done with it.
    Unfinished,
    /// The catalogue could not make it.
    Failed,
    /// Nobody says where it is.
    Unplaced,
}

impl Absent {
    /// The same in words.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Unknown => "the file has no such version",
            Self::Unfinished => "the version is not finished",
            Self::Failed => "the catalogue could not make the version",
            Self::Unplaced => "the version has no address",
        }
    }

    /// Whether it may be there later though nobody changes its object.
    pub(super) fn may_come(self) -> bool {
        match self {
            Self::Unfinished => true,
            Self::Unknown | Self::Failed | Self::Unplaced => false,
        }
    }
}

/// Where a version is. Versions may be made one after another, so that one that there is not is unfinished where its
/// file is.
pub(super) fn place<'f>(
    file: &'f Json<'f>,
    version: Option<&'f Json<'f>>,
) -> Result<&'f str, Absent> {
    let both = [Some(file), version].into_iter().flatten();
    let mut states = both.filter_map(|of| of.text_of("status"));
    if states.clone().any(|state| state == FAILED) {
        return Err(Absent::Failed);
    }
    if states.any(|state| !THERE.contains(&state)) {
        return Err(Absent::Unfinished);
    }
    let version = version.ok_or(Absent::Unknown)?;
    let address = version.text_of("download_url").or_else(|| version.text_of("url"));
    address.ok_or(Absent::Unplaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_may_come_and_what_failed_will_not() {
        let check = |state: &str, version: &str, expected: Result<&str, Absent>| {
            let text = format!("{{\"status\":\"{state}\",\"versions\":{{\"small\":{version}}}}}");
            let file = Json::parse(&text).unwrap();
            let found = file.at(&["versions", "small"]).filter(|found| **found != Json::Null);
            assert_eq!(place(&file, found), expected, "{text}");
        };
        let there = "{\"status\":\"done\",\"url\":\"a.png\"}";
        for state in ["done", "sync", "pending_checksum", ""] {
            check(state, there, Ok("a.png"));
            check(state, "null", Err(Absent::Unknown));
            check(state, "{\"status\":\"done\"}", Err(Absent::Unplaced));
            check(state, "{\"status\":\"processing\",\"url\":\"a.png\"}", Err(Absent::Unfinished));
            check(state, "{\"status\":\"error\"}", Err(Absent::Failed));
        }
        check("pending", there, Err(Absent::Unfinished));
        check("pending", "null", Err(Absent::Unfinished));
        check("error", there, Err(Absent::Failed));
        check("error", "{\"status\":\"pending\"}", Err(Absent::Failed));
        let all = [Absent::Unknown, Absent::Unfinished, Absent::Failed, Absent::Unplaced];
        let coming: Vec<Absent> = all.into_iter().filter(|absent| absent.may_come()).collect();
        assert_eq!(coming, [Absent::Unfinished]);
    }
}
