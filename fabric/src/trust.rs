//! Whether a server proved who it is, as far as an error tells.

use std::error::Error;
use std::io;

/// Whether something failed because a server's certificate proves nothing: nobody who is trusted signed
/// it, it has ended, or it is another server's. Asked again, the same server would show the same one.
pub fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref() {
            return matches!(error, rustls::Error::InvalidCertificate(_));
        }
        // What an I/O error was made of is not its source.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, Error as TlsError};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("not sent")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_certificate_is_found_however_deep_it_lies() {
        let certificate = || TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        let wrapped = io::Error::other(Outer(io::Error::other(io::Error::other(certificate()))));
        assert!(is_untrusted(&certificate()) && is_untrusted(&wrapped));
        assert!(!is_untrusted(&Outer(io::Error::other(TlsError::HandshakeNotComplete))));
        assert!(!is_untrusted(&Outer(io::ErrorKind::ConnectionRefused.into())));
    }
}
