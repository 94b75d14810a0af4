//! XSLT 1.0, by xsltproc in a sandbox.
//!
//! A stylesheet can ask for any file and any address, and run for ever. So it runs where there is none
//! of that ([`mod@sandbox`]). Where no sandbox can be had, nothing is transformed.

mod sandbox;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use proto::definition::Options;
use tempfile::{NamedTempFile, TempPath};

use self::sandbox::{
    Ended, LIMITS, Limits, OUT_OF_PROCESSOR_TIME, pass_through, sandbox, was_killed,
};
use crate::provided::{Lacking, provided, whereabouts};

/// Longest document that is transformed, in bytes (16 MiB). It becomes a tree, and the result another one: where
/// a stylesheet copies every element, 29 times as much as the document's text.
pub const MAX_STYLED_BYTES: u64 = 16 << 20;

/// A stylesheet.
#[derive(Debug, Clone)]
pub(crate) struct Stylesheet {
    name: String,
    place: Place,
    limits: Limits,
    /// The longest document that goes through it.
    most_bytes: u64,
}

/// Where a stylesheet lies.
#[derive(Debug, Clone)]
enum Place {
    /// In the operator's folder.
    Folder(PathBuf),
    /// In a folder for as long as somebody has it.
    Scratch(Arc<TempPath>),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Folder(path) => path,
            Self::Scratch(path) => path,
        }
    }
}

/// Why a document was not transformed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XsltError {
    /// The configuration has no such stylesheet.
    #[error("there is no stylesheet {name:?}")]
    Unknown {
        /// What it was called.
        name: String,
    },
    /// It may be there, and was not read.
    #[error("the stylesheet {name:?} was not read")]
    Unread {
        /// What it was called.
        name: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The programs are not there, or the system does not let them part anything.
    #[error("there is no sandbox to run stylesheets in: {why}")]
    NoSandbox {
        /// What went wrong.
        why: String,
    },
    /// The document would not fit into the memory that there is for it.
    #[error("the document for the stylesheet {name:?} has more than {most_bytes} bytes")]
    TooLarge {
        /// The stylesheet.
        name: String,
        /// How many it may have.
        most_bytes: u64,
    },
    /// It was ended from outside, or could not be begun for now: too long on the clock where much else
    /// is done, out of memory, out of processes.
    #[error("the stylesheet {name:?} was interrupted: {why}")]
    Interrupted {
        /// The stylesheet.
        name: String,
        /// What is known of it.
        why: String,
    },
    /// The stylesheet failed, or ran into a limit.
    #[error("the stylesheet {name:?} failed: {why}")]
    Failed {
        /// The stylesheet.
        name: String,
        /// What it complained about.
        why: String,
    },
}

impl Stylesheet {
    /// The stylesheet that an output's options name, in a folder.
    pub(crate) fn of(options: &Options, folder: Option<&Path>) -> Result<Option<Self>, XsltError> {
        options.stylesheet.as_deref().map(|name| Self::find(folder, name)).transpose()
    }

    /// The stylesheet of a name, in a folder.
    pub(crate) fn find(folder: Option<&Path>, name: &str) -> Result<Self, XsltError> {
        let path = provided(folder, &format!("{name}.xsl"), whereabouts);
        let path = path.map_err(|lacking| match lacking {
            Lacking::Unknown => XsltError::Unknown { name: name.to_owned() },
            Lacking::Unread(cause) => XsltError::Unread { name: name.to_owned(), cause },
        })?;
        Ok(Self::new(name, Place::Folder(path)))
    }

    /// The stylesheet of a name, as it is written: it is laid into a folder for as long as somebody has it.
    pub(crate) fn of_text(name: &str, text: &[u8], scratch: &Path) -> io::Result<Self> {
        let mut file = NamedTempFile::new_in(scratch)?;
        file.write_all(text)?;
        Ok(Self::new(name, Place::Scratch(Arc::new(file.into_temp_path()))))
    }

    fn new(name: &str, place: Place) -> Self {
        Self { name: name.to_owned(), place, limits: LIMITS, most_bytes: MAX_STYLED_BYTES }
    }

    /// The same for documents that are no longer than this.
    pub(crate) fn for_at_most(self, most_bytes: u64) -> Self {
        Self { most_bytes: most_bytes.min(MAX_STYLED_BYTES), ..self }
    }

    /// How many bytes a document may have.
    pub(crate) fn most_bytes(&self) -> usize {
        usize::try_from(self.most_bytes).unwrap_or(usize::MAX)
    }

    /// Whether a document may have so many bytes.
    pub(crate) fn takes(&self, len_bytes: usize) -> Result<(), XsltError> {
        if len_bytes > self.most_bytes() {
            let most_bytes = self.most_bytes;
            return Err(XsltError::TooLarge { name: self.name.clone(), most_bytes });
        }
        Ok(())
    }

    /// Transforms a document.
    pub(crate) fn apply(&self, document: &[u8]) -> Result<Vec<u8>, XsltError> {
        self.needs_sandbox()?;
        let failed = |why: String| XsltError::Failed { name: self.name.clone(), why };
        self.takes(document.len())?;
        let arguments = ["--nonet", "--nowrite", "--nomkdir", "/stylesheet.xsl", "-"];
        let child = sandbox(Some(self.place.path()), &arguments, self.limits).spawn();
        let child = child.map_err(|error| self.unbegun(&error))?;
        let Limits { processor_seconds, result_bytes, .. } = self.limits;
        let Ended { code, result, complaint } = pass_through(child, document, self.limits)
            .map_err(|error| self.interrupted(error.to_string()))?;
        if result.len() as u64 > result_bytes {
            return Err(failed(format!("the result has more than {result_bytes} bytes")));
        }
        match code {
            Some(0) => Ok(result),
            Some(OUT_OF_PROCESSOR_TIME) => {
                Err(failed(format!("it takes more than {processor_seconds} s of processor time")))
            }
            Some(code) if !was_killed(code) => Err(failed(complaint)),
            Some(_) | None => {
                Err(self.interrupted("it took too long, or too much memory".to_owned()))
            }
        }
    }

    /// That stylesheets can be run apart from everything. Tried until it was so once: what is in the way
    /// may pass.
    fn needs_sandbox(&self) -> Result<(), XsltError> {
        static FOUND: OnceLock<()> = OnceLock::new();
        if FOUND.get().is_some() {
            return Ok(());
        }
        let child = sandbox(None, &["--version"], LIMITS).spawn();
        let child = child.map_err(|error| self.unbegun(&error))?;
        let ended = pass_through(child, &[], LIMITS)
            .map_err(|error| self.interrupted(error.to_string()))?;
        match ended.code {
            Some(0) => {
                FOUND.get_or_init(|| ());
                Ok(())
            }
            Some(code) if !was_killed(code) => Err(XsltError::NoSandbox { why: ended.complaint }),
            Some(_) | None => Err(self.interrupted("the sandbox was ended".to_owned())),
        }
    }

    /// What it means that a process could not be begun.
    fn unbegun(&self, error: &io::Error) -> XsltError {
        let why = error.to_string();
        let kind = error.kind();
        if matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) {
            return XsltError::NoSandbox { why };
        }
        self.interrupted(why)
    }

    fn interrupted(&self, why: String) -> XsltError {
        XsltError::Interrupted { name: self.name.clone(), why }
    }
}

#[cfg(test)]
mod tests;
