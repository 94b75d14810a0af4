//! An API: where it is, and what opens it.
//!
//! Credentials go to the host of the configured address and to nobody else: redirects and links that
//! lead elsewhere are refused.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use proto::source::HttpSpec;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue};
use url::{Origin, Url};

use super::pace::Pace;
use super::secrets::Secrets;
use crate::address::{Clients, told};
use crate::asset::{Credentials, Renewal};
use crate::{Context, SourceError};

/// How long one page may take, from the request to its last byte. A server that sends a byte now and
/// then is never silent, and would hold a slot for ever.
const PAGE_WITHIN: Duration = Duration::from_mins(10);

/// An API, and how to get in.
#[derive(Clone)]
pub(crate) struct Api {
    pub(super) clients: Arc<Clients>,
    url: Url,
    /// What each request has besides.
    pub(super) headers: HeaderMap,
    /// What opens it; nothing where somebody signs in.
    pub(super) keys: Option<Arc<dyn Renewal>>,
    /// The servers that get that.
    origins: Vec<Origin>,
    credentials: Arc<Credentials>,
    pub(super) tries: u32,
    pace: Arc<Pace>,
    pub(super) page_within: Duration,
}

impl Api {
    /// Reads the files with secrets, and judges the address.
    pub(super) fn open(spec: &HttpSpec, context: &Context) -> Result<Self, SourceError> {
        let secrets = Arc::new(Secrets::open(spec, context)?);
        Ok(Self::closed(spec, context)?.opened_by(secrets))
    }

    /// The API of a specification, whose address is judged, without what opens it.
    pub(super) fn closed(spec: &HttpSpec, context: &Context) -> Result<Self, SourceError> {
        let url = Url::parse(&spec.url)
            .map_err(|error| refused(format!("{:?} is no URL: {error}", spec.url)))?;
        let mut origins = vec![url.origin()];
        for host in &spec.credentials_to {
            let host = Url::parse(host)
                .map_err(|error| refused(format!("{host:?} in `credentials_to`: {error}")))?;
            origins.push(host.origin());
        }
        let mut api = Self::at(url, spec.per_second, spec.tries, context)?;
        api.origins = origins;
        Ok(api)
    }

    /// The same API, opened by what holds for a while; whoever else asks it goes at the same pace.
    pub(super) fn opened_by(&self, keys: Arc<dyn Renewal>) -> Self {
        let (origins, pace) = (self.origins.clone(), Arc::clone(&self.pace));
        let credentials = Credentials::renewed_by(origins, Arc::clone(&keys), pace);
        Self { keys: Some(keys), credentials: Arc::new(credentials), ..self.clone() }
    }

    /// The API at a URL, which is judged; nobody signs in.
    pub(crate) fn at(
        url: Url,
        per_second: Option<NonZeroU32>,
        tries: NonZeroU32,
        context: &Context,
    ) -> Result<Self, SourceError> {
        let clients = context.http.clients();
        clients.of(&url).map_err(|why| address_refused(&url, why))?;
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        let pace = Arc::new(Pace::new(per_second));
        let credentials = Credentials::new(Vec::new(), HeaderMap::new(), Arc::clone(&pace));
        let (keys, origins, credentials) = (None, Vec::new(), Arc::new(credentials));
        let (tries, page_within) = (tries.get(), PAGE_WITHIN);
        Ok(Self { clients, url, headers, keys, origins, credentials, tries, pace, page_within })
    }

    /// Where its first page is.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// What opens its files.
    pub(crate) fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// When the next request may go out.
    pub(crate) fn pace(&self) -> &Arc<Pace> {
        &self.pace
    }

    /// A URL that the API gave, unless it leads to another host.
    pub(super) fn same_host(&self, url: Url) -> Result<Url, SourceError> {
        if url.origin() == self.url.origin() {
            return Ok(url);
        }
        Err(address_refused(
            &url,
            "the API leads to another host, which gets no credentials".to_owned(),
        ))
    }
}

pub(crate) fn refused(what: String) -> SourceError {
    SourceError::Refused { what }
}

pub(super) fn address_refused(url: &Url, why: String) -> SourceError {
    SourceError::AddressRefused { reference: told(url), why }
}
