//! Connections by TLS, to the real server with a certificate of a test authority.

use std::path::{Path, PathBuf};

use proto::fault::Code;
use proto::source::{PostgresSpec, TlsSpec, Verify};
use source::SourceError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::database::{Database, batches_of, open, read, rows};

/// Whether the connection that reads is encrypted, as the server sees it.
const IS_ENCRYPTED: &str =
    "SELECT 1 AS id, ssl::text AS is_encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// A file beside the server's certificate.
fn certificate(name: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the server is, is the tests' configuration"
    )]
    let authority = std::env::var("LONGSHORE_TEST_POSTGRES_CA").unwrap();
    Path::new(&authority).with_file_name(name)
}

fn tls(authority: Option<&str>, verify: Verify) -> TlsSpec {
    TlsSpec { ca_file: authority.map(certificate), verify }
}

/// What the server says of a connection.
async fn seen(database: &Database, tls: impl Into<Option<TlsSpec>>) -> Result<String, SourceError> {
    let spec = PostgresSpec {
        tls: tls.into(),
        table: None,
        query: Some(IS_ENCRYPTED.to_owned()),
        ..database.spec("")
    };
    of(spec).await
}

async fn of(spec: PostgresSpec) -> Result<String, SourceError> {
    let source = open(spec)?;
    let survey = source.survey(&batches_of(0)).await?;
    let rows = rows(&*source, &read(&survey, &survey.slices[0])).await?;
    Ok(rows[0][1].1.clone())
}

fn check(seen: Result<String, SourceError>, told: &str) {
    let error = seen.unwrap_err();
    assert_eq!(error.fault().code, Code::SourceRefused, "{error}");
    assert!(error.to_string().contains(told), "{error} does not say {told}");
}

#[tokio::test]
async fn a_connection_is_encrypted_where_the_authority_is_known() {
    let database = Database::new("encrypted").await;
    assert_eq!(seen(&database, None).await.unwrap(), "false");
    assert_eq!(seen(&database, tls(Some("ca.pem"), Verify::Full)).await.unwrap(), "true");
    assert_eq!(seen(&database, tls(None, Verify::None)).await.unwrap(), "true");
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_refused() {
    let database = Database::new("encrypted_refused").await;
    check(
        seen(&database, tls(Some("stranger.pem"), Verify::Full)).await,
        "invalid peer certificate",
    );
    check(seen(&database, tls(None, Verify::Full)).await, "invalid peer certificate");
    check(seen(&database, tls(Some("none.pem"), Verify::Full)).await, "the authority's file");
    check(seen(&database, tls(Some("ca.key"), Verify::Full)).await, "it has no certificate");
    // The right authority, for another host.
    let mut url = url::Url::parse(&database.url).unwrap();
    url.set_host(Some("db.example.org")).unwrap();
    url.set_query(Some("hostaddr=127.0.0.1"));
    let spec = PostgresSpec {
        url: url.to_string(),
        tls: tls(Some("ca.pem"), Verify::Full).into(),
        ..database.spec("t")
    };
    check(of(spec).await, "not valid for name");
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_told_nothing() {
    let database = Database::new("encrypted_not").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = async {
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        peer.read_exact(&mut request).await.unwrap();
        peer.write_all(b"N").await.unwrap();
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.unwrap();
        rest
    };
    let url = format!("postgresql://ann@127.0.0.1:{port}/shop");
    let spec = PostgresSpec { url, tls: tls(None, Verify::None).into(), ..database.spec("t") };
    let (sent, seen) = tokio::join!(server, of(spec));
    assert_eq!(sent, b"");
    check(seen, "does not support TLS");
}
