//! What an output may say of a source only where that has queries to choose from.

use proto::definition::Output;
use proto::fault::{Code, Fault};

/// The mistake of an output that names a query, a snapshot or the form of answers, where its source takes no queries;
/// nothing where it names none of these.
pub(super) fn mistake(index: usize, output: &Output) -> Option<Fault> {
    let asked = [
        ("query", output.query.is_some()),
        ("view", output.view.is_some()),
        ("verbatim", output.verbatim.is_some()),
    ];
    let (key, _) = asked.into_iter().find(|(_, is_there)| *is_there)?;
    let source = &output.from;
    let (why, hint) = match key {
        "query" => (
            format!("the source {source:?} has no queries to choose from"),
            "leave `query` out: what is read stands in the configuration of the source",
        ),
        "view" => (
            format!("the source {source:?} has no snapshots to choose from"),
            "leave `view` out: what is there is read",
        ),
        _ => (
            format!("the source {source:?} gives records, and no answers to be kept as they are"),
            "take a `format` instead",
        ),
    };
    Some(Fault::new(Code::InvalidValue, why).at(format!("/outputs/{index}/{key}")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(more: &str, expected: Option<&str>) {
        let output = format!(r#"{{"to": "a", "from": "s", {more}}}"#);
        let output: Output = serde_json::from_str(&output).unwrap();
        let fault = mistake(2, &output);
        assert_eq!(fault.and_then(|fault| fault.place).as_deref(), expected);
    }

    #[test]
    fn only_sources_with_queries_are_asked_for_one_a_snapshot_or_their_answers() {
        check(r#""format": "csv", "query": "/entity/a:b""#, Some("/outputs/2/query"));
        check(r#""format": "csv", "view": "3-A""#, Some("/outputs/2/view"));
        check(r#""verbatim": "csv""#, Some("/outputs/2/verbatim"));
        check(r#""format": "csv""#, None);
    }
}
