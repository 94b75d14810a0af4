//! Connections under the rules: what asks for a URL that others gave.

use std::sync::Arc;
use std::time::Duration;

use fabric::causes::chain;
use reqwest::Client;
use url::Url;

use super::{AddressRules, CheckedResolver, Lookup, NotPublic, Passage};
use crate::SourceError;

/// Two clients, so that a connection to a host that the operator named is never taken for one whose
/// address was checked. No proxy, and no redirect is followed: each is to be judged anew.
pub(crate) struct Clients {
    rules: AddressRules,
    named: Client,
    checked: Client,
}

impl Clients {
    /// Clients of servers that may be silent for so long. Connects to nothing yet.
    pub(crate) fn new(
        rules: AddressRules,
        silence: Duration,
        lookup: Lookup,
    ) -> Result<Self, SourceError> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(silence)
                .read_timeout(silence)
        };
        let refused = |error: reqwest::Error| SourceError::Refused { what: chain(&error) };
        let resolver = CheckedResolver::new(rules.clone(), lookup);
        Ok(Self {
            named: builder().build().map_err(refused)?,
            checked: builder().dns_resolver(Arc::new(resolver)).build().map_err(refused)?,
            rules,
        })
    }

    /// The client that may ask for a URL; errs with the rule that the URL breaks.
    pub(crate) fn of(&self, url: &Url) -> Result<&Client, String> {
        Ok(match self.rules.passage(url)? {
            Passage::Named => &self.named,
            Passage::Checked => &self.checked,
        })
    }
}

/// The cause of an error, where it is that an address is not public.
pub(crate) fn not_public(error: &reqwest::Error) -> Option<&NotPublic> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Why a request had no whole answer, in words that show nothing of its query.
pub(crate) fn unavailable(url: &Url, error: &reqwest::Error) -> SourceError {
    // The client's own words hold the whole URL, and the first of its causes says what happened.
    let cause =
        std::error::Error::source(error).map_or_else(|| "no answer in time".to_owned(), chain);
    SourceError::Unavailable { what: format!("{}: {cause}", told(url)) }
}

/// A URL as it may be shown: without its query, which may be a signature, and who it asks as.
pub(crate) fn told(url: &Url) -> String {
    let mut url = url.clone();
    // They fail on URLs that cannot have them.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
