//! One pass over the files at the speed of memory: how many records, and where batches begin.

use tokio_util::sync::CancellationToken;

use super::Table;
use super::bounds::{Bounds, Found, blank};
use super::header::Header;
use crate::files::{Cut, Listed, Slicer, Window};
use crate::{SourceError, Survey, Wanted};

/// Looks the files over.
pub(super) fn survey(
    table: &Table,
    files: &[Listed],
    wanted: &Wanted,
    stop: &CancellationToken,
) -> Result<Survey, SourceError> {
    let total = files.iter().map(|file| file.len).sum();
    let mut cutter = Slicer::new(Cut::wanted(wanted, total));
    let mut common: Option<(Vec<String>, &str)> = None;
    for file in files {
        let header = Header::read(table, file, stop)?;
        match &common {
            None => {
                // Unknown fields are told before gigabytes are scanned.
                let fields = wanted.fields.as_deref();
                table.columns(&header.fields, fields, &wanted.besides, &wanted.filter)?;
                common = Some((header.fields.clone(), &file.path));
            }
            Some((fields, _)) if *fields == header.fields => {}
            Some((_, first)) => {
                return Err(SourceError::Refused {
                    what: format!(
                        "{} has another header than {first}; all files of {} must share one",
                        file.path, table.path
                    ),
                });
            }
        }
        scan(table, file, &header, &mut cutter, stop)?;
    }
    let (slices, records) = cutter.finish()?;
    Ok(Survey {
        fields: wanted.fields.clone().or(common.map(|(fields, _)| fields)),
        slices,
        records: Some(records),
        bytes: Some(total),
        view: None,
        hold: None,
    })
}

/// Cuts one file.
fn scan(
    table: &Table,
    file: &Listed,
    header: &Header,
    slicer: &mut Slicer,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let range = file.range(header.end..file.len, None);
    let mut window = Window::new(table.files.read(&range, stop)?, file.len);
    let mut bounds = Bounds::new(table.delimiter);
    let mut line = header.line;
    let (mut has_begun, mut is_under_way) = (false, false);
    while window.more()? {
        let (bytes, at) = (window.bytes(), window.at());
        // Lines are counted up to here, and further only where a slice begins.
        let mut counted = 0;
        let mut from = 0;
        while from < bytes.len() {
            if !is_under_way {
                from += blank(&bytes[from..]);
                if from == bytes.len() {
                    break;
                }
                let start = at + from as u64;
                if !has_begun || slicer.is_due(start) {
                    line += memchr::memchr_iter(b'\n', &bytes[counted..from]).count() as u64;
                    counted = from;
                    if !has_begun {
                        has_begun = true;
                        slicer.begin(file, start, Some(line));
                    }
                    if slicer.is_due(start) {
                        slicer.cut(start, Some(line))?;
                    }
                }
                slicer.record();
                bounds.begin();
            }
            is_under_way = match bounds.end_of_record(&bytes[from..]) {
                Found::End(len) => {
                    from += len;
                    false
                }
                Found::Under => {
                    from = bytes.len();
                    true
                }
            };
        }
        line += memchr::memchr_iter(b'\n', &bytes[counted..]).count() as u64;
        let len = bytes.len();
        window.consume(len);
    }
    if !has_begun {
        slicer.begin(file, file.len, Some(line));
    }
    slicer.end();
    Ok(())
}
