//! HTTPS: connections that are encrypted by a certificate of the operator's.
//!
//! Handshakes go on beside one another and beside the acceptance of connections, so that whoever says nothing keeps
//! nobody waiting; there are no more at once than are needed, and none takes long. The files with the certificate
//! and its key are read anew when they change: certificates are renewed every few weeks.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// Most handshakes at once; whoever comes then waits to be accepted.
const HANDSHAKES: usize = 256;

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A certificate with its key, in two files with PEM.
#[derive(Clone)]
pub struct Certificate(Arc<Files>);

struct Files {
    certificate: PathBuf,
    private_key: PathBuf,
    read: Mutex<Read>,
}

/// What was read of the files.
#[derive(Clone)]
struct Read {
    /// How they looked before they were read.
    looks: Looks,
    acceptor: TlsAcceptor,
}

/// When each file was changed, and its length; nothing of one that is not there.
type Looks = [Option<(SystemTime, u64)>; 2];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file has not what it is to have.
    #[error("{} has {what}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The key is not that of the certificate, or not one that serves.
    #[error("the certificate and its key cannot be used together: {0}")]
    Unusable(tokio_rustls::rustls::Error),
}

impl Certificate {
    /// Reads the certificate, with those that lead from it to an authority, and its key.
    pub fn open(certificate: PathBuf, private_key: PathBuf) -> Result<Self, CertificateError> {
        let looks = [&certificate, &private_key].map(|path| look(path));
        let acceptor = acceptor(&certificate, &private_key)?;
        let read = Mutex::new(Read { looks, acceptor });
        Ok(Self(Arc::new(Files { certificate, private_key, read })))
    }

    /// What accepts connections now. Files that were changed and cannot be used leave it as it was.
    fn acceptor(&self) -> TlsAcceptor {
        let Files { certificate, private_key, read } = &*self.0;
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = [certificate, private_key].map(|path| look(path));
        if looks != read.looks {
            match acceptor(certificate, private_key) {
                Ok(acceptor) => {
                    tracing::info!("certificate read anew");
                    read.acceptor = acceptor;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "certificate not read anew");
                }
            }
            // One that cannot be used is looked at again once it is changed.
            read.looks = looks;
        }
        read.acceptor.clone()
    }
}

fn look(path: &Path) -> Option<(SystemTime, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

fn acceptor(certificate: &Path, private_key: &Path) -> Result<TlsAcceptor, CertificateError> {
    let unfit = |path: &Path, what: String| CertificateError::Unfit { path: path.to_owned(), what };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes(certificate)?).collect();
    let chain = chain.map_err(|error| unfit(certificate, format!("no certificate: {error}")))?;
    if chain.is_empty() {
        return Err(unfit(certificate, "no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(&bytes(private_key)?)
        .map_err(|error| unfit(private_key, format!("no private key: {error}")))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(CertificateError::Unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn bytes(path: &Path) -> Result<Vec<u8>, CertificateError> {
    let unreadable = |source| CertificateError::Unreadable { path: path.to_owned(), source };
    std::fs::read(path).map_err(unreadable)
}

/// Connections whose handshake is made.
pub(super) struct Encrypted {
    listener: TcpListener,
    certificate: Certificate,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

impl Encrypted {
    /// Those to a listener.
    pub(super) fn new(listener: TcpListener, certificate: Certificate) -> Self {
        Self { listener, certificate, handshakes: JoinSet::new() }
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    /// May be dropped at any moment: handshakes go on.
    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let has_room = self.handshakes.len() < HANDSHAKES;
            tokio::select! {
                Some(made) = self.handshakes.join_next() => {
                    if let Ok(Some(connection)) = made {
                        return connection;
                    }
                }
                (stream, address) = Listener::accept(&mut self.listener), if has_room => {
                    let certificate = self.certificate.clone();
                    self.handshakes.spawn(handshake(certificate, stream, address));
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// An encrypted connection; nothing where none comes about.
async fn handshake(
    certificate: Certificate,
    stream: TcpStream,
    address: SocketAddr,
) -> Option<(TlsStream<TcpStream>, SocketAddr)> {
    let acceptor = tokio::task::spawn_blocking(move || certificate.acceptor()).await.ok()?;
    match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some((stream, address)),
        Ok(Err(error)) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "no handshake");
            None
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    use super::*;

    /// A certificate for `localhost` that nobody but itself signed, in two files of a folder.
    fn made(folder: &Path) -> (PathBuf, PathBuf) {
        let (pem, key) = (folder.join("pem"), folder.join("key"));
        let asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
            -subj /CN=localhost -addext subjectAltName=DNS:localhost \
            -addext basicConstraints=critical,CA:FALSE";
        let made = Command::new("openssl")
            .args(asked.split_whitespace())
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&pem)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (pem, key)
    }

    /// A client that trusts the certificate of a file alone.
    fn client(pem: &Path) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&std::fs::read(pem).unwrap()) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    /// Whether somebody who trusts a certificate gets through to what is served.
    async fn is_heard(client: &TlsConnector, address: SocketAddr) -> bool {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let Ok(mut stream) = client.connect(name, stream).await else { return false };
        stream.write_all(b"hi").await.unwrap();
        let mut heard = [0; 2];
        stream.read_exact(&mut heard).await.is_ok() && heard == *b"hi"
    }

    #[tokio::test]
    async fn whoever_says_nothing_keeps_nobody_waiting_and_a_new_certificate_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (pem, key) = made(folder.path());
        let certificate = Certificate::open(pem.clone(), key.clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut served = Encrypted::new(listener, certificate);
        let address = Listener::local_addr(&served).unwrap();
        let serving = tokio::spawn(async move {
            let mut answering = JoinSet::new();
            loop {
                let (mut stream, _) = served.accept().await;
                answering.spawn(async move {
                    let mut heard = [0; 2];
                    if stream.read_exact(&mut heard).await.is_ok() {
                        let _ = stream.write_all(&heard).await;
                    }
                });
            }
        });
        let _silent = TcpStream::connect(address).await.unwrap();
        let first = client(&pem);
        assert!(is_heard(&first, address).await);
        let other = tempfile::tempdir().unwrap();
        let (other_pem, other_key) = made(other.path());
        // Between the two, the key is not that of the certificate: the former ones stay.
        let text = std::fs::read(&other_pem).unwrap();
        std::fs::write(&pem, [text.as_slice(), b"\n"].concat()).unwrap();
        assert!(is_heard(&first, address).await);
        let text = std::fs::read(&other_key).unwrap();
        std::fs::write(&key, [text.as_slice(), b"\n\n"].concat()).unwrap();
        assert!(is_heard(&client(&pem), address).await);
        assert!(!is_heard(&first, address).await);
        serving.abort();
    }

    #[test]
    fn what_is_no_certificate_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (pem, key) = made(folder.path());
        let none = folder.path().join("none");
        let told = |certificate: &PathBuf, key: &PathBuf| {
            let opened = Certificate::open(certificate.clone(), key.clone());
            opened.err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(told(&pem, &key), "");
        assert_eq!(told(&none, &key), format!("{} cannot be read", none.display()));
        assert_eq!(told(&key, &pem), format!("{} has no certificate", key.display()));
        assert!(told(&pem, &pem).starts_with(&format!("{} has no private key", pem.display())));
    }
}
