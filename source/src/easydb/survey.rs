//! The plan's look at a folder: by its index alone, unless something is to be found in the objects.

use tokio_util::sync::CancellationToken;

use super::cutter::Cutter;
use super::folder::{Folder, Seen};
use super::index::Objects;
use super::rows::Judge;
use super::search::Query;
use crate::document::Keys;
use crate::{SourceError, Survey, Wanted};

/// Looks a folder over.
pub(super) fn survey(
    folder: &Folder,
    seen: &Seen,
    wanted: &Wanted,
    stop: &CancellationToken,
) -> Result<Survey, SourceError> {
    let query = Query::new(wanted.search.as_ref())?;
    let entries = seen.index.entries();
    let bytes = entries.iter().map(|entry| u64::from(entry.len)).sum();
    let mut cutter = Cutter::new(wanted, bytes);
    let mut keys = (wanted.needs_columns && wanted.fields.is_none()).then(Keys::default);
    let mut judge = Judge::new(&wanted.filter);
    let reads = query.must_read() || judge.is_needed() || keys.is_some();
    let mut objects = Objects::new(folder.files(), &seen.index, stop);
    for entry in entries.iter().filter(|entry| query.may_give(entry.id)) {
        if reads {
            let text = objects.read(entry)?;
            if !query.gives(text) || !judge.admits(text) {
                continue;
            }
            if let Some(keys) = &mut keys {
                keys.add(text).map_err(|many| SourceError::Refused {
                    what: format!("its objects have more than {many} different fields; name those that are wanted"),
                })?;
            }
        }
        cutter.take(entry.id, u64::from(entry.len))?;
    }
    let (slices, records) = cutter.finish()?;
    let fields = wanted.fields.clone().or(keys.map(Keys::into_names));
    let view = Some(seen.view.clone());
    Ok(Survey { fields, slices, records: Some(records), bytes: Some(bytes), view, hold: None })
}
