//! Datasets in tables of PostgreSQL: entries are read in ranges of their ids, what belongs to them by lists of
//! those. An index on `annotations.entry_id`, on `medias.resource` and on `entries.dataset_id` is what that needs.

use async_trait::async_trait;
use proto::source::{DatasetTable, DatasetTables, PostgresSpec};

use super::Backing;
use super::record::renamed;
use crate::datasets::{Record, RecordKind};
use crate::postgres::{PostgresSource, identifier, literal, table};
use crate::{Context, Holding, Source, SourceError};

/// The column of a row of entries in which its record is.
const RECORD: &str = "record";

/// A database.
pub(super) struct Tables {
    spec: DatasetTables,
    rows: PostgresSource,
}

impl Tables {
    /// Reads the configuration and the password's file; connects to nothing.
    pub(super) fn open(spec: &DatasetTables, context: &Context) -> Result<Self, SourceError> {
        let of = Named { spec, kind: RecordKind::Entry };
        let query = format!(
            "SELECT t.{} AS id, to_json(t) AS {RECORD} FROM {} t",
            of.column("id")?,
            of.table()?
        );
        let rows = PostgresSpec {
            url: spec.url.clone(),
            password_file: spec.password_file.clone(),
            tls: spec.tls.clone(),
            table: None,
            query: Some(query),
            key: "id".to_owned(),
            consistency: spec.consistency,
            assets: None,
        };
        Ok(Self { spec: spec.clone(), rows: PostgresSource::open(&rows, context)? })
    }

    fn of(&self, kind: RecordKind) -> Named<'_> {
        Named { spec: &self.spec, kind }
    }

    async fn records(
        &self,
        view: Option<&str>,
        kind: RecordKind,
        rest: &str,
    ) -> Result<Vec<Record>, SourceError> {
        let sql = format!("SELECT to_json(t)::text FROM {} t {rest}", self.of(kind).table()?);
        let texts = self.rows.texts(view, &sql).await?;
        let record = |text: &String| {
            self.record(kind, text).map_err(|why| SourceError::BrokenRecord {
                file: kind.plural().to_owned(),
                line: None,
                byte: None,
                why,
                text: text.chars().take(1000).collect(),
            })
        };
        texts.iter().map(record).collect()
    }
}

/// The table of a kind of records.
struct Named<'s> {
    spec: &'s DatasetTables,
    kind: RecordKind,
}

impl<'s> Named<'s> {
    fn spec(&self) -> &'s DatasetTable {
        match self.kind {
            RecordKind::Dataset => &self.spec.datasets,
            RecordKind::Entry => &self.spec.entries,
            RecordKind::Annotation => &self.spec.annotations,
            RecordKind::Media => &self.spec.medias,
        }
    }

    /// Its name, as it stands in SQL.
    fn table(&self) -> Result<String, SourceError> {
        table(self.spec().table.as_deref().unwrap_or(self.kind.plural()))
    }

    /// The column of a field, as it stands in SQL.
    fn column(&self, field: &str) -> Result<String, SourceError> {
        identifier(self.spec().columns.get(field).map_or(field, String::as_str))
    }
}

#[async_trait]
impl Backing for Tables {
    fn entries(&self) -> &dyn Source {
        &self.rows
    }

    fn fields(&self) -> Option<Vec<String>> {
        Some(vec![RECORD.to_owned()])
    }

    fn record(&self, kind: RecordKind, text: &str) -> Result<Record, String> {
        renamed(text, &self.of(kind).spec().columns)
    }

    async fn view(&self, entries: Option<String>) -> Result<Option<String>, SourceError> {
        Ok(entries)
    }

    fn entries_view(&self, view: Option<&str>) -> Option<String> {
        view.map(str::to_owned)
    }

    async fn ids(&self) -> Result<Vec<String>, SourceError> {
        let of = self.of(RecordKind::Dataset);
        let id = of.column("id")?;
        let sql = format!("SELECT t.{id}::text FROM {} t ORDER BY t.{id}", of.table()?);
        self.rows.texts(None, &sql).await
    }

    async fn find(
        &self,
        view: Option<&str>,
        kind: RecordKind,
        field: &str,
        values: &[String],
    ) -> Result<Vec<Record>, SourceError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let of = self.of(kind);
        let literals = values.iter().map(|value| literal(value)).collect::<Result<Vec<_>, _>>()?;
        // Literals become values of the column's type, so that its index is used.
        let rest = format!(
            "WHERE t.{} IN ({}) ORDER BY t.{}",
            of.column(field)?,
            literals.join(", "),
            of.column("id")?
        );
        self.records(view, kind, &rest).await
    }

    async fn page(
        &self,
        dataset: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Record>, SourceError> {
        let of = self.of(RecordKind::Entry);
        let (id, set) = (of.column("id")?, of.column("dataset_id")?);
        let after = match after {
            Some(after) => format!("AND t.{id} > {}", literal(after)?),
            None => String::new(),
        };
        let set_id = literal(dataset)?;
        let rest = format!("WHERE t.{set} = {set_id} {after} ORDER BY t.{id} LIMIT {most}");
        self.records(None, RecordKind::Entry, &rest).await
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        self.rows.holdings().await
    }
}
