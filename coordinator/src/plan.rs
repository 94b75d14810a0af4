//! Planning: what the definition wants, cut into batches.
//!
//! A plan depends on the definition and the source's content alone: not on the fleet, the backends
//! or the hour. Several coordinators may plan the same run; the first `plan.json` counts, and its
//! pages are those named by its attempt.

mod pages;
mod totals;
mod wanted;
mod queries;
mod plugins;
mod views;
mod above;
mod beyond;

use std::sync::Arc;

use fabric::record::{self, Created};
use fabric::store::StoreError;
use jiff::Timestamp;
use pack::name::Names;
use proto::definition::{Definition, Incremental, Output};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::lay::Asked;
use proto::plan::{Plan, PlannedOutput, PlannedSheet};
use proto::run::Extent;
use source::{Source, SourceError, Survey};

use self::above::Above;
use self::beyond::Beyond;
use self::pages::Pages;
use self::totals::Totals;
use self::views::Views;
use self::wanted::{nothing, wanted};
use crate::Coordinator;
use crate::incremental::{Beside, Comparing, Listing, Progress, Rising};

/// How a run began, as far as its plan depends on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    /// What its incremental outputs export.
    pub(crate) extent: Extent,
    /// When it was asked for.
    pub(crate) at: Timestamp,
}

/// A plan, and what must live as long as the run.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) holds: Vec<Box<dyn Send + Sync>>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// The definition asks for what the sources do not have.
    #[error("the definition cannot be planned: {0}")]
    Refused(Fault),
    /// A source did not answer as it should.
    #[error("output {output} cannot be surveyed")]
    Source {
        output: usize,
        #[source]
        source: SourceError,
    },
    /// The store did not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// More batches than a run can have.
    #[error("the definition makes {batches} batches, and a run has at most {}", u32::MAX)]
    TooMany { batches: u64 },
    /// A mistake of the program; the log has more.
    #[error("planning ended by a mistake of the program")]
    Panicked,
}

impl PlanError {
    /// Whether planning again may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) | Self::TooMany { .. } | Self::Panicked => false,
            Self::Source { source, .. } => source.is_transient(),
            Self::Store(error) => error.is_transient(),
        }
    }

    /// What a person is told.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Refused(fault) => fault.clone(),
            Self::Source { output, source } => {
                let fault = source.fault();
                match fault.place {
                    Some(_) => fault,
                    None => fault.at(format!("/outputs/{output}")),
                }
            }
            Self::Store(error) => error.fault(),
            Self::TooMany { .. } => {
                Fault::new(Code::TooLarge, self.to_string()).hint("make `batch_size` larger")
            }
            Self::Panicked => Fault::new(Code::Internal, self.to_string()).hint(
                "the log has the place; tell the maintainers, and retry the run once it is mended",
            ),
        }
    }
}

