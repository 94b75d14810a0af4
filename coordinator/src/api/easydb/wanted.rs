//! What a request for files asks for: which of them, in which form, called what. Pure.

use axum::http::Uri;

use super::exports::Asked;
use super::saved::Saved;
use super::trouble::Trouble;

/// In which form files are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One file as it is.
    File,
    /// A ZIP archive.
    Zip,
    /// A tar archive compressed by gzip.
    TarGz,
}

impl Form {
    fn named(name: &str) -> Result<Self, Trouble> {
        match name {
            "file" => Ok(Self::File),
            "zip" => Ok(Self::Zip),
            "tar_gz" => Ok(Self::TarGz),
            _ => Err(Trouble::NoPath),
        }
    }

    /// What files in this form end in; nothing of its own where they are as they are.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::File => "",
            Self::Zip => "zip",
            Self::TarGz => "tar.gz",
        }
    }
}

/// Which files, in which form, called what.
pub(super) struct Wanted {
    pub(super) form: Form,
    /// A file or a folder; everything where it is empty.
    pub(super) path: String,
    /// Whether a folder is meant and nothing else.
    pub(super) is_folder: bool,
    /// After which file a page begins.
    pub(super) cursor: Option<String>,
    /// What links on a page begin with.
    pub(super) base: &'static str,
    /// How it is saved.
    pub(super) saved: Saved,
}

impl Wanted {
    /// What a request means: a path in an export, in a form. Everything is asked for with a slash at the
    /// end or without one.
    pub(super) fn read(form: &str, path: &str, uri: &Uri, query: &Asked) -> Result<Self, Trouble> {
        let saved = Saved::read(query)?;
        let is_folder = path.is_empty() || path.ends_with('/');
        let (path, cursor) = (path.trim_matches('/').to_owned(), query.get("cursor").cloned());
        let is_bare = path.is_empty() && !uri.path().ends_with('/');
        let (form, base) = (Form::named(form)?, if is_bare { "./file/" } else { "./" });
        Ok(Self { form, path, is_folder, cursor, base, saved })
    }
}
