//! The columns of what is read, and the key among them.

use mysql_async::Column;
use mysql_async::consts::ColumnFlags;
use mysql_async::prelude::FromRow;
use proto::plan::KeyRange;

use super::form::Form;
use super::link::Link;
use super::quote::{column, literal};
use crate::SourceError;

/// The columns.
pub(super) struct Layout {
    columns: Vec<(String, Form)>,
    /// The key.
    pub(super) key: Key,
}

/// The column that orders the records and bounds the slices.
pub(super) struct Key {
    /// The column, as it is compared and sorted by.
    pub(super) sql: String,
    /// What its values are.
    pub(super) form: Form,
    /// Whether an index begins with it, so that the server finds keys without sorting.
    pub(super) is_indexed: bool,
    /// Whether it may be NULL.
    pub(super) is_nullable: bool,
}

impl Layout {
    /// Asks the server.
    pub(super) async fn of(link: &mut Link, from: &str, key: &str) -> Result<Self, SourceError> {
        let (layout, found) = columns(link, from).await?;
        let at = layout.iter().position(|(name, _)| name == key);
        let at = at.ok_or_else(|| unknown(&layout, key))?;
        let flags = found[at].flags();
        if flags.intersects(ColumnFlags::ENUM_FLAG | ColumnFlags::SET_FLAG) {
            let what = format!(
                "the key {key:?} is an ENUM or SET, which is sorted by number and compared by text; take another key, or CAST({} AS CHAR) in a query",
                column(key)
            );
            return Err(SourceError::Refused { what });
        }
        let begins_an_index = ColumnFlags::UNIQUE_KEY_FLAG | ColumnFlags::MULTIPLE_KEY_FLAG;
        let key = Key {
            sql: column(key),
            form: layout[at].1,
            is_indexed: flags.intersects(begins_an_index)
                || flags.contains(ColumnFlags::PRI_KEY_FLAG)
                    && is_first_of_index(link, &found[at]).await?,
            is_nullable: !flags.contains(ColumnFlags::NOT_NULL_FLAG),
        };
        key.refuse_unordered(&layout[at].0)?;
        Ok(Self { columns: layout, key })
    }

    /// The names of the columns, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The form of a column.
    pub(super) fn form(&self, name: &str) -> Result<Form, SourceError> {
        let found = self.columns.iter().find(|(column, _)| column == name);
        found.map(|(_, form)| *form).ok_or_else(|| unknown(&self.columns, name))
    }

    /// That all these columns are there.
    pub(super) fn refuse_unknown<'n>(
        &self,
        mut names: impl Iterator<Item = &'n String>,
    ) -> Result<(), SourceError> {
        names.try_for_each(|name| self.form(name).map(drop))
    }
}

impl Key {
    fn refuse_unordered(&self, name: &str) -> Result<(), SourceError> {
        match self.form {
            Form::Integer | Form::Year | Form::Bytes | Form::Moment | Form::Text => Ok(()),
            Form::Number | Form::Float | Form::Bits | Form::Json => {
                let what = format!(
                    "the key {name:?} is a decimal, a float, bits or a document; a key is a whole number, a text, bytes or a time"
                );
                Err(SourceError::Refused { what })
            }
        }
    }

    /// A key as a literal.
    pub(super) fn literal(&self, key: &str) -> String {
        match self.form {
            Form::Integer | Form::Year
                if key.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') =>
            {
                key.to_owned()
            }
            Form::Bytes if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => key.to_owned(),
            Form::Integer
            | Form::Year
            | Form::Number
            | Form::Float
            | Form::Bits
            | Form::Json
            | Form::Bytes
            | Form::Moment
            | Form::Text => literal(key),
        }
    }

    /// The conditions that a row is of a range.
    pub(super) fn within(&self, range: &KeyRange) -> Vec<String> {
        let bounds = [(">", &range.after), ("<=", &range.until)];
        let given = bounds.iter().filter_map(|(sign, bound)| Some((sign, bound.as_ref()?)));
        given.map(|(sign, bound)| format!("{} {sign} {}", self.sql, self.literal(bound))).collect()
    }
}

/// The columns of a table, in order: their names and forms, and what the server tells of them.
pub(super) async fn columns(
    link: &mut Link,
    from: &str,
) -> Result<(Vec<(String, Form)>, Vec<Column>), SourceError> {
    let answer = link.rows(&format!("SELECT * FROM {from} LIMIT 0")).await?;
    let found: Vec<Column> = answer.columns_ref().to_vec();
    answer.drop_result().await.map_err(|error| super::failure::failure(&error))?;
    let documents = documents(link, &found).await?;
    let form = |column: &Column| {
        let form = Form::of(column);
        let is_document = form == Form::Text && documents.contains(&place(column));
        let form = if is_document { Form::Json } else { form };
        (column.name_str().into_owned(), form)
    };
    Ok((found.iter().map(form).collect(), found))
}

/// Where a column is in the database.
fn place(column: &Column) -> [String; 3] {
    [column.schema_str(), column.org_table_str(), column.org_name_str()]
        .map(std::borrow::Cow::into_owned)
}

/// Whether an index begins with a column. All columns of a primary key bear its flag.
async fn is_first_of_index(link: &mut Link, column: &Column) -> Result<bool, SourceError> {
    let [schema, table, name] = place(column).map(|name| literal(&name));
    let sql = format!(
        "SELECT count(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {schema} \
        AND TABLE_NAME = {table} AND COLUMN_NAME = {name} AND SEQ_IN_INDEX = 1"
    );
    Ok(link.number(&sql).await? > 0)
}

/// The columns that MariaDB holds to be JSON documents: to it they are texts with a check.
async fn documents(link: &mut Link, columns: &[Column]) -> Result<Vec<[String; 3]>, SourceError> {
    let is_text = |column: &&Column| Form::of(column) == Form::Text;
    let Some(schema) = columns
        .iter()
        .filter(is_text)
        .map(|column| place(column)[0].clone())
        .find(|schema| !schema.is_empty())
    else {
        return Ok(Vec::new());
    };
    let has_checks = "SELECT count(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'information_schema' \
        AND TABLE_NAME = 'CHECK_CONSTRAINTS' AND COLUMN_NAME = 'TABLE_NAME'";
    if link.number(has_checks).await? == 0 {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
        WHERE CONSTRAINT_SCHEMA = {} AND LEFT(CHECK_CLAUSE, 12) = 'json_valid(`'",
        literal(&schema)
    );
    let rows = link.all(&sql).await?;
    let found = rows.into_iter().filter_map(|row| {
        let (schema, table, check): (String, String, String) = FromRow::from_row_opt(row).ok()?;
        let name = check.strip_prefix("json_valid(`")?.strip_suffix("`)")?.replace("``", "`");
        Some([schema, table, name])
    });
    Ok(found.collect())
}

fn unknown(columns: &[(String, Form)], field: &str) -> SourceError {
    let known: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    SourceError::UnknownField { field: field.to_owned(), known: proto::abridged::list(&known) }
}
