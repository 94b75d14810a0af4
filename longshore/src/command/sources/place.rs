//! Where a source is, for people: without anything secret.

use proto::source::{ErmrestSpec, SourceSpec};
use url::Url;

/// The kind of a source, as it is configured.
pub(super) fn kind(spec: &SourceSpec) -> &'static str {
    match spec {
        SourceSpec::Csv(_) => "csv",
        SourceSpec::Jsonl(_) => "jsonl",
        SourceSpec::Parquet(_) => "parquet",
        SourceSpec::Postgres(_) => "postgres",
        SourceSpec::Mysql(_) => "mysql",
        SourceSpec::Http(_) => "http",
        SourceSpec::Easydb(_) => "easydb",
        SourceSpec::Ermrest(_) => "ermrest",
        SourceSpec::Dataset(_) => "dataset",
    }
}

/// Where it is.
pub(super) fn place(spec: &SourceSpec) -> String {
    match spec {
        SourceSpec::Csv(csv) => csv.path.clone(),
        SourceSpec::Jsonl(jsonl) => jsonl.path.clone(),
        SourceSpec::Parquet(parquet) => parquet.path.clone(),
        SourceSpec::Postgres(spec) => relation(&spec.url, spec.table.as_ref()),
        SourceSpec::Mysql(spec) => relation(&spec.url, spec.table.as_ref()),
        SourceSpec::Http(http) => bare(http.url.as_str()),
        SourceSpec::Easydb(easydb) => match (&easydb.path, &easydb.url) {
            (Some(path), _) => path.clone(),
            (None, Some(url)) => bare(url),
            (None, None) => "?".to_owned(),
        },
        SourceSpec::Ermrest(spec) => match &spec.query {
            Some(query) => catalog(spec, query),
            None => format!("{}, catalogue {}", bare(&spec.url), spec.catalog),
        },
        SourceSpec::Dataset(spec) => match (&spec.directory, &spec.postgres, &spec.http) {
            (Some(folder), _, _) => folder.clone(),
            (None, Some(tables), _) => bare(&tables.url),
            (None, None, Some(api)) => bare(&api.url),
            (None, None, None) => "?".to_owned(),
        },
    }
}

/// Whether it leaves to outputs what is read of it.
pub(super) fn names_nothing(spec: &SourceSpec) -> bool {
    matches!(spec, SourceSpec::Ermrest(spec) if spec.query.is_none())
}

/// Where another table of its database is.
pub(super) fn place_of(spec: &SourceSpec, table: &str) -> String {
    match spec {
        SourceSpec::Postgres(spec) => format!("{}, {table}", bare(&spec.url)),
        SourceSpec::Mysql(spec) => format!("{}, {table}", bare(&spec.url)),
        SourceSpec::Ermrest(spec) => catalog(spec, table),
        SourceSpec::Csv(_)
        | SourceSpec::Jsonl(_)
        | SourceSpec::Parquet(_)
        | SourceSpec::Http(_)
        | SourceSpec::Dataset(_)
        | SourceSpec::Easydb(_) => place(spec),
    }
}

/// Where something of a catalogue is.
fn catalog(spec: &ErmrestSpec, what: &str) -> String {
    format!("{}, catalogue {}, {what}", bare(&spec.url), spec.catalog)
}

fn relation(url: &str, table: Option<&String>) -> String {
    let what = table.map_or("a query", String::as_str);
    format!("{}, {what}", bare(url))
}

/// A URL without what might be secret in it, though it should not be: a password, and values of its
/// query.
fn bare(url: &str) -> String {
    let Ok(mut url) = url.parse::<Url>() else { return "?".to_owned() };
    // A URL that cannot have a password has none.
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_in_a_place() {
        for (url, expected) in [
            ("postgresql://ann:secret@db/shop?password=secret", "postgresql://ann@db/shop"),
            ("https://api.example.org/a?token=secret#secret", "https://api.example.org/a"),
            ("host=db password=secret", "?"),
        ] {
            assert_eq!(bare(url), expected);
        }
    }
}
