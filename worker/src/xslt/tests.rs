//! Stylesheets that are harmless, that are not, and that are too much.

use std::fs;

use fabric::task::Verdict;
use proto::message::TaskResult;

use super::*;
use crate::error::BatchError;

fn apply(body: &str, document: &str) -> Result<String, XsltError> {
    apply_within(LIMITS, body, document)
}

fn apply_within(limits: Limits, body: &str, document: &str) -> Result<String, XsltError> {
    let folder = tempfile::tempdir().unwrap();
    let stylesheet = format!(
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"\n\
         xmlns:e=\"http://exslt.org/common\" extension-element-prefixes=\"e\">\n\
         <xsl:output omit-xml-declaration=\"yes\"/>{body}</xsl:stylesheet>"
    );
    fs::write(folder.path().join("s.xsl"), stylesheet).unwrap();
    let found = Stylesheet::find(Some(folder.path()), "s")?;
    let result = Stylesheet { limits, ..found }.apply(document.as_bytes())?;
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
    let body = "<xsl:template match=\"/\"><out><xsl:copy-of select=\"//b\"/></out></xsl:template>";
    let document = format!("<a>{}</a>", "<b>ä</b>".repeat(100_000));
    let expected = format!("<out>{}</out>\n", "<b>ä</b>".repeat(100_000));
    assert_eq!(apply(body, &document).unwrap(), expected);
}

#[test]
fn a_stylesheet_that_is_given_as_text_lies_there_as_long_as_somebody_has_it() {
    let scratch = tempfile::tempdir().unwrap();
    let text = "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
        <xsl:output method=\"text\"/></xsl:stylesheet>";
    let stylesheet = Stylesheet::of_text("7", text.as_bytes(), scratch.path()).unwrap();
    let other = stylesheet.clone();
    drop(stylesheet);
    assert_eq!(other.apply(b"<a>b</a>").unwrap(), b"b");
    drop(other);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
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

/// What becomes of the batch, and why.
fn tried(error: XsltError) -> (&'static str, String) {
    let why = match &error {
        XsltError::Failed { why, .. } | XsltError::Interrupted { why, .. } => why.clone(),
        other @ (XsltError::Unknown { .. }
        | XsltError::Unread { .. }
        | XsltError::NoSandbox { .. }
        | XsltError::TooLarge { .. }) => other.to_string(),
    };
    match BatchError::Stylesheet(error).verdict() {
        TaskResult::Retry(_) => ("again", why),
        TaskResult::Failed(_) => ("failed", why),
        done @ TaskResult::Done { .. } => panic!("{done:?}"),
    }
}

/// What becomes of a batch whose stylesheet takes years: it looks at all elements for each, and
/// for each of these at all again, three times over.
fn endless(limits: Limits) -> (&'static str, String) {
    let body = "<xsl:template match=\"/\"><xsl:value-of select=\"\
        count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0])\"/></xsl:template>";
    let document = format!("<a>{}</a>", "<b/>".repeat(5000));
    tried(apply_within(limits, body, &document).unwrap_err())
}

#[test]
fn one_that_takes_too_much_processor_time_fails_at_once() {
    let (tried, why) = endless(Limits { processor_seconds: 1, ..LIMITS });
    assert_eq!((tried, why.as_str()), ("failed", "it takes more than 1 s of processor time"));
}

#[test]
fn one_that_takes_too_long_on_the_clock_is_tried_again() {
    let (tried, why) = endless(Limits { seconds: 1, ..LIMITS });
    assert_eq!((tried, why.as_str()), ("again", "it took too long, or too much memory"));
}

#[test]
fn a_result_that_is_too_long_fails_at_once() {
    let body = "<xsl:template match=\"/\"><out><xsl:copy-of select=\"//b\"/></out></xsl:template>";
    // 11 bytes around them, and the end of the line.
    let document = format!("<a>{}</a>", "<b/>".repeat(100_000));
    let within = Limits { result_bytes: 400_012, ..LIMITS };
    assert_eq!(apply_within(within, body, &document).unwrap().len(), 400_012);
    let beyond = Limits { result_bytes: 400_011, ..LIMITS };
    let (tried, why) = tried(apply_within(beyond, body, &document).unwrap_err());
    assert_eq!((tried, why.as_str()), ("failed", "the result has more than 400011 bytes"));
}

#[test]
fn a_document_is_as_long_as_the_operator_lets_it_be_and_never_longer_than_there_is_memory_for() {
    let stylesheet = |most| Stylesheet::new("s", Place::Folder(PathBuf::new())).for_at_most(most);
    for (most, expected) in [(100, 100), (u64::MAX, 16 << 20)] {
        let stylesheet = stylesheet(most);
        assert!(stylesheet.takes(expected).is_ok());
        let (tried, why) = tried(stylesheet.takes(expected + 1).unwrap_err());
        assert_eq!(tried, "failed");
        assert!(why.ends_with(&format!("has more than {expected} bytes")), "{why}");
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let stylesheet = Stylesheet::new("s", Place::Folder(PathBuf::new()));
    let tried = |error| tried(error).0;
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
    fs::write(folder.path().join("other.xsl"), "").unwrap();
    for folder in [Some(folder.path()), None] {
        let found = Stylesheet::find(folder, "missing");
        assert!(matches!(found, Err(XsltError::Unknown { .. })));
    }
}

#[test]
fn one_that_cannot_be_read_now_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder.xsl")).unwrap();
    let unmounted = folder.path().join("unmounted");
    for (folder, name, expected) in [
        (folder.path(), "missing", "failed"),
        (folder.path(), "folder", "again"),
        (unmounted.as_path(), "missing", "again"),
    ] {
        let error = Stylesheet::find(Some(folder), name).unwrap_err();
        assert_eq!(tried(error).0, expected, "{name} in {}", folder.display());
    }
}
