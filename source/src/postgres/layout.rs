//! What a relation looks like: its columns, and the order of its key.

use tokio_postgres::types::Type;

use super::failure::failure;
use super::form::Form;
use super::key::{Collation, Key};
use super::pool::Link;
use super::quote::identifier;
use super::relation::{ROW, Relation};
use crate::SourceError;

/// How the functions are called that make text of types.
const OUTPUTS: &str = "\
SELECT t.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname)
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE t.oid = ANY ($1)";

/// The columns and the key of a relation, as they are at the moment of asking.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    columns: Vec<Column>,
    /// What orders the rows.
    pub(super) key: Key,
    /// How the database stores text.
    pub(super) encoding: Encoding,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Its values.
    pub(super) form: Form,
    /// The column itself, in SQL.
    pub(super) sql: String,
    /// Its text as pages have it, in SQL.
    pub(super) text: String,
}

/// How a database stores text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As UTF-8: texts are ordered there as they are here.
    Utf8,
    /// As another that the server converts.
    Converted,
    /// As bytes that nobody vouches for (`SQL_ASCII`).
    Unknown,
}

impl Layout {
    /// Asks the server.
    pub(super) async fn of(
        link: &Link,
        relation: &Relation,
        key: &str,
    ) -> Result<Self, SourceError> {
        let (columns, types) = Column::all(link, relation).await?;
        let at = columns.iter().position(|column| column.name == key);
        let key_type = types[at.ok_or_else(|| unknown(key, &columns))?].clone();
        let encoding = Encoding::of(link).await?;
        let collation = if Key::is_text(&key_type) {
            collation(link, relation, key).await?
        } else {
            Collation::Bytes
        };
        let key = Key::new(key, &key_type, collation)?;
        Ok(Self { columns, key, encoding })
    }

    /// The columns, in the order of the relation.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// A column by its name.
    pub(super) fn column(&self, name: &str) -> Result<&Column, SourceError> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .ok_or_else(|| unknown(name, &self.columns))
    }
}

impl Column {
    /// The columns of a relation in its order, and their types.
    pub(super) async fn all(
        link: &Link,
        relation: &Relation,
    ) -> Result<(Vec<Self>, Vec<Type>), SourceError> {
        let whole = format!("SELECT * FROM {} LIMIT 0", relation.from);
        let statement = link.prepare(&whole).await.map_err(|error| failure(&error))?;
        let types: Vec<Type> =
            statement.columns().iter().map(|column| column.type_().clone()).collect();
        let oids: Vec<u32> = types.iter().map(Type::oid).collect();
        let outputs = link.query(OUTPUTS, &[&oids]).await.map_err(|error| failure(&error))?;
        let mut columns: Vec<Self> = Vec::with_capacity(types.len());
        for (column, kind) in statement.columns().iter().zip(&types) {
            let name = column.name();
            if columns.iter().any(|known| known.name == name) {
                return Err(SourceError::Refused {
                    what: format!("the query gives two columns named {name:?}"),
                });
            }
            let output =
                outputs.iter().find(|row| row.get::<_, u32>(0) == kind.oid()).map(|row| row.get(1));
            columns.push(Self::new(name, kind, output)?);
        }
        Ok((columns, types))
    }

    fn new(name: &str, kind: &Type, output: Option<&str>) -> Result<Self, SourceError> {
        let sql = format!("{ROW}.{}", identifier(name)?);
        let form = Form::of(kind);
        let text = match (form, output) {
            (Form::Bool | Form::Text, _) | (_, None) => format!("{sql}::text"),
            // A cast to text is not always what is shown: it strips `char(n)` and gives `inet` a mask.
            (_, Some(output)) => format!("pg_catalog.textin({output}({sql}))"),
        };
        Ok(Self { name: name.to_owned(), form, sql, text })
    }
}

impl Encoding {
    /// Asks the server.
    pub(super) async fn of(link: &Link) -> Result<Self, SourceError> {
        let row = link
            .query_one("SELECT pg_catalog.current_setting('server_encoding')", &[])
            .await
            .map_err(|error| failure(&error))?;
        Ok(match row.get(0) {
            "UTF8" => Self::Utf8,
            "SQL_ASCII" => Self::Unknown,
            _ => Self::Converted,
        })
    }
}

async fn collation(link: &Link, relation: &Relation, key: &str) -> Result<Collation, SourceError> {
    // Through JSON, for versions before 15 have no such column.
    let sql = format!(
        "SELECT pg_catalog.pg_collation_for((SELECT {ROW}.{} FROM {} LIMIT 0)),
            datcollate::text, pg_catalog.to_jsonb(d) ->> 'datlocprovider'
        FROM pg_catalog.pg_database d WHERE datname = pg_catalog.current_database()",
        identifier(key)?,
        relation.from
    );
    let row = link.query_one(&sql, &[]).await.map_err(|error| failure(&error))?;
    let column: Option<&str> = row.get(0);
    let database: &str = row.get(1);
    let provider: Option<&str> = row.get(2);
    let by_bytes = match column.map(|name| name.trim_matches('"')) {
        Some("C" | "POSIX") => true,
        Some("default") => {
            matches!(database, "C" | "POSIX") && provider.is_none_or(|provider| provider == "c")
        }
        Some(_) | None => false,
    };
    Ok(if by_bytes { Collation::Bytes } else { Collation::Locale })
}

fn unknown(field: &str, columns: &[Column]) -> SourceError {
    let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    SourceError::UnknownField { field: field.to_owned(), known: proto::abridged::list(&known) }
}
