//! Datasets in tables of PostgreSQL: entries are read in ranges of their ids, what belongs to them by lists of
//! those. An index on `annotations.entry_id`, on `medias.resource` and on `entries.dataset_id` is what that needs.

use std::sync::Arc;

use async_trait::async_trait;
use proto::filter::Where;
use proto::source::{DatasetTable, DatasetTables, PostgresSpec};

use super::record::renamed;
use super::{Backing, Entries};
use crate::datasets::{Record, RecordKind};
use crate::postgres::{PostgresSource, identifier, literal, table};
use crate::{Context, Holding, Source, SourceError};

/// The column of a row of entries in which its record is.
const RECORD: &str = "record";

/// The fields of entries that the database itself is asked about.
const ASKED: [&str; 2] = ["dataset_id", "status"];

/// A database.
pub(super) struct Tables {
    spec: DatasetTables,
    rows: Arc<PostgresSource>,
}

impl Tables {
    /// Reads the configuration and the password's file; connects to nothing.
    pub(super) fn open(spec: &DatasetTables, context: &Context) -> Result<Self, SourceError> {
        let of = Named { spec, kind: RecordKind::Entry };
        let mut columns = vec![format!("t.{} AS id, to_json(t) AS {RECORD}", of.column("id")?)];
        for field in ASKED {
            // As the record has it, whatever the column's type is, and whether there is one.
            if let Some(column) = of.given(field) {
                columns.push(format!("to_json(t) ->> {} AS {field}", literal(column)?));
            }
        }
        let query = format!("SELECT {} FROM {} t", columns.join(", "), of.table()?);
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
        let rows = Arc::new(PostgresSource::open(&rows, context)?);
        Ok(Self { spec: spec.clone(), rows })
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

    /// The column that gives a field; nothing where it gives another one.
    fn given<'f>(&self, field: &'f str) -> Option<&'f str>
    where
        's: 'f,
    {
        let columns = &self.spec().columns;
        let column = columns.get(field).map_or(field, String::as_str);
        // Of many fields that one column is said to give, the first one gets it.
        let first = columns.iter().find(|(_, named)| *named == column).map(|(first, _)| first);
        first.is_none_or(|first| first == field).then_some(column)
    }

    /// The column of a field, as it stands in SQL.
    fn column(&self, field: &str) -> Result<String, SourceError> {
        identifier(self.spec().columns.get(field).map_or(field, String::as_str))
    }
}

#[async_trait]
impl Backing for Tables {
    fn entries(&self, own: &Where) -> Entries {
        let of = self.of(RecordKind::Entry);
        let is_asked = |field: &str| ASKED.contains(&field) && of.given(field).is_some();
        let asked = own.iter().filter(|(field, _)| is_asked(field.as_str()));
        let filter = asked.map(|(field, condition)| (field.clone(), condition.clone())).collect();
        Entries { source: Arc::clone(&self.rows) as Arc<dyn Source>, filter }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::NoBuckets;
    use crate::reading::context;

    #[test]
    fn the_database_is_asked_about_fields_that_columns_give() {
        let check = |columns: &str, expected: &[&str]| {
            let spec = json!({"url": "postgresql://reader@db.example.org/shop",
                "entries": {"columns": serde_json::from_str::<serde_json::Value>(columns).unwrap()}});
            let tables = serde_json::from_value(spec).unwrap();
            let context = context("/".as_ref(), Arc::new(NoBuckets));
            let tables = Tables::open(&tables, &context).unwrap();
            let own = json!({"dataset_id": ["a"], "status": "completed", "name": "b"});
            let asked = tables.entries(&serde_json::from_value(own).unwrap()).filter;
            assert_eq!(asked.keys().collect::<Vec<_>>(), expected, "{columns}");
        };
        check("{}", &["dataset_id", "status"]);
        check(r#"{"dataset_id": "set"}"#, &["dataset_id", "status"]);
        // What is called `status` there is something else here.
        check(r#"{"state": "status"}"#, &["dataset_id"]);
        check(r#"{"set": "dataset", "dataset_id": "dataset"}"#, &["status"]);
    }
}
