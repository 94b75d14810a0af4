//! XSLT 1.0, by xsltproc in a sandbox.
//!
//! A stylesheet can ask for any file and any address, and run for ever. So it runs where there is none
//! of that ([`mod@sandbox`]). Where no sandbox can be had, nothing is transformed.

mod sandbox;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proto::definition::Options;

use self::sandbox::{Ended, MAX_RESULT, pass_through, sandbox, was_killed};

/// Longest document that is transformed (16 MiB). It becomes a tree, and the result another one: where
/// a stylesheet copies every element, 29 times as much as the document's text.
pub(crate) const MAX_DOCUMENT: usize = 16 << 20;

/// A stylesheet.
#[derive(Debug, Clone)]
pub(crate) struct Stylesheet {
    name: String,
    path: PathBuf,
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
    /// The programs are not there, or the system does not let them part anything.
    #[error("there is no sandbox to run stylesheets in: {why}")]
    NoSandbox {
        /// What went wrong.
        why: String,
    },
    /// The document would not fit into the memory that there is for it.
    #[error("the document for the stylesheet {name:?} has more than {MAX_DOCUMENT} bytes")]
    TooLarge {
        /// The stylesheet.
        name: String,
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
        let path = folder.map(|folder| folder.join(format!("{name}.xsl")));
        let path = path.and_then(|path| path.canonicalize().ok()).filter(|path| path.is_file());
        let path = path.ok_or_else(|| XsltError::Unknown { name: name.to_owned() })?;
        Ok(Self { name: name.to_owned(), path })
    }

    /// Whether a document may have so many bytes.
    pub(crate) fn takes(&self, len_bytes: usize) -> Result<(), XsltError> {
        if len_bytes > MAX_DOCUMENT {
            return Err(XsltError::TooLarge { name: self.name.clone() });
        }
        Ok(())
    }

    /// Transforms a document.
    pub(crate) fn apply(&self, document: &[u8]) -> Result<Vec<u8>, XsltError> {
        self.needs_sandbox()?;
        let failed = |why: String| XsltError::Failed { name: self.name.clone(), why };
        self.takes(document.len())?;
        let arguments = ["--nonet", "--nowrite", "--nomkdir", "/stylesheet.xsl", "-"];
        let child = sandbox(Some(&self.path), &arguments).spawn();
        let child = child.map_err(|error| self.unbegun(&error))?;
        let Ended { code, result, complaint } =
            pass_through(child, document).map_err(|error| self.interrupted(error.to_string()))?;
        if result.len() as u64 > MAX_RESULT {
            return Err(failed(format!("the result has more than {MAX_RESULT} bytes")));
        }
        match code {
            Some(0) => Ok(result),
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
        let child = sandbox(None, &["--version"]).spawn().map_err(|error| self.unbegun(&error))?;
        let ended =
            pass_through(child, &[]).map_err(|error| self.interrupted(error.to_string()))?;
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
mod tests {
    use std::fs;

    use fabric::task::Verdict;
    use proto::message::TaskResult;

    use super::*;
    use crate::error::BatchError;

    fn apply(body: &str, document: &str) -> Result<String, XsltError> {
        let folder = tempfile::tempdir().unwrap();
        let stylesheet = format!(
            "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"\n\
             xmlns:e=\"http://exslt.org/common\" extension-element-prefixes=\"e\">\n\
             <xsl:output omit-xml-declaration=\"yes\"/>{body}</xsl:stylesheet>"
        );
        fs::write(folder.path().join("s.xsl"), stylesheet).unwrap();
        let result = Stylesheet::find(Some(folder.path()), "s")?.apply(document.as_bytes())?;
        Ok(String::from_utf8(result).unwrap())
    }

    fn complaint(body: &str) -> String {
        match apply(body, "<a/>") {
            Err(XsltError::Failed { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn documents_are_transformed_whatever_their_length() {
        let body =
            "<xsl:template match=\"/\"><out><xsl:copy-of select=\"//b\"/></out></xsl:template>";
        let document = format!("<a>{}</a>", "<b>ä</b>".repeat(100_000));
        let expected = format!("<out>{}</out>\n", "<b>ä</b>".repeat(100_000));
        assert_eq!(apply(body, &document).unwrap(), expected);
    }

    #[test]
    fn no_file_is_read_and_no_address_reached() {
        let canary = tempfile::NamedTempFile::new().unwrap();
        fs::write(canary.path(), "<canary/>").unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let body = format!(
            "<xsl:template match=\"/\"><out><xsl:copy-of select=\"document('{}')\"/>\
             <xsl:copy-of select=\"document('/etc/passwd')\"/>\
             <xsl:copy-of select=\"document('http://{}/x')\"/></out></xsl:template>",
            canary.path().display(),
            listener.local_addr().unwrap()
        );
        assert_eq!(apply(&body, "<a/>").unwrap(), "<out/>\n");
        assert!(listener.accept().is_err(), "nobody came");
    }

    #[test]
    fn an_address_that_is_included_is_a_failure() {
        complaint("<xsl:include href=\"http://127.0.0.1:1/x.xsl\"/>");
    }

    #[test]
    fn nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("evil");
        let body = format!(
            "<xsl:template match=\"/\"><e:document href=\"{}\"><x/></e:document></xsl:template>",
            file.display()
        );
        complaint(&body);
        assert!(!file.exists());
    }

    #[test]
    fn recursion_and_growth_without_end_are_ended() {
        complaint(
            "<xsl:template match=\"/\" name=\"a\"><xsl:call-template name=\"a\"/></xsl:template>",
        );
        complaint(
            "<xsl:template match=\"/\" name=\"a\"><xsl:param name=\"s\" select=\"'0123456789abcdef'\"/>\
             <xsl:call-template name=\"a\"><xsl:with-param name=\"s\" select=\"concat($s, $s, $s, $s)\"/>\
             </xsl:call-template></xsl:template>",
        );
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let stylesheet = Stylesheet { name: "s".to_owned(), path: PathBuf::new() };
        let tried = |error: XsltError| match BatchError::Stylesheet(error).verdict() {
            TaskResult::Retry(_) => "again",
            TaskResult::Failed(_) => "failed",
            done @ TaskResult::Done { .. } => panic!("{done:?}"),
        };
        let full = io::Error::from(io::ErrorKind::WouldBlock);
        assert_eq!(tried(stylesheet.unbegun(&full)), "again");
        assert_eq!(tried(stylesheet.interrupted("killed".to_owned())), "again");
        let none = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(tried(stylesheet.unbegun(&none)), "failed");
        assert_eq!([0, 1, 124, 137].map(was_killed), [false, false, true, true]);
    }

    #[test]
    fn stylesheets_are_those_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for folder in [Some(folder.path()), None] {
            let found = Stylesheet::find(folder, "missing");
            assert!(matches!(found, Err(XsltError::Unknown { .. })));
        }
    }
}
