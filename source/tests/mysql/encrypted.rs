//! Connections by TLS, to the real server with a certificate of a test authority.

use std::path::{Path, PathBuf};

use proto::fault::Code;
use proto::source::{MysqlSpec, TlsSpec, Verify};
use source::SourceError;

use crate::database::{Database, batches_of, open, rows};

/// How the connection that reads is encrypted, as the server sees it.
const VERSION: &str = "SELECT variable_name AS id, variable_value AS version \
    FROM information_schema.session_status WHERE variable_name = 'SSL_VERSION'";

/// A file beside the server's certificate.
fn certificate(name: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the server is, is the tests' configuration"
    )]
    let authority = std::env::var("LONGSHORE_TEST_MYSQL_CA").unwrap();
    Path::new(&authority).with_file_name(name)
}

async fn seen(
    database: &Database,
    authority: Option<&str>,
    verify: Option<Verify>,
) -> Result<String, SourceError> {
    let tls = verify.map(|verify| TlsSpec { ca_file: authority.map(certificate), verify });
    let spec = MysqlSpec { tls, table: None, query: Some(VERSION.to_owned()), ..database.spec("") };
    let (rows, _) = rows(&*open(spec)?, &batches_of(0)).await?;
    Ok(rows[0][1].1.clone())
}

#[tokio::test]
async fn a_connection_is_encrypted_where_the_authority_is_known() {
    let database = Database::new("encrypted").await;
    assert_eq!(seen(&database, None, None).await.unwrap(), "");
    let full = seen(&database, Some("ca.pem"), Some(Verify::Full)).await.unwrap();
    assert!(full.starts_with("TLSv1."), "{full}");
    let any = seen(&database, None, Some(Verify::None)).await.unwrap();
    assert!(any.starts_with("TLSv1."), "{any}");
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_refused() {
    let database = Database::new("encrypted_refused").await;
    for (authority, told) in [
        (Some("stranger.pem"), "invalid peer certificate"),
        (None, "invalid peer certificate"),
        (Some("none.pem"), "the authority's file"),
    ] {
        let error = seen(&database, authority, Some(Verify::Full)).await.unwrap_err();
        assert_eq!(error.fault().code, Code::SourceRefused, "{error}");
        assert!(error.to_string().contains(told), "{error} does not say {told}");
    }
}
