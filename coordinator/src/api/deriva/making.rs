//! `POST`: a configuration becomes an export, which is begun at once; the answer is held until it has ended.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use proto::definition::Definition;
use proto::deriva::engine::{self, Asked, Classes, Configuration, Credential, Way};
use proto::deriva::translation::{Place, Translated, Translation};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use proto::run::{Extent, State as RunState, StoredDefinition};
use serde_json::Value;
use source::deriva::translated;
use source::pass::{self, Token};
use tokio::time::{Instant, timeout_at};
use url::form_urlencoded;

use super::Door;
use super::callers::{Caller, KnownBy, address};
use super::crossing::is_crossing;
use super::kept::Kept;
use super::listed::{early, listed};
use super::opening::Reach;
use super::trouble::Trouble;

/// How long what somebody without a session made is kept: nothing else bounds how much of it there is.
const NAMELESS_LIFETIME: Duration = Duration::from_hours(24);

/// What clients write for `true`.
const TRUE: [&str; 6] = ["true", "t", "yes", "y", "on", "1"];

/// Makes a bag.
pub(super) async fn bag(
    State(door): State<Door>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let begun = Instant::now();
    export(&door, Way::Bag, &parts, (&document(body)?, Vec::new()), begun).await
}

/// Makes loose files.
pub(super) async fn files(
    State(door): State<Door>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let begun = Instant::now();
    export(&door, Way::Files, &parts, (&document(body)?, Vec::new()), begun).await
}

/// The body, whatever its type is said to be.
fn document(body: Result<Bytes, BytesRejection>) -> Result<Value, Trouble> {
    serde_json::from_slice(&whole(body)?).map_err(|error| {
        let fault = Fault::new(Code::Unreadable, format!("the body is no JSON: {error}"));
        Trouble::incomplete(fault.hint("send the configuration of the export"))
    })
}

/// The body, where all of it came and it is not too long.
pub(super) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Trouble> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let fault = Fault::new(Code::TooLarge, "the body is larger than the service takes");
            return Trouble::from(fault);
        }
        Trouble::incomplete(Fault::new(Code::Unreadable, rejection.body_text()))
    })
}

/// Makes an export of a configuration, of which something is told already, and answers the request that came at
/// `begun`.
pub(super) async fn export(
    door: &Door,
    way: Way,
    parts: &Parts,
    (json, told): (&Value, Vec<String>),
    begun: Instant,
) -> Result<Response, Trouble> {
    let until = begun + door.settings.hold;
    let id = ExportId(door.api.coordinator.ambient.id());
    let reach = if is_public(parts.uri.query()) { Reach::Anybody } else { Reach::Owner };
    let request_ip = address(door, parts).map(|address| address.to_string());
    let service_url = door.url(way, &door.key(id, reach), "");
    let classes = Classes::new();
    let asked = Asked {
        request_ip: request_ip.as_deref(),
        service_url: Some(&service_url),
        has_identifiers: door.settings.identifiers.is_some(),
        ..Asked::new(way, &classes)
    };
    let read = Configuration::read(json, &asked);
    let asking = Box::pin(async {
        let read_so_far = read.as_ref().ok();
        let own = read_so_far.and_then(|read| read.configuration.catalog.credential.as_ref());
        let caller = door.maker(parts, own).await?;
        let engine::Read { configuration, warnings } = read?;
        let translated = door.translate(configuration, &caller).await?;
        Ok::<_, Trouble>((caller, translated, warnings))
    });
    let (caller, translated, mut warnings) = door.in_time(begun, asking).await?;
    // What nothing tells apart from others has its link alone.
    let reach = if caller.known_by == KnownBy::Nothing { Reach::Anybody } else { reach };
    let prepared = door.prepared(way, &caller, &translated)?;
    let Translated { mut definition, files, warnings: more, .. } = translated;
    definition.transports.extend(prepared.transports);
    if !caller.is_signed_in() {
        definition.lifetime = definition.lifetime.min(NAMELESS_LIFETIME);
    }
    warnings.extend(told.into_iter().chain(more).chain(prepared.warnings));
    let kept = Kept::new((way, reach), files, warnings).with(prepared.steps);
    let run = door.begin(id, &caller, definition, &kept).await?;
    door.register_later(run, door.wanted(id, &kept));
    match door.made(run, &kept, until).await {
        // It goes on, whatever is away for now: whoever is told to ask again would make another one.
        Err(trouble) if trouble.is_passing() => {
            tracing::warn!(%run, faults = ?trouble.faults, "nothing waited for; the addresses are told");
            Ok(early(door, &door.key(id, kept.reach), &kept))
        }
        answered => answered,
    }
}

/// Whether whoever has the address of an export may fetch it.
fn is_public(query: Option<&str>) -> bool {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.any(|(key, value)| key == "public" && TRUE.contains(&value.to_ascii_lowercase().as_str()))
}

fn too_slow() -> Trouble {
    let why = "the catalogue did not answer in time";
    Trouble::of_run(vec![Fault::new(Code::SourceUnavailable, why)])
}

