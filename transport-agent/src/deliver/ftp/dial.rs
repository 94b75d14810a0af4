//! Connecting to an FTP server, by TLS where that is wanted.

use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use proto::target::{FtpSecurity, FtpTarget};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::{FtpError, FtpResult, Mode, Status};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::silence::within;

/// A connection to a target, over which a password may go.
pub(super) async fn dial(target: &FtpTarget) -> FtpResult<AsyncRustlsFtpStream> {
    let silence = target.silence;
    let host = target.host.trim_start_matches('[').trim_end_matches(']');
    let addresses = within(silence, resolve(host, target.port())).await?;
    let mut ftp = match target.security {
        FtpSecurity::None => {
            let stream = first(&addresses, silence, connect).await?;
            within(silence, AsyncRustlsFtpStream::connect_with_stream(stream)).await?
        }
        FtpSecurity::Tls => {
            let stream = first(&addresses, silence, connect).await?;
            let ftp = within(silence, AsyncRustlsFtpStream::connect_with_stream(stream)).await?;
            within(silence, ftp.into_secure(AsyncRustlsConnector::from(tls()?), host)).await?
        }
        FtpSecurity::Implicit => {
            let tls = tls()?;
            let open = |address: SocketAddr| {
                let connector = AsyncRustlsConnector::from(tls.clone());
                AsyncRustlsFtpStream::connect_secure_implicit(address, connector, host)
            };
            let mut ftp = first(&addresses, silence, open).await?;
            // Connections for files are to be encrypted as well (RFC 4217, 9).
            for command in ["PBSZ 0", "PROT P"] {
                within(silence, ftp.custom_command(command, &[Status::CommandOk])).await?;
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

/// The addresses of a host, in the order that the system gives them.
async fn resolve(host: &str, port: u16) -> FtpResult<Vec<SocketAddr>> {
    let found = lookup_host((host, port)).await.map_err(FtpError::ConnectionError)?;
    Ok(found.collect())
}

async fn connect(address: SocketAddr) -> FtpResult<TcpStream> {
    TcpStream::connect(address).await.map_err(FtpError::ConnectionError)
}

/// The first address that can be opened. Each has its share of the time: there are networks that drop what
/// goes to one of them without a word.
async fn first<T, F>(
    addresses: &[SocketAddr],
    silence: Duration,
    open: impl Fn(SocketAddr) -> F,
) -> FtpResult<T>
where
    F: Future<Output = FtpResult<T>>,
{
    let share = silence / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let nowhere = Error::new(ErrorKind::NotFound, "the host has no address");
    let mut failed = FtpError::ConnectionError(nowhere);
    for address in addresses {
        match within(share, open(*address)).await {
            Err(error @ FtpError::ConnectionError(_)) => failed = error,
            opened => return opened,
        }
    }
    Err(failed)
}

/// The same for all connections of a session, so that those for files resume the TLS of the first.
fn tls() -> FtpResult<TlsConnector> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| FtpError::SecureError(error.to_string()))?;
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_says_nothing_keeps_nobody_from_the_next_one() {
        let addresses: [SocketAddr; 2] =
            ["[2001:db8::1]:21", "192.0.2.1:21"].map(|text| text.parse().unwrap());
        let open = |address: SocketAddr| async move {
            if address.is_ipv6() { std::future::pending().await } else { Ok(address) }
        };
        let opened = first(&addresses, Duration::from_millis(20), open).await.unwrap();
        assert_eq!(opened, addresses[1]);
        let silent = first(&addresses[..1], Duration::from_millis(20), open).await.unwrap_err();
        assert!(silent.to_string().contains("nothing came or went for 20ms"), "{silent}");
        let nowhere = first(&[], Duration::from_millis(20), open).await.unwrap_err();
        assert!(nowhere.to_string().contains("the host has no address"), "{nowhere}");
    }
}
