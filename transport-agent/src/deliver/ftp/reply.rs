//! What replies of an FTP server mean, and that there is none (RFC 959, 4.2).

use suppaftp::FtpError;

use crate::deliver::DeliveryError;
use crate::deliver::said::one_line;

/// The number of a refusal; nothing where something else went wrong.
pub(super) fn refusal(error: &FtpError) -> Option<u32> {
    match error {
        // The library knows some numbers only; all stand in front of what is said.
        FtpError::UnexpectedResponse(reply) => {
            let number = reply.body.get(..3).and_then(|number| str::from_utf8(number).ok());
            let number = number.and_then(|number| number.parse().ok());
            Some(number.unwrap_or_else(|| reply.status.code()))
        }
        FtpError::ConnectionError(_)
        | FtpError::SecureError(_)
        | FtpError::BadResponse
        | FtpError::InvalidAddress(_)
        | FtpError::DataConnectionAlreadyOpen => None,
    }
}

/// Whether a server says that it does not know a command. 501 and 504 are about what came with it.
pub(super) fn is_unknown(code: u32) -> bool {
    matches!(code, 500 | 502)
}

/// Whether a server says that a user is not let in.
pub(super) fn is_no_login(code: u32) -> bool {
    matches!(code, 332 | 430 | 530 | 532)
}

/// What becomes of a delivery to which a server says this.
pub(super) fn judge(target: &str, error: &FtpError) -> DeliveryError {
    let (target, what) = (target.to_owned(), told(error));
    match refusal(error) {
        Some(452 | 552) => DeliveryError::Full { target, what },
        Some(430) => DeliveryError::Refused { target, what },
        Some(400..500) => DeliveryError::Unreachable { target, what },
        // What is no failure is none that this side understands.
        Some(_) => DeliveryError::Refused { target, what },
        // The library keeps no more of a certificate than words.
        None if what.contains("invalid peer certificate") => {
            DeliveryError::Untrusted { target, what }
        }
        None => DeliveryError::Unreachable { target, what },
    }
}

/// What a server said, or what went wrong.
pub(super) fn told(error: &FtpError) -> String {
    match error {
        FtpError::UnexpectedResponse(reply) => one_line(&reply.body),
        FtpError::ConnectionError(error) => error.to_string(),
        FtpError::SecureError(_)
        | FtpError::BadResponse
        | FtpError::InvalidAddress(_)
        | FtpError::DataConnectionAlreadyOpen => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use suppaftp::Status;
    use suppaftp::types::Response;

    use super::*;

    fn said(text: &str) -> FtpError {
        let status = Status::from(text[..3].parse::<u32>().unwrap());
        FtpError::UnexpectedResponse(Response::new(status, text.as_bytes().to_vec()))
    }

    #[test]
    fn what_a_server_says_of_a_path_is_not_that_it_knows_no_such_command() {
        assert!([500, 502].into_iter().all(is_unknown));
        assert!(![501, 504, 550].into_iter().any(is_unknown));
    }

    #[test]
    fn replies_are_judged_by_their_class() {
        for (reply, expected) in [
            ("550 No such folder\r\n", "far refuses: 550 No such folder"),
            ("553-Not\r\n that\u{7}\r\n553 name\r\n", "far refuses: 553-Not; that; 553 name"),
            // Not among the numbers of the first standard.
            ("522 Use TLS\r\n", "far refuses: 522 Use TLS"),
            ("552 Quota\r\n", "far is full: 552 Quota"),
            ("452 Disk\r\n", "far is full: 452 Disk"),
            ("421 Too many\r\n", "far does not answer: 421 Too many"),
            ("426 Aborted\r\n", "far does not answer: 426 Aborted"),
            ("434 Away\r\n", "far does not answer: 434 Away"),
            ("430 Who?\r\n", "far refuses: 430 Who?"),
            ("202 Superfluous\r\n", "far refuses: 202 Superfluous"),
        ] {
            assert_eq!(judge("far", &said(reply)).to_string(), expected);
        }
        let certificate = FtpError::SecureError("invalid peer certificate: Expired".to_owned());
        assert!(matches!(judge("far", &certificate), DeliveryError::Untrusted { .. }));
        let gone = FtpError::ConnectionError(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(judge("far", &gone).to_string(), "far does not answer: connection reset");
    }
}
