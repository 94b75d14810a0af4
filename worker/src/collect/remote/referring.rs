//! What rows tell of files that stay where they are.

use std::collections::BTreeMap;

use proto::definition::Remote;
use proto::digest::Algorithm;
use source::asset::{FOREIGN, Header, shown};
use source::page::{Cell, Kind, Row};
use url::Url;

use super::Referred;
use super::needed::Needed;
use crate::batch::Task;
use crate::collect::digest::digest;
use crate::collect::naming::{Called, Known, Naming, Wanted};

/// Why a record does not say where a file is and how it is checked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsaid {
    #[error("only one http or https URL without credentials can be left where it is")]
    Url,
    #[error("{}", FOREIGN)]
    Foreign,
    #[error("{0:?} holds no length in bytes")]
    Length(String),
    #[error("{field:?} holds no {name} in hexadecimal")]
    Digest { field: String, name: &'static str },
    #[error("neither its record nor its server tells its length")]
    UntoldLength,
    #[error("nobody tells its {0}")]
    UntoldDigest(String),
}

/// A file, as far as its record tells of it.
pub(super) struct File {
    wanted: Wanted,
    length: Option<u64>,
    digests: BTreeMap<Algorithm, String>,
    content_type: Option<String>,
}

/// A row that names no file that can be referred to.
pub(super) struct NotSaid {
    /// What it says instead, as it may be shown.
    pub(super) subject: String,
    pub(super) why: Unsaid,
}

/// What a row says.
pub(super) type Said = Result<File, NotSaid>;

/// Makes files of rows.
pub(super) struct Referring<'t> {
    naming: &'t Naming<'t>,
    files: source::asset::Assets,
    length: Option<(usize, &'t str)>,
    digests: Vec<(Algorithm, usize, &'t str)>,
    content_type: Option<usize>,
    needed: Needed,
    /// Whether servers tell what records do not.
    asks: bool,
    /// Whether a record may leave digests out.
    is_list: bool,
}

impl<'t> Referring<'t> {
    /// For the files of a batch, of which `files` knows the servers.
    pub(super) fn new(
        task: &'t Task,
        naming: &'t Naming<'t>,
        remote: &'t Remote,
        files: source::asset::Assets,
    ) -> Self {
        // The output's own fields are among those that are read besides.
        let column = |field: &str| {
            task.read.besides.iter().position(|name| name == field).unwrap_or_default()
        };
        let digests = remote.digests();
        let is_list = task.output.lists_files();
        Self {
            naming,
            files,
            length: remote.length.as_deref().map(|field| (column(field), field)),
            digests: digests.map(|(algorithm, field)| (algorithm, column(field), field)).collect(),
            content_type: remote.content_type.as_deref().map(column),
            needed: if is_list {
                Needed::of_list()
            } else {
                Needed::of_bags(&task.asked.manifests)
            },
            asks: remote.ask,
            is_list,
        }
    }

    /// What knows the servers of the files.
    pub(super) fn files(&self) -> &source::asset::Assets {
        &self.files
    }

    /// What a row says; nothing where it names no file.
    pub(super) fn said(&self, row: &Row<'_>) -> Option<Said> {
        let file = self.file(row).transpose()?;
        Some(file.map_err(|why| NotSaid { subject: shown(row.cell(0).text), why }))
    }

    fn file(&self, row: &Row<'_>) -> Result<Option<File>, Unsaid> {
        let Some(url) = url(&row.cell(0), |reference| self.files.url(reference))? else {
            return Ok(None);
        };
        if self.files.is_foreign(&url) {
            return Err(Unsaid::Foreign);
        }
        let length = match self.length.map(|(column, field)| (length(&row.cell(column)), field)) {
            // Nobody means it where everything else has to be asked for as well.
            Some((Some(0), _)) if self.asks => None,
            Some((None, field)) if !self.asks => return Err(Unsaid::Length(field.to_owned())),
            Some((length, _)) => length,
            None => None,
        };
        let mut digests = BTreeMap::new();
        for &(algorithm, column, field) in &self.digests {
            let cell = row.cell(column);
            let is_left_out = self.asks || (self.is_list && cell.text.is_empty());
            match digest(&cell, algorithm.digits()) {
                Some(digest) => drop(digests.insert(algorithm, digest)),
                None if is_left_out => {}
                None => {
                    let name = algorithm.name();
                    return Err(Unsaid::Digest { field: field.to_owned(), name });
                }
            }
        }
        let content_type = self.content_type.map(|column| row.cell(column).text);
        let content_type = content_type.filter(|told| !told.is_empty()).map(str::to_owned);
        Ok(Some(File { wanted: self.naming.file_at(&url, row), length, digests, content_type }))
    }

    /// Whether a file can be referred to without asking for more, or nobody is to be asked.
    pub(super) fn is_enough(&self, file: &File) -> bool {
        !self.asks || (file.length.is_some() && self.needed.missing(&file.digests).is_none())
    }

    /// The file, with what its server tells besides its record.
    pub(super) fn referred(&self, file: File, told: Header) -> Result<Referred, Unsaid> {
        let File { wanted: record, length, mut digests, content_type } = file;
        let size = length.or(told.len).ok_or(Unsaid::UntoldLength)?;
        for (algorithm, digest) in told.digests {
            digests.entry(algorithm).or_insert(digest);
        }
        if let Some(missing) = self.needed.missing(&digests) {
            return Err(Unsaid::UntoldDigest(missing));
        }
        let known = Known { name: told.name.as_deref(), ..Known::default() };
        let Called { path, wanted } = self.naming.called(&record, &known);
        let content_type = content_type.or(told.content_type);
        let url = record.reference.place;
        Ok(Referred { path, wanted, url, size, digests, content_type })
    }
}

impl File {
    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.wanted.reference.place
    }
}

