//! What is gone: an output of its own, beside the one whose records they were.

use proto::definition::{Format, LineEnd, Options, Output, Select};
use proto::plan::{Listed, Slice};

use super::met::COLUMNS;

/// An output that lists what is gone.
pub(crate) struct Listing {
    /// The output.
    pub(crate) output: Output,
    /// Its columns; nothing where it gives documents.
    pub(crate) fields: Option<Vec<String>>,
    /// The only slice of it.
    pub(crate) slice: Slice,
}

impl Listing {
    /// Of records, by their keys.
    pub(super) fn of_keys(output: &Output, gone: Listed) -> Self {
        Self { output: listing(output), fields: None, slice: Slice::Listed(gone) }
    }

    /// Of objects of a catalogue: a table that looks like those of the export.
    pub(super) fn of_objects(output: &Output, gone: Listed) -> Self {
        let csv = output.easydb.as_ref().and_then(|easydb| easydb.csv.clone()).unwrap_or_default();
        let options = Options {
            delimiter: csv.delimiter,
            quote: csv.quote,
            escape: csv.escape,
            bom: csv.use_bom.then_some(true),
            always_quote: Some(true),
            line_end: Some(LineEnd::Lf),
            ..Options::default()
        };
        let to = "deleted.csv".to_owned();
        let output = Output { to, format: Some(Format::Csv), options, ..listing(output) };
        let fields = COLUMNS.iter().map(|column| (*column).to_owned()).collect();
        Self { output, fields: Some(fields), slice: Slice::Listed(gone) }
    }

    /// Puts it into the folder that an output of a catalogue made for itself.
    pub(crate) fn within(&mut self, folder: &str) {
        let name = self.output.to.rsplit('/').next().unwrap_or_default();
        self.output.to = format!("{}/{name}", folder.trim_end_matches('/'));
    }
}

/// The output that lists what is gone from another: `orders.deleted.jsonl` beside `orders.csv`, and
/// `deleted.jsonl` in a folder of files.
fn listing(output: &Output) -> Output {
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
        query: None,
        view: None,
        select: Select::default(),
        incremental: None,
        format: Some(Format::Jsonl),
        verbatim: None,
        made: None,
        options: Options::default(),
        per: None,
        empty_file: None,
        assets: None,
        easydb: None,
        plugin: None,
        datasets: None,
        plugin_options: serde_json::Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &str) {
        assert_eq!(listing(&serde_json::from_str(output).unwrap()).to, expected);
    }

    #[test]
    fn what_is_gone_of_a_catalogue_is_a_table_in_its_folder() {
        let output = r#"{"to": "{_time}/", "from": "s", "easydb": {"csv": {"delimiter": ";"}}}"#;
        let gone = Listed { key: proto::key::Key::listed("gone".to_owned()), len: 0 };
        let mut listing = Listing::of_objects(&serde_json::from_str(output).unwrap(), gone);
        listing.within("2026-03-05 09_07/");
        assert_eq!(listing.output.to, "2026-03-05 09_07/deleted.csv");
        assert_eq!(listing.output.options.delimiter.as_deref(), Some(";"));
        assert_eq!(listing.fields.unwrap().first().unwrap(), "_system_object_id");
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
