//! One batch: from its slice to its commit record.

mod content;

use std::sync::Arc;

use fabric::board::Mark;
use fabric::record;
use proto::commit::{Commit, Content, Laid, Piece, Warning};
use proto::definition::{Format, Output};
use proto::fault::Fault;
use proto::id::RunId;
use proto::key::Key;
use proto::lay::{Asked, Lay};
use proto::message::TaskResult;
use proto::plan::{Column, Plan, PlannedOutput, PlannedSheet, Slice};
use proto::run::Counts;
use source::flat::{NoField, Rules};
use source::{Catalog, Read, Source};

use crate::Worker;
use crate::error::BatchError;
use crate::folder;
use crate::listed::ListedSource;
use crate::patience::{Patience, WaitingTime};
use crate::picked::PickedSource;
use crate::plugin::InParts;
use crate::segment::Segments;
use crate::stages::Stages;
use crate::turn::Turn;

/// Longest subject of a warning, in characters.
const SUBJECT_CHARS: usize = 1000;

/// What a batch is made from.
pub(crate) struct Task {
    /// Of which run it is, and which of its outputs.
    pub(crate) of: (RunId, u32),
    /// Its number in the run.
    pub(crate) ordinal: u32,
    pub(crate) output: Output,
    /// The columns' names in the output, in the order in which rows carry them; nothing for documents.
    pub(crate) columns: Option<Vec<String>>,
    /// How records are taken apart into those, where they are.
    pub(crate) apart: Option<Apart>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) read: Read,
    /// The further tables of a workbook, or the answers that a file is made of.
    pub(crate) sheets: Vec<Table>,
    /// Whether batches of the same output come before.
    pub(crate) place: Place,
    /// How many batches the output has.
    pub(crate) batches: u32,
    /// Of which parts it is one, where a plugin exports each dataset apart.
    pub(crate) parts: Option<InParts>,
    /// What the transports ask of the batch.
    pub(crate) asked: Asked,
    /// Whether what does not come now is waited for.
    pub(crate) patience: Patience,
    /// How long its files are still waited for.
    pub(crate) waiting: WaitingTime,
}

/// A further table of a workbook, or an answer that a file is made of.
pub(crate) struct Table {
    pub(crate) output: Output,
    pub(crate) columns: Vec<String>,
    pub(crate) apart: Option<Apart>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) reads: Vec<Read>,
}

/// How records are taken apart.
pub(crate) struct Apart {
    pub(crate) rules: Rules,
    pub(crate) columns: Vec<Column>,
}

/// Where a batch stands in its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    Later,
}

/// What a batch made, before it is committed.
pub(crate) struct Made {
    pub(crate) content: Content,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) warnings: Vec<Warning>,
    /// What there is in each lay, the plain ZIP one first.
    pub(crate) pieces: Vec<(Lay, Piece)>,
}

