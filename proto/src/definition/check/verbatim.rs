//! The rules between the keys of an output that keeps what its source answers, that reads a snapshot, or whose file is
//! left out where it is empty.

use super::super::Output;
use crate::fault::{Code, Fault};

/// Checks what goes with answers that are kept, with snapshots and with files that are left out.
pub(super) fn check(output: &Output, place: &str, faults: &mut Vec<Fault>) {
    let mut refuse = |key: &str, why: &str, hint: &str| {
        faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")).hint(hint));
    };
    if output.verbatim.is_some() {
        for (key, is_there) in [
            ("format", output.format.is_some()),
            ("assets", output.assets.is_some()),
            ("per", output.per.is_some()),
            ("options", !output.options.is_default()),
            ("select", !output.select.is_everything()),
            ("incremental", output.incremental.is_some()),
        ] {
            if is_there {
                let why = format!("`{key}` does not go with `verbatim`");
                refuse(key, &why, "say in `query` what the source is to answer");
            }
        }
    }
    if output.view.is_some() && output.incremental.is_some() {
        let why = "nothing is new in a snapshot that stays";
        refuse("view", why, "leave out `view`, or `incremental`");
    }
    let is_shared = output.is_one_file() && !output.is_whole() && !output.is_without_records();
    if output.empty_file.is_some() && !is_shared && output.made.is_none() {
        let why = "it is for files of records that are written one after another, or that are made of others";
        refuse("empty_file", why, "leave it out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(more: &str, expected: &[&str]) {
        let json = format!(r#"{{"to": "a", "from": "a", {more}}}"#);
        let output: Output = serde_json::from_str(&json).unwrap();
        let mut faults = Vec::new();
        super::check(&output, "", &mut faults);
        let places: Vec<&str> =
            faults.iter().map(|fault| fault.place.as_deref().unwrap()).collect();
        assert_eq!(places, expected, "{faults:?}");
    }

    #[test]
    fn an_answer_that_is_kept_has_nothing_of_a_format() {
        check(r#""verbatim": "json_stream", "query": "/schema", "view": "3-A""#, &[]);
        check(
            r#""verbatim": "csv", "format": "csv", "options": {"bom": true}"#,
            &["/format", "/options"],
        );
        check(
            r#""verbatim": "json", "select": {"fields": ["a"]}, "per": "record""#,
            &["/per", "/select"],
        );
        check(r#""verbatim": "csv", "incremental": {"by": {"field": "b"}}"#, &["/incremental"]);
    }

    #[test]
    fn only_files_that_are_written_record_by_record_are_left_out() {
        check(r#""format": "csv", "empty_file": "drop""#, &[]);
        check(r#""verbatim": "json", "empty_file": "keep""#, &[]);
        check(r#""format": "xlsx", "empty_file": "drop""#, &["/empty_file"]);
        check(r#""format": "json", "per": "record", "empty_file": "drop""#, &["/empty_file"]);
    }

    #[test]
    fn a_snapshot_is_not_read_for_what_is_new() {
        check(
            r#""format": "csv", "view": "3-A", "incremental": {"by": {"field": "b"}}"#,
            &["/view"],
        );
    }
}
