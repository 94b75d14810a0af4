//! A conversation with the mail server, by which several mails are sent one after another.
//!
//! Every answer has a deadline. What the server says is judged where it says it: to the sender, to a
//! recipient, or to a mail.

use std::future::Future;

use lettre::Address;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::error::MailError;
use super::letter::Letter;
use super::mailer::{Mailer, Starttls};
use super::sizes::Sizes;

/// The answer that a mail is too large, at any step (RFC 1870, 6.1).
const TOO_LARGE: u16 = 552;

/// What stands for an address in a text that is told on.
const NOT_TOLD: &str = "…";

/// Longest text of a server that is told on, in characters.
const SAID_CHARS: usize = 300;

/// An open conversation.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    sizes: Sizes,
    deadline: std::time::Duration,
    is_broken: bool,
}

/// Why a mail was not taken.
pub(super) enum Refusal {
    /// It is too large.
    TooLarge(String),
    /// It never will be.
    Forever(String),
    /// Not now, or it is not known whether it was.
    Now(String),
}

/// What went wrong, before it is known what that means.
enum Trouble {
    /// The server said so.
    Said(smtp::Error),
    /// It said nothing in time.
    Silent,
}

impl Session {
    /// The conversation that is open, or a new one.
    pub(super) async fn open<'s>(
        session: &'s mut Option<Self>,
        mailer: &Mailer,
    ) -> Result<&'s mut Self, MailError> {
        match session {
            Some(open) => Ok(open),
            None => Ok(session.insert(Self::begin(mailer).await?)),
        }
    }

    async fn begin(mailer: &Mailer) -> Result<Self, MailError> {
        let (deadline, hello) = (mailer.deadline(), mailer.hello());
        let wrapper = mailer.is_wrapped().then(|| mailer.tls()).transpose();
        let wrapper = wrapper.map_err(MailError::Refused)?;
        let connecting = AsyncSmtpConnection::connect_tokio1(
            mailer.address(),
            Some(deadline),
            &hello,
            wrapper,
            None,
        );
        let mut connection = judged(deadline, connecting).await?;
        let encrypts = match mailer.starttls() {
            _ if mailer.is_wrapped() => false,
            Starttls::Required => true,
            Starttls::Opportunistic => connection.can_starttls(),
            Starttls::Never => false,
        };
        if encrypts {
            let tls = mailer.tls().map_err(MailError::Refused)?;
            judged(deadline, connection.starttls(tls, &hello)).await?;
        }
        // Asked once more, for what the server says of sizes is kept nowhere.
        let greeting = judged(deadline, connection.command(Ehlo::new(hello))).await?;
        let sizes = Sizes::of(greeting.message());
        if let Some(credentials) = mailer.credentials() {
            judged(deadline, connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
        }
        Ok(Self { connection, sizes, deadline, is_broken: false })
    }

    /// Sends a mail to its one recipient, and gives what the server said when it had it. Once the server
    /// took the data it has the mail; where that is not certain, the mail counts as not sent.
    pub(super) async fn send(&mut self, letter: &Letter) -> Result<String, Refusal> {
        let sent = self.converse(letter).await;
        if sent.is_err() && !self.is_broken {
            // The next mail begins anew; a server that does not even take this is left.
            let reset = timeout(self.deadline, self.connection.command(Rset)).await;
            self.is_broken = !matches!(reset, Ok(Ok(_)));
        }
        sent
    }

    async fn converse(&mut self, letter: &Letter) -> Result<String, Refusal> {
        let mut parameters = Vec::new();
        if !is_ascii(&letter.from) || !is_ascii(&letter.to) {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let what = "the server takes no address with letters beyond ASCII";
                return Err(Refusal::Forever(what.to_owned()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let len = letter.text.len();
        match self.sizes {
            Sizes::Unsaid => {}
            Sizes::UpTo(most) if len > most => {
                let what = format!("the mail has {len} bytes, and the server takes {most}");
                return Err(Refusal::TooLarge(what));
            }
            Sizes::UpTo(_) | Sizes::Any => parameters.push(MailParameter::Size(len)),
        }
        if !letter.text.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let deadline = self.deadline;
        let connection = &mut self.connection;
        let mail = Mail::new(Some(letter.from.clone()), parameters);
        let steps = async {
            within(deadline, connection.command(mail)).await?;
            within(deadline, connection.command(Rcpt::new(letter.to.clone(), Vec::new()))).await?;
            within(deadline, connection.command(Data)).await?;
            within(deadline, connection.message(&letter.text)).await
        };
        match steps.await {
            Ok(taken) => {
                let said: Vec<&str> = taken.message().collect();
                Ok(words(&format!("{} {}", taken.code(), said.join(" "))))
            }
            Err(Trouble::Silent) => {
                self.is_broken = true;
                Err(Refusal::Now(format!("no answer within {deadline:?}")))
            }
            Err(Trouble::Said(error)) => Err(self.judge(&error, &letter.to)),
        }
    }

    fn judge(&mut self, error: &smtp::Error, to: &Address) -> Refusal {
        // One with a name in quotes is not known for an address by its signs alone.
        let text = error.to_string().replace(&to.to_string(), NOT_TOLD);
        let (what, status) = (words(&text), error.status().map(u16::from));
        match status {
            Some(TOO_LARGE) => Refusal::TooLarge(what),
            // 421 says that the server closes the connection (RFC 5321, 3.8).
            Some(421) => {
                self.is_broken = true;
                Refusal::Now(what)
            }
            Some(500..) => Refusal::Forever(what),
            Some(_) => Refusal::Now(what),
            // The connection broke, or what came is no answer.
            None => {
                self.is_broken = true;
                Refusal::Now(what)
            }
        }
    }

    /// Whether nothing more can be said.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Says good-bye, and does not mind being unheard.
    pub(super) async fn close(mut self) {
        if !self.is_broken {
            drop(timeout(self.deadline, self.connection.quit()).await);
        }
    }
}

fn is_ascii(address: &Address) -> bool {
    address.user().is_ascii() && address.domain().is_ascii()
}

async fn within<T>(
    deadline: std::time::Duration,
    step: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Trouble> {
    match timeout(deadline, step).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Trouble::Said(error)),
        Err(_) => Err(Trouble::Silent),
    }
}

/// A step at the beginning: what fails here fails for everybody.
async fn judged<T>(
    deadline: std::time::Duration,
    step: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, MailError> {
    match within(deadline, step).await {
        Ok(answer) => Ok(answer),
        Err(Trouble::Silent) => {
            Err(MailError::Unavailable(format!("no answer within {deadline:?}")))
        }
        Err(Trouble::Said(error)) if is_final(&error) => Err(MailError::Refused(said(&error))),
        Err(Trouble::Said(error)) => Err(MailError::Unavailable(said(&error))),
    }
}

/// Whether the same beginning would end the same. A certificate that proves nothing comes as an error
/// of the connection, and is known by what TLS says of it.
fn is_final(error: &smtp::Error) -> bool {
    error.is_permanent()
        || error.is_tls()
        || error.is_client()
        || error.to_string().contains("invalid peer certificate")
}

/// What the server said, or what broke, on one line.
fn said(error: &smtp::Error) -> String {
    words(&error.to_string())
}

/// What is told on of a text: on one line, without addresses, for it is logged.
fn words(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_end = |c: char| c.is_whitespace() || "<>()[]{},;:\"'`=".contains(c);
    let told = text.split_inclusive(is_end).map(|part| {
        let word = part.trim_end_matches(is_end);
        if word.contains('@') { part.replace(word, NOT_TOLD) } else { part.to_owned() }
    });
    told.collect::<String>().chars().take(SAID_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_a_server_quotes_are_not_told_on() {
        let check = |said: &str, told: &str| assert_eq!(words(said), told);
        check("550 5.1.1 <bob@example.org>: no such user", "550 5.1.1 <…>: no such user");
        check("bob@example.org\r\nunknown", "…  unknown");
        check("to=jürgen@bücher.example;(b.o.b+x@a.example)", "to=…;(…)");
        check(
            "450 4.2.0 greylisted, see https://a.example/?b",
            "450 4.2.0 greylisted, see https://a.example/?b",
        );
    }
}
