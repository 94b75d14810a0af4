//! Where batches begin: by length alone where that will do, otherwise in one pass over the files.

use proto::plan::FileRange;
use tokio_util::sync::CancellationToken;

use super::lines::{Length, Lines};
use crate::document::Keys;
use crate::files::{Cut, Files, Listed, Slicer, Window};
use crate::{SourceError, Survey, Wanted};

/// How many bytes are read to guess the number of records (1 MiB).
const SAMPLE_BYTES: u64 = 1 << 20;

/// Looks the files over.
pub(super) fn survey(
    files: &Files,
    listed: &[Listed],
    wanted: &Wanted,
    stop: &CancellationToken,
) -> Result<Survey, SourceError> {
    let total = listed.iter().map(|file| file.len).sum();
    let mut cutter = Slicer::new(Cut::wanted(wanted, total));
    let keys = (wanted.needs_columns && wanted.fields.is_none()).then(Keys::default);
    let counts_records = wanted.batch_size.is_some_and(|size| size > 0);
    let (fields, slices, records) = if counts_records || keys.is_some() {
        let fields = scan(files, listed, keys, &mut cutter, stop)?;
        let (slices, records) = cutter.finish()?;
        (fields, slices, Some(records))
    } else {
        for file in listed {
            cut_by_length(file, &mut cutter)?;
        }
        (None, cutter.finish()?.0, guess(files, listed, total, stop)?)
    };
    let fields = wanted.fields.clone().or(fields);
    Ok(Survey { fields, slices, records, bytes: Some(total), view: None, hold: None })
}

/// Counts records, cuts between them, and gathers their keys where these are wanted.
fn scan(
    files: &Files,
    listed: &[Listed],
    mut keys: Option<Keys>,
    slicer: &mut Slicer,
    stop: &CancellationToken,
) -> Result<Option<Vec<String>>, SourceError> {
    for file in listed {
        let mut lines = Lines::open(files, &whole(file), stop)?;
        slicer.begin(file, 0, Some(1));
        while let Some(line) = lines.next()? {
            if slicer.is_due(line.at) {
                slicer.cut(line.at, line.number)?;
            }
            slicer.record();
            if let (Some(keys), Length::Allowed) = (&mut keys, line.length) {
                keys.add(line.bytes).map_err(|many| SourceError::Refused {
                    what: format!("{} and the files before it have more than {many} different fields; name those that are wanted", file.path),
                })?;
            }
        }
        slicer.end();
    }
    Ok(keys.map(Keys::into_names))
}

/// Cuts a file by its length alone.
fn cut_by_length(file: &Listed, slicer: &mut Slicer) -> Result<(), SourceError> {
    slicer.begin(file, 0, Some(1));
    let mut at = 0;
    while let Some(next) = slicer.room_at(at).checked_add(at).filter(|next| *next < file.len) {
        slicer.cut(next, (next == 0).then_some(1))?;
        at = next;
    }
    slicer.end();
    Ok(())
}

/// About how many records there are, from the average length of the first.
fn guess(
    files: &Files,
    listed: &[Listed],
    total: u64,
    stop: &CancellationToken,
) -> Result<Option<u64>, SourceError> {
    let Some(first) = listed.iter().find(|file| file.len > 0) else { return Ok(Some(0)) };
    let mut range = whole(first);
    range.end = first.len.min(SAMPLE_BYTES);
    let mut window = Window::new(files.read(&range, stop)?, range.end);
    while window.more()? {}
    let sample = window.bytes();
    let lines = memchr::memchr_iter(b'\n', sample).count() as u64;
    let lines = if sample.ends_with(b"\n") { lines } else { lines + 1 };
    let records = u128::from(total) * u128::from(lines) / sample.len().max(1) as u128;
    Ok(u64::try_from(records).ok())
}

fn whole(file: &Listed) -> FileRange {
    file.range(0..file.len, Some(1))
}
