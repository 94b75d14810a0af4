//! A catalogue on a server: addresses below it, its snapshots, and pages of its data.

use std::num::NonZeroU32;
use std::sync::Arc;

use proto::source::ErmrestSpec;
use reqwest::StatusCode;
use url::{Origin, ParseError, Url};

use super::catalog::CatalogName;
use super::header::names;
use super::question::Question;
use super::session::{Door, Session, Who, explained};
use crate::asset::Credentials;
use crate::http::{Answer, Api, Denied, Request, refused};
use crate::pass::Token;
use crate::{Context, SourceError, users};

/// How often the names of columns are asked for where they do not come whole.
const MOST_HEADERS: usize = 3;

/// The type of tables.
const CSV: &str = "text/csv";

/// What the server says where a query takes longer than it may.
const TOO_SLOW: &str = "Query run time limit exceeded";

/// What is configured of a catalogue, besides who asks.
#[derive(Clone)]
pub(super) struct Place {
    door: Arc<Door>,
    /// The servers that get the credentials.
    origins: Vec<Origin>,
    catalog: CatalogName,
    query: Option<String>,
    page_size: NonZeroU32,
}

/// A catalogue, asked by somebody.
pub(super) struct Server {
    session: Session,
    place: Place,
}

/// A page that did not come.
pub(super) enum Missed {
    /// Fewer rows may come.
    TooMuch(SourceError),
    /// It will not come.
    Never(SourceError),
}

impl Missed {
    /// Why.
    pub(super) fn error(self) -> SourceError {
        match self {
            Self::TooMuch(error) | Self::Never(error) => error,
        }
    }
}

impl Place {
    /// Judges the address; connects to nothing.
    pub(super) fn open(spec: &ErmrestSpec, context: &Context) -> Result<Self, SourceError> {
        let text = format!("{}/", spec.url.trim_end_matches('/'));
        let no_url =
            |text: &str, error: ParseError| refused(format!("{text:?} is no URL: {error}"));
        let url = Url::parse(&text).map_err(|error| no_url(&spec.url, error))?;
        let api = Api::at(url.clone(), spec.per_second, spec.tries, context)?;
        let mut origins = vec![url.origin()];
        for host in &spec.credentials_to {
            origins.push(Url::parse(host).map_err(|error| no_url(host, error))?.origin());
        }
        if let Some(query) = &spec.query {
            Question::parse(query)?;
        }
        Ok(Self {
            door: Arc::new(Door::new(api, url)),
            origins,
            catalog: CatalogName::parse(&spec.catalog)?,
            query: spec.query.clone(),
            page_size: spec.page_size,
        })
    }

    /// The way into the server.
    pub(super) fn door(&self) -> &Door {
        &self.door
    }
}

