//! The plan's look at datasets: at their entries, whose slices are those of the rows.

use proto::definition::OnError;
use proto::filter::Where;
use proto::plan::Slice;
use tokio::sync::mpsc;

use super::joined::ADDED;
use super::rows::own;
use super::shared::Shared;
use crate::datasets::RecordKind;
use crate::document::Keys;
use crate::http::refused;
use crate::{Chunk, Read, SourceError, Survey, Wanted};

/// Looks the entries over.
pub(super) async fn survey(shared: &Shared, wanted: &Wanted) -> Result<Survey, SourceError> {
    let backing = &shared.backing;
    let source = backing.entries(&own(&wanted.filter)).source;
    let entries = Wanted {
        fields: backing.fields(),
        besides: Vec::new(),
        filter: Where::new(),
        needs_columns: false,
        search: None,
        query: None,
        view: None,
        ..wanted.clone()
    };
    let mut survey = source.survey(&entries).await?;
    let fields = match &wanted.fields {
        Some(fields) => Some(fields.clone()),
        None if wanted.needs_columns => Some(columns(shared, &survey).await?),
        None => None,
    };
    survey.fields = fields;
    survey.view = backing.view(survey.view.take()).await?;
    Ok(survey)
}

/// The fields of all entries in the order of their first appearance, then those that rows have besides.
async fn columns(shared: &Shared, survey: &Survey) -> Result<Vec<String>, SourceError> {
    let mut keys = Keys::default();
    for slice in &survey.slices {
        add(shared, slice, survey.view.clone(), &mut keys).await?;
    }
    let mut names = keys.into_names();
    for added in ADDED {
        if !names.iter().any(|name| name == added) {
            names.push(added.to_owned());
        }
    }
    Ok(names)
}

async fn add(
    shared: &Shared,
    slice: &Slice,
    view: Option<String>,
    keys: &mut Keys,
) -> Result<(), SourceError> {
    let read = Read {
        slice: slice.clone(),
        fields: shared.backing.fields(),
        besides: Vec::new(),
        filter: Where::new(),
        search: None,
        query: None,
        view,
        // Whoever reads the rows will tell of broken ones.
        on_error: OnError::Warn,
    };
    let (out, mut chunks) = mpsc::channel(2);
    let gathering = async move {
        while let Some(chunk) = chunks.recv().await {
            let Chunk::Page(page) = chunk else { continue };
            for row in page.rows() {
                let Ok(record) = shared.backing.record(RecordKind::Entry, row.cell(0).text) else {
                    continue;
                };
                keys.add(record.get().as_bytes()).map_err(|many| {
                    refused(format!(
                        "entries have more than {many} different fields; name those that are wanted"
                    ))
                })?;
            }
        }
        Ok::<(), SourceError>(())
    };
    // The fields are those of all entries, whichever are wanted.
    let source = shared.backing.entries(&Where::new()).source;
    let (read, gathered) = tokio::join!(source.rows(&read, out), gathering);
    gathered.and(read)
}