impl Worker {
    /// Does a batch, or finds it done. `tried` says whether what does not come is waited for, and which try it is.
    pub(crate) async fn batch(
        &self,
        run: RunId,
        ordinal: u32,
        tried: (Patience, u32),
    ) -> Result<TaskResult, BatchError> {
        let key = Key::commit(run, ordinal);
        let commit = match record::find::<Commit>(&*self.store, &key).await? {
            Some(commit) => commit,
            None => self.make(run, ordinal, tried, &key).await?,
        };
        let counts = Counts {
            batches: 1,
            records: commit.records,
            bytes: commit.bytes,
            warnings: commit.warnings.len() as u64,
        };
        if let Err(error) = self.board.mark(run, &[Mark { ordinal, counts }]).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "board not updated");
        }
        Ok(TaskResult::Done { counts, segment: commit.shortest() })
    }

    async fn make(
        &self,
        run: RunId,
        ordinal: u32,
        (patience, tries): (Patience, u32),
        key: &Key,
    ) -> Result<Commit, BatchError> {
        let mut stages = Stages::begin();
        let mut turn = self.turn().await;
        stages.ended("turn");
        let task = self.task(run, ordinal, patience).await?;
        stages.ended("plan");
        let attempt = self.ambient.id().simple().to_string();
        let keys = (0..task.asked.lays.len()).map(|lay| Key::segment(run, ordinal, lay, &attempt));
        let mut segments = Segments::new(&*self.store, keys);
        // Large, and as large as the largest of what may be made.
        let made = Box::pin(self.content(task, (ordinal, tries), &mut segments, &mut turn)).await;
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                segments.abort().await;
                return Err(error);
            }
        };
        stages.ended("make");
        // What is left is done by the store.
        drop(turn);
        let mut segments = segments.finish().await?.into_iter();
        stages.ended("flush");
        let segment = segments.next().flatten();
        let others = made.pieces.into_iter().skip(1).zip(segments);
        let lays = others
            .filter_map(|((lay, piece), segment)| Some(Laid { lay, segment: segment?, piece }))
            .collect();
        metrics::counter!("longshore_records_total").increment(made.records);
        metrics::counter!("longshore_bytes_total").increment(made.bytes);
        let commit = Commit {
            ordinal,
            records: made.records,
            bytes: made.bytes,
            segment,
            content: made.content,
            lays,
            warnings: made.warnings,
        };
        let objects = |commit: &Commit| -> Vec<Key> {
            commit.segments().map(|segment| segment.key.clone()).collect()
        };
        let settled = record::settle(&*self.store, key, commit, objects).await?;
        stages.ended("commit");
        Ok(settled)
    }

    /// Waits for a turn to make a batch.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn::wait(&self.turns).await
    }

    /// What the plan says of a batch.
    async fn task(&self, run: RunId, ordinal: u32, patience: Patience) -> Result<Task, BatchError> {
        let plan = self.plans.plan(&*self.store, run).await?;
        let batch = self.plans.batch(&*self.store, run, &plan, ordinal).await?;
        let planned = plan.output_of(ordinal).ok_or(BatchError::NotPlanned { ordinal })?;
        let output =
            folder::output(&plan, planned).ok_or(BatchError::NotPlanned { ordinal })?.clone();
        let catalog = self.catalog.of_owner(plan.owner.clone());
        let source = catalog.get(&output.from).map_err(BatchError::SourceUnknown)?;
        let source = match (&batch.slice, batch.pick) {
            (Slice::Listed(_), _) => {
                Arc::new(ListedSource::new(Arc::clone(&self.store))) as Arc<dyn Source>
            }
            (Slice::Files(_) | Slice::Groups(_) | Slice::Keys(_) | Slice::Pages(_), Some(pick)) => {
                Arc::new(PickedSource::new(source, Arc::clone(&self.store), pick))
            }
            (Slice::Files(_) | Slice::Groups(_) | Slice::Keys(_) | Slice::Pages(_), None) => source,
        };
        let read = Read {
            slice: batch.slice,
            fields: planned.fields.clone(),
            besides: output.besides(),
            filter: output.select.filter.clone(),
            search: planned.search.clone().or_else(|| output.search()),
            query: output.query.clone(),
            view: planned.view.clone(),
            on_error: plan.definition.on_error,
        };
        let is_first = ordinal == planned.first && !folder::goes_on(&plan, planned, &output);
        let place = if is_first { Place::First } else { Place::Later };
        let (asked, columns) = (Asked::of(&plan.definition), planned.column_names(&output));
        let apart = apart(planned.columns.as_deref(), planned.fields.as_ref(), &output)?;
        let sheets = sheets(&catalog, &plan, planned, &output)?;
        let (of, batches) = ((run, planned.index), folder::batches(&plan, &output));
        let parts = InParts::of(planned);
        Ok(Task {
            of,
            ordinal,
            output,
            columns,
            apart,
            source,
            read,
            sheets,
            place,
            batches,
            parts,
            asked,
            patience,
            waiting: WaitingTime::default(),
        })
    }
}

/// The further tables of a workbook, or the answers that a file is made of, by the plan.
fn sheets(
    catalog: &Catalog,
    plan: &Plan,
    planned: &PlannedOutput,
    output: &Output,
) -> Result<Vec<Table>, BatchError> {
    let sheet = |(sheet, output): (&PlannedSheet, Output)| {
        let source = catalog.get(&output.from).map_err(BatchError::SourceUnknown)?;
        let read = |slice: &Slice| Read {
            slice: slice.clone(),
            fields: sheet.fields.clone(),
            besides: output.besides(),
            filter: output.select.filter.clone(),
            search: None,
            query: output.query.clone(),
            view: sheet.view.clone(),
            on_error: plan.definition.on_error,
        };
        Ok(Table {
            columns: sheet.column_names(&output).unwrap_or_default(),
            apart: apart(sheet.columns.as_deref(), sheet.fields.as_ref(), &output)?,
            source,
            reads: sheet.slices.iter().map(read).collect(),
            output,
        })
    };
    let outputs = output.sheets().chain(output.materials());
    planned.sheets.iter().zip(outputs).map(sheet).collect()
}

/// How the records of an output are taken apart, where its plan says so.
fn apart(
    columns: Option<&[Column]>,
    fields: Option<&Vec<String>>,
    output: &Output,
) -> Result<Option<Apart>, BatchError> {
    let (Some(columns), Some(fields)) = (columns, fields) else { return Ok(None) };
    let names = output.field_names(Some(fields)).unwrap_or_default();
    let rules = Rules::new(&output.options, fields, &names).map_err(|NoField(field)| {
        BatchError::Unrenderable {
            format: output.format.map_or("assets", Format::as_str),
            why: format!("the plan has no field {field:?}"),
        }
    })?;
    Ok(Some(Apart { rules, columns: columns.to_vec() }))
}

/// Something that was left out.
pub(crate) fn warning(output: &Output, fault: Fault, subject: &str) -> Warning {
    let subject = subject.chars().take(SUBJECT_CHARS).collect();
    let (output, subject) = (output.to.clone(), Some(subject));
    Warning { fault, output, subject, object: None, left_out: None }
}