impl Coordinator {
    /// Surveys the sources and writes the plan.
    pub(crate) async fn plan(
        &self,
        run: RunId,
        mut definition: Definition,
        begun: Begun,
    ) -> Result<Planned, PlanError> {
        let attempt = self.ambient.id().simple().to_string();
        let mut pages = Pages::new(self, run, &attempt);
        let (mut names, asked) = (Names::new(), Asked::of(&definition));
        let (mut outputs, mut totals) = (Vec::new(), Totals::new());
        let mut views = Views::default();
        let mut progress = self.progress(run, &definition, &attempt, begun.extent).await?;
        let name = definition.name.clone();
        let (mut listings, mut again, mut above) = (Vec::new(), Vec::new(), Vec::new());
        for (index, output) in definition.outputs.iter_mut().enumerate() {
            let extent = progress.as_ref().map_or(Extent::Everything, |all| all.extent(output));
            let rising = match &mut progress {
                Some(progress) => self.begin_at_view(index, progress, output, &mut views).await?,
                None => None,
            };
            let top = self.catalogue_folder(index, output, &name, begun.at, extent).await?;
            let size = definition.batch_size;
            let (mut survey, merge) = self.survey_parts(index, output, size, &mut views).await?;
            let beside = match (&mut progress, rising) {
                (Some(progress), Some(rising)) => {
                    self.beside(index, output, rising, progress).await?
                }
                (None, _) | (_, None) => Beside::default(),
            };
            let columns = self.columns(index, output, &survey).await?;
            let mut gone = beside.gone;
            let mut slices: Vec<_> =
                std::mem::take(&mut survey.slices).into_iter().map(|slice| (slice, None)).collect();
            if let Some(progress) = &mut progress
                && let Some(key) = output.incremental.as_ref().and_then(Incremental::digest_key)
            {
                let on_error = definition.on_error;
                let comparing = Comparing { index, output, key, on_error, survey: &survey };
                let changes = self.changes(comparing, slices, progress).await?;
                slices = changes.slices;
                gone = changes.deleted;
            }
            if let (Some(listing), Some(top)) = (&mut gone, &top) {
                listing.within(top);
            }
            listings.extend(gone);
            // What was reached before goes by the folder as the definition has it.
            output.to = top.unwrap_or_else(|| std::mem::take(&mut output.to));
            again.extend(beside.again.into_iter().map(|again| (index, again.beside(output))));
            if let Some(mut all) = Above::of(index, output, beside.above) {
                let slices: Vec<_> = slices.iter().map(|(slice, _)| slice.clone()).collect();
                self.look_above(&mut all, output, (&slices, survey.view.as_ref())).await?;
                above.push(all);
            }
            let sheets = self.sheets(index, output, size, (&mut totals, &mut views)).await?;
            totals.add(&mut survey);
            let first = pages.next()?;
            let batches = pages.push_all(slices).await?;
            let is_shared = output.is_one_file() && !output.is_whole();
            outputs.push(PlannedOutput {
                index: u32::try_from(index).expect("a definition has at most 1,000 outputs"),
                member: is_shared.then(|| names.claim(&pack::bag::path(&asked, &output.to))),
                fields: if output.assets.is_none() { survey.fields } else { Some(Vec::new()) },
                search: None,
                columns,
                view: survey.view,
                sheets,
                merge,
                first,
                batches,
            });
        }
        for Listing { output, fields, slice } in listings {
            let first = pages.next()?;
            outputs.push(PlannedOutput {
                index: u32::try_from(definition.outputs.len()).expect("at most 2,000 outputs"),
                member: Some(names.claim(&pack::bag::path(&asked, &output.to))),
                fields,
                search: None,
                columns: None,
                view: None,
                sheets: Vec::new(),
                merge: None,
                first,
                batches: pages.push_all(vec![(slice, None)]).await?,
            });
            definition.outputs.push(output);
        }
        let objects = Beyond { again, above };
        outputs.extend(self.beyond(objects, &mut definition, &mut totals, &mut pages).await?);
        let batches = pages.finish().await?;
        // Before the plan that goes by them.
        if let Some(progress) = progress {
            self.write_marks(&progress).await?;
        }
        let owner = self.catalog.owner().cloned();
        let Totals { records, bytes, mut holds } = totals;
        let plan = Plan { owner, definition, attempt, outputs, batches, records, bytes };
        let plan = match record::create(&*self.store, &Key::plan(run), &plan).await? {
            Created::Now => plan,
            // Another coordinator was faster; its views are held by it, not by us.
            Created::Before => {
                holds.clear();
                record::read(&*self.store, &Key::plan(run)).await?
            }
        };
        Ok(Planned { plan, holds })
    }

    /// Begins an incremental output at the view that it reads of a source that shows several: how far its values go is
    /// asked for there, or what came between two views would never be exported.
    async fn begin_at_view(
        &self,
        index: usize,
        progress: &mut Progress,
        output: &mut Output,
        views: &mut Views,
    ) -> Result<Option<Rising>, PlanError> {
        if output.incremental.is_none() {
            return Ok(None);
        }
        let source = self.source(index, output)?;
        let view = source.view(views.of(output).as_deref()).await;
        let view = view.map_err(|source| PlanError::Source { output: index, source })?;
        if let Some(view) = &view {
            views.pin(&output.from, view);
        }
        self.begin_output((index, view), progress, output).await
    }

    /// The further tables of a workbook, or the answers that a file is made of, each of which is read at once.
    async fn sheets(
        &self,
        index: usize,
        output: &Output,
        batch_size: Option<u64>,
        (totals, views): (&mut Totals, &mut Views),
    ) -> Result<Vec<PlannedSheet>, PlanError> {
        let batch_size = if output.made.is_some() { Some(0) } else { batch_size };
        let mut sheets = Vec::new();
        for sheet in output.sheets().chain(output.materials()) {
            let mut survey = self.survey(index, &sheet, batch_size, views).await?;
            let columns = self.columns(index, &sheet, &survey).await?;
            totals.add(&mut survey);
            let Survey { fields, view, slices, .. } = survey;
            sheets.push(PlannedSheet { fields, columns, view, slices });
        }
        Ok(sheets)
    }

    async fn survey(
        &self,
        index: usize,
        output: &Output,
        batch_size: Option<u64>,
        views: &mut Views,
    ) -> Result<Survey, PlanError> {
        let source = self.source(index, output)?;
        if output.is_without_records() || output.made.is_some() {
            return Ok(nothing());
        }
        if output.plugin.is_some() {
            let whole = plugins::whole(&*source);
            return whole.map_err(|source| PlanError::Source { output: index, source });
        }
        if !source.takes_queries()
            && let Some(fault) = queries::mistake(index, output)
        {
            return Err(PlanError::Refused(fault));
        }
        let mut wanted = wanted(output, batch_size, self.settings.batch_bytes);
        wanted.view = views.of(output);
        let failed = |source| PlanError::Source { output: index, source };
        let survey = source.survey(&wanted).await.map_err(failed)?;
        views.note(output, &survey);
        Ok(survey)
    }

    fn source(&self, index: usize, output: &Output) -> Result<Arc<dyn Source>, PlanError> {
        let found = self.catalog.get(&output.from);
        found.map_err(|fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from"))))
    }
}
