//! What is gone: an output of its own, beside the one whose records they were.

use proto::definition::{Format, Options, Output, Select};

/// The output that lists what is gone from another: `orders.deleted.jsonl` beside `orders.csv`, and
/// `deleted.jsonl` in a folder of files.
pub(super) fn listing(output: &Output) -> Output {
    let (folder, name) = match output.to.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), output.to.as_str()),
    };
    let to = if output.is_one_file() {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        format!("{folder}{stem}.deleted.jsonl")
    } else {
        let folder = folder.split('{').next().unwrap_or_default();
        let folder =
            folder.rsplit_once('/').map_or(String::new(), |(whole, _)| format!("{whole}/"));
        format!("{folder}deleted.jsonl")
    };
    Output {
        to,
        from: output.from.clone(),
        select: Select::default(),
        incremental: None,
        format: Some(Format::Jsonl),
        options: Options::default(),
        per: None,
        assets: None,
        easydb: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &str) {
        assert_eq!(listing(&serde_json::from_str(output).unwrap()).to, expected);
    }

    #[test]
    fn what_is_gone_is_listed_beside_what_is_there() {
        check(r#"{"to": "orders.csv", "from": "s", "format": "csv"}"#, "orders.deleted.jsonl");
        check(
            r#"{"to": "a/b.c/orders", "from": "s", "format": "csv"}"#,
            "a/b.c/orders.deleted.jsonl",
        );
        check(
            r#"{"to": "{a}/x/{b}.json", "from": "s", "format": "json", "per": "record"}"#,
            "deleted.jsonl",
        );
        check(
            r#"{"to": "x/y{a}/{b}.json", "from": "s", "format": "json", "per": "record"}"#,
            "x/deleted.jsonl",
        );
        check(r#"{"to": "media/", "from": "s", "assets": {"field": "f"}}"#, "media/deleted.jsonl");
        check(r#"{"to": "media", "from": "s", "assets": {"field": "f"}}"#, "deleted.jsonl");
    }
}