impl Server {
    /// The catalogue, asked by somebody.
    pub(super) fn new(place: Place, who: Who) -> Self {
        let session = Session::new(Arc::clone(&place.door), place.origins.clone(), who);
        Self { session, place }
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &Url {
        self.session.url()
    }

    /// The session of a token.
    pub(super) async fn whose(&self, token: &Token) -> Result<Option<users::Session>, SourceError> {
        self.place.door().whose(token).await
    }

    /// The session by which it is asked: see [`Session::own`].
    pub(super) async fn own_session(&self) -> Result<Option<users::Session>, SourceError> {
        self.session.own().await
    }

    /// What opens its files.
    pub(super) fn credentials(&self) -> &Arc<Credentials> {
        self.session.credentials()
    }

    /// What is read where an output says nothing of it.
    pub(super) fn query(&self) -> Option<&str> {
        self.place.query.as_deref()
    }

    /// Most rows that are asked for at once.
    pub(super) fn page_size(&self) -> u64 {
        u64::from(self.place.page_size.get())
    }

    /// The snapshot that a run reads: the one that is configured, the one that is wanted or that it reads already,
    /// or the one of now.
    pub(super) async fn view(&self, wanted: Option<&str>) -> Result<String, SourceError> {
        if let Some(view) = self.named_view(wanted)? {
            return Ok(view.to_owned());
        }
        let answer = self.document(None, "").await?;
        let view = answer.find("/snaptime");
        let view = view.and_then(|view| serde_json::from_str::<String>(view).ok());
        let view = view.ok_or_else(|| {
            refused(format!("{} says nothing of snapshots (`snaptime`)", answer.told()))
        })?;
        self.place.catalog.at(Some(&view))?;
        Ok(view)
    }

    /// The snapshot that is configured, or the one that is wanted, which must not be another; nothing where there is
    /// neither.
    pub(super) fn named_view<'v>(
        &'v self,
        wanted: Option<&'v str>,
    ) -> Result<Option<&'v str>, SourceError> {
        let configured = self.place.catalog.snapshot();
        match (configured, wanted) {
            (Some(configured), Some(wanted)) if configured != wanted => Err(refused(format!(
                "the snapshot {wanted:?} is wanted, and the source is configured to be read as it was at {configured:?}"
            ))),
            (_, Some(wanted)) if self.place.catalog.at(Some(wanted)).is_err() => {
                Err(refused(format!("{wanted:?} is no snapshot; one is called \"361-FY5J-NNKT\"")))
            }
            (configured, wanted) => Ok(configured.or(wanted)),
        }
    }

    /// That rows were read as whoever is to read them: see [`Session::is_held`].
    pub(super) async fn is_held(&self) -> Result<(), SourceError> {
        self.session.is_held().await
    }

    /// A document about the catalogue as it was at a snapshot, or as it is now.
    pub(super) async fn document(
        &self,
        view: Option<&str>,
        path: &str,
    ) -> Result<Answer, SourceError> {
        let request = Request::get(self.address(view, path)?);
        self.session.send(&request).await.map_err(|denied| explained(*denied))
    }

    /// Rows as they were at a snapshot, or as they are now: so many at most, or all.
    pub(super) async fn rows(
        &self,
        view: Option<&str>,
        path: &str,
        most: Option<u64>,
    ) -> Result<Answer, Missed> {
        let url = self.address(view, path).map_err(Missed::Never)?;
        let request = Request::get(limited(url, most, ""));
        self.session.send(&request).await.map_err(|denied| missed(*denied))
    }

    /// The same as CSV, in which rows may break off; with options of how they are written.
    pub(super) async fn table(
        &self,
        view: Option<&str>,
        path: &str,
        most: Option<u64>,
        spelling: &str,
    ) -> Result<Answer, Missed> {
        let url = self.address(view, path).map_err(Missed::Never)?;
        let request = Request::text(limited(url, most, spelling), CSV);
        self.session.send(&request).await.map_err(|denied| missed(*denied))
    }

    /// The names of their columns.
    pub(super) async fn columns(
        &self,
        view: Option<&str>,
        path: &str,
    ) -> Result<Vec<String>, SourceError> {
        let url = limited(self.address(view, path)?, Some(1), "");
        let request = Request::text(url, CSV);
        let mut what = String::new();
        for _ in 0..MOST_HEADERS {
            let answer = self.session.send(&request).await.map_err(|denied| explained(*denied))?;
            if let Some(names) = names(answer.body()) {
                return Ok(names);
            }
            what = format!("{} sends CSV that breaks off in its first line", answer.told());
        }
        Err(SourceError::Unavailable { what })
    }

    /// The address of something of the catalogue.
    fn address(&self, view: Option<&str>, path: &str) -> Result<Url, SourceError> {
        let begin = format!("ermrest/catalog/{}", self.place.catalog.at(view)?);
        let whole = if path.is_empty() { begin.clone() } else { format!("{begin}/{path}") };
        let no_path = |why: String| refused(format!("{path:?} is no path of a catalogue{why}"));
        let url = self.url().join(&whole).map_err(|error| no_path(format!(": {error}")))?;
        let within = self.url().join(&begin).map_err(|error| no_path(format!(": {error}")))?;
        // Dots in a path lead upwards, out of the catalogue.
        let rest = url.path().strip_prefix(within.path());
        let kind = path.split('/').next().unwrap_or_default();
        let is_below =
            |rest: &str| rest.strip_prefix('/').is_some_and(|rest| rest.starts_with(kind));
        let is_within = rest.is_some_and(|rest| rest == path || is_below(rest));
        if url.origin() != within.origin() || !is_within {
            return Err(no_path(String::new()));
        }
        Ok(url)
    }
}

/// An address of rows, with how many of them are wanted: that is always said, for servers have limits of their
/// own where it is not. What else is said begins with `&`.
fn limited(mut url: Url, most: Option<u64>, more: &str) -> Url {
    let most = most.map_or_else(|| "none".to_owned(), |most| most.to_string());
    url.set_query(Some(&format!("limit={most}{more}")));
    url
}

/// Whether fewer rows may come where so many did not.
fn missed(denied: Denied) -> Missed {
    let is_slow = denied.status == Some(StatusCode::BAD_REQUEST)
        && String::from_utf8_lossy(&denied.body).contains(TOO_SLOW);
    let is_too_much = is_slow || denied.is_too_long;
    let error = explained(denied);
    if is_too_much { Missed::TooMuch(error) } else { Missed::Never(error) }
}