impl Door {
    /// What the catalogue's server is asked for a request that came at `begun`, for so long as it may take.
    pub(super) async fn in_time<T>(
        &self,
        begun: Instant,
        asking: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let until = begun + self.settings.asking;
        timeout_at(until, asking).await.unwrap_or_else(|_| Err(too_slow()))
    }

    /// Whose export it will be: of whoever the configuration signs in, else of whoever asks.
    async fn maker(&self, parts: &Parts, own: Option<&Credential>) -> Result<Caller, Trouble> {
        let caller = self.caller(parts).await?;
        // Only what a browser sends by itself can be sent by others.
        if caller.as_ref().is_some_and(|caller| caller.known_by == KnownBy::Cookie)
            && is_crossing(&parts.headers, &self.api.settings.links.base_url)
        {
            return Err(Trouble::crossing());
        }
        let token = match own {
            None => return caller.ok_or_else(Trouble::unauthenticated),
            Some(Credential::Cookie(secret)) => Token::new(secret.reveal(), pass::Place::Webauthn),
            Some(Credential::Bearer(secret)) => Token::new(secret.reveal(), pass::Place::Bearer),
            Some(Credential::Basic { .. }) => {
                let why = "nobody signs in with a password here";
                let fault = Fault::new(Code::NotConfigured, why).at("/catalog/password");
                let fault = fault.hint("sign in to the deployment, and send the session's token");
                return Err(Trouble::misconfigured(vec![fault]));
            }
        };
        let known = self.whose(&token, parts).await?.ok_or_else(Trouble::unauthenticated)?;
        match caller.filter(Caller::is_signed_in) {
            Some(caller) if caller.owner != known.owner => {
                let why = "the configuration signs in as somebody else than the request";
                let fault = Fault::new(Code::InvalidValue, why).at("/catalog");
                let fault = fault.hint("leave the token out of the configuration");
                Err(Trouble::misconfigured(vec![fault]))
            }
            Some(caller) => Ok(caller),
            None => Ok(known.by(KnownBy::Bearer)),
        }
    }

    /// The definition of a configuration, as somebody sees the catalogue.
    async fn translate(
        &self,
        configuration: Configuration,
        caller: &Caller,
    ) -> Result<Translated, Trouble> {
        let served = self.catalog(&configuration.catalog, caller)?;
        let coordinator = self.api.coordinator.reading_for(&caller.owner);
        let source = coordinator.catalog.get(&served.source)?;
        let snapshot = configuration.catalog.snapshot.clone();
        let place = Place { source: &served.source, view: snapshot.as_deref() };
        let mut translation = Translation::new(configuration, place);
        translation.set_caller(caller.name.clone());
        let now = coordinator.ambient.now();
        Ok(translated(&*source, translation, snapshot.as_deref(), now).await?)
    }

    /// Keeps a definition as an export, and begins its run.
    async fn begin(
        &self,
        export: ExportId,
        caller: &Caller,
        definition: Definition,
        kept: &Kept,
    ) -> Result<RunId, Trouble> {
        let coordinator = &self.api.coordinator;
        let text = serde_json::to_string(&definition).expect("definitions are JSON");
        let definition = Definition::parse(&text).map_err(Trouble::misconfigured)?;
        let faults = coordinator.check(&definition);
        if !faults.is_empty() {
            return Err(Trouble::misconfigured(faults));
        }
        let original = kept.original();
        let stored = StoredDefinition {
            definition,
            original,
            idempotency: None,
            longest_before: None,
            secrets: Vec::new(),
        };
        coordinator.keep(&caller.owner, export, stored, None).await?;
        Ok(coordinator.start(&caller.owner, export, Extent::Everything).await?)
    }

    /// The answer to whoever made an export, once its run has ended or they have waited long enough.
    async fn made(&self, run: RunId, kept: &Kept, until: Instant) -> Result<Response, Trouble> {
        let key = self.key(run.export, kept.reach);
        let Some(outcome) = self.ended(run, until).await? else {
            return Ok(early(self, &key, kept));
        };
        match outcome.state {
            RunState::Done | RunState::DoneWithWarnings => {
                match self.identifiers(run, self.wanted(run.export, kept), until).await? {
                    Some(registered) => listed(self, (run, &key), kept, &registered).await,
                    None => Ok(early(self, &key, kept)),
                }
            }
            RunState::New
            | RunState::Pending
            | RunState::Processing
            | RunState::Failed
            | RunState::Stopped
            | RunState::Expired => Err(super::fetching::failed(outcome)),
        }
    }

    /// The address of an export of the dialect, or of a file of it.
    pub(super) fn url(&self, way: Way, key: &str, path: &str) -> String {
        let kind = if way == Way::Files { "file" } else { "bdbag" };
        let begin = ["deriva", "export", kind, key];
        let segments: Vec<&str> = begin.into_iter().chain(path.split_terminator('/')).collect();
        self.api.url(&segments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_public_where_the_address_says_so() {
        for (query, expected) in [
            (None, false),
            (Some("public=true"), true),
            (Some("a=b&public=True"), true),
            (Some("public=1"), true),
            (Some("public=false"), false),
            (Some("public"), false),
        ] {
            assert_eq!(is_public(query), expected, "{query:?}");
        }
    }
}
