//! Connecting to an FTP server, by TLS where that is wanted.

use std::net::IpAddr;
use std::sync::Arc;

use proto::target::{FtpSecurity, FtpTarget};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::{FtpError, FtpResult, Mode, Status};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A connection to a target, over which a password may go.
pub(super) async fn dial(target: &FtpTarget) -> FtpResult<AsyncRustlsFtpStream> {
    let host = target.host.trim_start_matches('[').trim_end_matches(']');
    let address = (host, target.port());
    let mut ftp = match target.security {
        FtpSecurity::None => AsyncRustlsFtpStream::connect(address).await?,
        FtpSecurity::Tls => {
            let stream = TcpStream::connect(address).await.map_err(FtpError::ConnectionError)?;
            let ftp = AsyncRustlsFtpStream::connect_with_stream(stream).await?;
            ftp.into_secure(connector()?, host).await?
        }
        FtpSecurity::Implicit => {
            let connector = connector()?;
            let mut ftp =
                AsyncRustlsFtpStream::connect_secure_implicit(address, connector, host).await?;
            // Connections for files are to be encrypted as well (RFC 4217, 9).
            for command in ["PBSZ 0", "PROT P"] {
                ftp.custom_command(command, &[Status::CommandOk]).await?;
            }
            ftp
        }
    };
    let peer = ftp.get_ref().await.peer_addr().map_err(FtpError::ConnectionError)?;
    match peer.ip() {
        // Files go to the host that the password went to, whatever address it names.
        IpAddr::V4(_) => ftp.set_passive_nat_workaround(true),
        IpAddr::V6(_) => ftp.set_mode(Mode::ExtendedPassive),
    }
    Ok(ftp)
}

/// The same for all connections of a session, so that those for files resume the TLS of the first.
fn connector() -> FtpResult<AsyncRustlsConnector> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| FtpError::SecureError(error.to_string()))?;
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    Ok(AsyncRustlsConnector::from(connector))
}
