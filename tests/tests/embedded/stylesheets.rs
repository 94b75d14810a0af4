//! Stylesheets that want what they may not have, or more than there is: nothing is read, written or
//! asked for, and the run fails and says why.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::Desk;
use super::ran::Ran;

/// A stylesheet of these elements, which writes XML.
fn stylesheet(body: &str) -> String {
    format!(
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" \
         xmlns:e=\"http://exslt.org/common\" extension-element-prefixes=\"e\">\
         <xsl:output omit-xml-declaration=\"yes\"/>{body}</xsl:stylesheet>"
    )
}

/// All records in one document, or a document of each.
fn definition(name: &str, per: Option<&str>) -> Value {
    let mut output = json!({
        "to": "all.xml", "from": "s", "format": "xml", "options": {"stylesheet": name},
    });
    if let Some(per) = per {
        output["to"] = "{id}.xml".into();
        output["per"] = per.into();
    }
    json!({
        "name": "Styled",
        "outputs": [output],
        "sources": {"s": {"kind": "jsonl", "path": "records.jsonl"}},
    })
}

/// Three records, gone through a stylesheet of these elements.
async fn styled(desk: &Desk, body: &str, per: Option<&str>) -> Ran {
    desk.write("records.jsonl", "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n");
    desk.write("styles/s.xsl", stylesheet(body));
    desk.define(&definition("s", per)).config(&config(desk)).run().await
}

fn config(desk: &Desk) -> String {
    format!("[worker]\nstylesheets = \"{}\"\n", desk.path("styles").display())
}

#[tokio::test]
async fn a_stylesheet_reads_no_file_and_asks_no_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    for per in [None, Some("record")] {
        let desk = Desk::new();
        let secret = desk.write("secret.xml", "<secret/>");
        let copies = ["/etc/passwd", secret.to_str().unwrap(), &format!("http://{address}/x")]
            .map(|what| format!("<xsl:copy-of select=\"document('{what}')\"/>"))
            .concat();
        let body = format!(
            "<xsl:template match=\"/\"><n>{copies}<xsl:value-of select=\"count(//id)\"/></n></xsl:template>"
        );
        let ran = styled(&desk, &body, per).await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        let (file, count) = per.map_or(("all.xml", 3), |_| ("1.xml", 1));
        assert_eq!(ran.text(file), format!("<n>{count}</n>\n"));
    }
    assert!(listener.accept().is_err(), "somebody came");
}

#[tokio::test]
async fn a_stylesheet_that_writes_includes_or_never_ends_fails_the_run() {
    for (what, body) in [
        (
            "write",
            "<xsl:template match=\"/\"><e:document href=\"FILE\"><x/></e:document></xsl:template>",
        ),
        ("include", "<xsl:include href=\"http://127.0.0.1:1/x.xsl\"/>"),
        ("include", "<xsl:include href=\"/etc/passwd\"/>"),
        (
            "read",
            "<xsl:template match=\"/\"><xsl:value-of select=\"unparsed-text('/etc/passwd')\"/></xsl:template>",
        ),
        (
            "recur",
            "<xsl:template match=\"/\" name=\"a\"><xsl:call-template name=\"a\"/></xsl:template>",
        ),
        (
            "grow",
            "<xsl:template match=\"/\" name=\"a\"><xsl:param name=\"s\" select=\"'0123456789'\"/>\
             <xsl:call-template name=\"a\"><xsl:with-param name=\"s\" select=\"concat($s, $s, $s, $s)\"/>\
             </xsl:call-template></xsl:template>",
        ),
    ] {
        for per in [None, Some("record")] {
            let desk = Desk::new();
            let written = desk.path("written");
            let ran = styled(&desk, &body.replace("FILE", written.to_str().unwrap()), per).await;
            assert_eq!(ran.code, 1, "{what}: {}", ran.said);
            ran.assert_said(&["xslt_failed", "stylesheet \\\"s\\\" failed"]);
            ran.assert_nothing_made();
            assert!(!written.exists(), "{what}");
        }
    }
}

#[tokio::test]
async fn a_document_too_long_for_a_tree_is_refused_and_goes_record_by_record() {
    let desk = Desk::new();
    desk.write(
        "styles/s.xsl",
        stylesheet(
            "<xsl:template match=\"/\"><n><xsl:value-of select=\"string-length(//text)\"/></n></xsl:template>",
        ),
    );
    let text = "x".repeat(1 << 20);
    let records = (0..17).map(|id| json!({"id": id, "text": text}).to_string());
    desk.write("records.jsonl", records.collect::<Vec<_>>().join("\n"));
    let ran = desk.define(&definition("s", None)).config(&config(&desk)).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["more than 16777216 bytes", "too_large", "\\\"per\\\": \\\"record\\\""]);
    ran.assert_nothing_made();
    let each = definition("s", Some("record"));
    let ran = desk.define(&each).apart("each").config(&config(&desk)).done().await;
    assert_eq!(ran.entries().len(), 17);
    assert_eq!(ran.text("16.xml"), "<n>1048576</n>\n");
}

#[tokio::test]
async fn a_stylesheet_that_is_not_there_fails_the_run() {
    let desk = Desk::new();
    desk.write("records.jsonl", "{\"id\":1}\n");
    // Without the folder nobody would know.
    let once = format!("{}[coordinator]\nattempts = 1\n", config(&desk));
    let ask = desk.define(&definition("missing", None)).apart("unmounted").config(&once);
    let ran = ask.run().await;
    ran.assert_said(&["was not read"]);
    ran.assert_nothing_made();
    desk.write("styles/other.xsl", "");
    for (name, per) in [("one", None), ("each", Some("record"))] {
        let ask = desk.define(&definition("missing", per)).apart(name).config(&config(&desk));
        let ran = ask.run().await;
        ran.assert_said(&["xslt_failed", "there is no stylesheet"]);
        ran.assert_nothing_made();
    }
}

#[tokio::test]
async fn without_a_sandbox_nothing_is_transformed() {
    let desk = Desk::new();
    desk.write("styles/s.xsl", stylesheet("<xsl:template match=\"/\"><n/></xsl:template>"));
    desk.write("records.jsonl", "{\"id\":1}\n");
    // Everything that is needed but bwrap.
    std::fs::create_dir(desk.path("bin")).unwrap();
    for program in ["setpriv", "timeout", "prlimit", "xsltproc"] {
        symlink(Path::new("/usr/bin").join(program), desk.path("bin").join(program)).unwrap();
    }
    let ask = desk.define(&definition("s", None)).config(&config(&desk));
    let ran = ask.variable("PATH", &desk.path("bin")).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["no_sandbox", "bubblewrap"]);
    ran.assert_nothing_made();
}
