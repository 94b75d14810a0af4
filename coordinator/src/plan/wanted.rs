//! What an output asks of its source: which fields, and how many records make a batch.

use proto::definition::{Format, Output};
use proto::plan::Slice;
use source::{Survey, Wanted};

/// Records per batch of an output of assets, where the definition does not say: their files are what
/// takes the time, and nobody knows how long they are.
const ASSET_RECORDS: u64 = 200;

/// Files per batch of an output with a file for each record, or that leaves them where they are, where
/// the definition does not say.
const FILE_RECORDS: u64 = 10_000;

/// Most records of a batch that makes a file for each: its commit record names them all, and is read
/// whole.
const MOST_FILES: u64 = 100_000;

/// Objects per batch of an output of a catalogue, where the definition does not say: as easydb has it.
const CATALOGUE_OBJECTS: u64 = 100;

/// What a plan knows of an output that needs nothing of its source itself: a slice of no files, which nobody
/// reads.
pub(super) fn nothing() -> Survey {
    Survey {
        fields: Some(Vec::new()),
        slices: vec![Slice::Files(Vec::new())],
        records: Some(0),
        bytes: Some(0),
        view: None,
        hold: None,
    }
}

/// What an output asks of its source.
pub(super) fn wanted(output: &Output, batch_size: Option<u64>, target_bytes: u64) -> Wanted {
    let (fields, batch_size) = if output.assets.is_some() {
        let is_remote = output.assets.as_ref().is_some_and(|assets| assets.remote.is_some());
        let usual = if is_remote { FILE_RECORDS } else { ASSET_RECORDS };
        (Some(Vec::new()), Some(files(batch_size.unwrap_or(usual))))
    } else {
        let batch_size = if output.easydb.is_some() {
            Some(batch_size.unwrap_or(CATALOGUE_OBJECTS))
        } else if output.per.is_some() {
            Some(files(batch_size.unwrap_or(FILE_RECORDS)))
        } else if output.is_whole() {
            // One batch for all.
            Some(0)
        } else {
            batch_size
        };
        (output.fields(), batch_size)
    };
    Wanted {
        fields,
        besides: output.besides(),
        filter: output.select.filter.clone(),
        batch_size,
        target_bytes,
        needs_columns: output.format.is_some_and(Format::is_table)
            || !output.options.attributes.is_empty(),
        search: output.search(),
        query: output.query.clone(),
        view: None,
    }
}

/// A batch size for an output of many files; one batch for all (0) is cut at the most.
fn files(batch_size: u64) -> u64 {
    if batch_size == 0 { MOST_FILES } else { batch_size.min(MOST_FILES) }
}