/// The whole address of the file that a cell names, otherwise as it is written there; nothing in one that is
/// empty.
fn url(cell: &Cell<'_>, whole: impl Fn(&str) -> Option<String>) -> Result<Option<String>, Unsaid> {
    match cell.kind {
        Kind::Null => Ok(None),
        Kind::Text if cell.text.is_empty() => Ok(None),
        Kind::Text => {
            let text = whole(cell.text.trim()).ok_or(Unsaid::Url)?;
            let url = Url::parse(&text).map_err(|_| Unsaid::Url)?;
            let is_plain = matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && !text.contains(char::is_control);
            if is_plain { Ok(Some(text)) } else { Err(Unsaid::Url) }
        }
        Kind::Json | Kind::Number | Kind::Bool => Err(Unsaid::Url),
    }
}

fn length(cell: &Cell<'_>) -> Option<u64> {
    let is_number = cell.text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { cell.text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell { kind: Kind::Text, text }
    }

    /// Of a source that has files of its own below a server.
    fn whole(reference: &str) -> Option<String> {
        let is_url = reference.starts_with("http://") || reference.starts_with("https://");
        let is_own = reference.starts_with('/');
        is_url.then(|| reference.to_owned()).or(is_own.then(|| format!("https://own{reference}")))
    }

    #[test]
    fn an_address_is_one_that_anybody_can_ask() {
        let found = |told: &str| url(&text(told), whole);
        assert_eq!(found("https://h/a b?c=d"), Ok(Some("https://h/a b?c=d".to_owned())));
        assert_eq!(found("/hatrac/a:V1"), Ok(Some("https://own/hatrac/a:V1".to_owned())));
        assert_eq!(found(""), Ok(None));
        assert_eq!(url(&Cell { kind: Kind::Null, text: "" }, whole), Ok(None));
        for bad in [
            "files/a.png",
            "file:///etc/passwd",
            "ftp://h/a",
            "https://u:p@h/a",
            "http://",
            "http://h/a\nb",
        ] {
            assert_eq!(found(bad), Err(Unsaid::Url), "{bad}");
        }
        let list = Cell { kind: Kind::Json, text: r#"["https://h/a"]"# };
        assert_eq!(url(&list, whole), Err(Unsaid::Url));
    }

    #[test]
    fn a_length_is_a_whole_number() {
        assert_eq!(
            length(&Cell { kind: Kind::Number, text: "18446744073709551615" }),
            Some(u64::MAX)
        );
        assert_eq!(length(&text("007")), Some(7));
        for bad in ["", "1.0", "-1", "+1", "1e3", "18446744073709551616"] {
            assert_eq!(length(&text(bad)), None, "{bad}");
        }
    }
}
