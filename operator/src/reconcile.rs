//! Seeing to a resource: asks what was decided, and writes down what came of it.

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::controller::Action;
use kube::runtime::finalizer::{self, Event};
use kube::{Api, ResourceExt};
use thiserror::Error;

use crate::context::{Context, now};
use crate::decide::{self, Ask, REFUSED, SUBMITTING, Sight, Told, Word};
use crate::document::{Document, Mistake};
use crate::farewell;
use crate::resource::{Change, FINALIZER, Kind, Status, Trouble};
use crate::server::{Beginning, ServerError, Verdict};

/// How soon a resource is seen to again that was changed meanwhile.
const SOON: Duration = Duration::from_secs(1);

/// Why a resource could not be seen to.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("the cluster does not do what it is asked")]
    Cluster(#[source] Box<kube::Error>),
    #[error("the server does not do what it is asked")]
    Server(#[from] ServerError),
    #[error("the resource has no name")]
    Unnamed,
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        Self::Cluster(Box::new(error))
    }
}

impl From<finalizer::Error<Self>> for Failure {
    fn from(error: finalizer::Error<Self>) -> Self {
        match error {
            finalizer::Error::ApplyFailed(failure) | finalizer::Error::CleanupFailed(failure) => {
                failure
            }
            finalizer::Error::AddFinalizer(error) | finalizer::Error::RemoveFinalizer(error) => {
                error.into()
            }
            finalizer::Error::UnnamedObject | finalizer::Error::InvalidFinalizer => Self::Unnamed,
        }
    }
}

impl Failure {
    /// When it is tried again.
    pub(crate) fn again(&self, interval: Duration) -> Action {
        let is_conflict = match self {
            Self::Cluster(error) => {
                matches!(&**error, kube::Error::Api(told) if told.is_conflict())
            }
            Self::Server(_) | Self::Unnamed => false,
        };
        Action::requeue(if is_conflict { SOON.min(interval) } else { interval })
    }
}

/// Sees to a resource: follows it, or what is left of it once it is deleted.
pub(crate) async fn reconcile<K: Kind>(
    object: Arc<K>,
    context: Arc<Context>,
) -> Result<Action, Failure> {
    let api = context.beside(&*object);
    let (cluster, told) = (&api, &*context);
    let seen_to = finalizer::finalizer(&api, FINALIZER, object, |event| async move {
        match event {
            Event::Apply(object) => follow(cluster, Arc::unwrap_or_clone(object), told).await,
            Event::Cleanup(object) => farewell::bid(&*object, told).await,
        }
    });
    Ok(seen_to.await?)
}

/// The key by which one export is made of a resource, however often it is asked for.
pub(crate) fn key<K: Kind>(object: &K) -> String {
    format!("kubernetes/{}", object.uid().unwrap_or_default())
}

/// Submits a resource or looks at its export, and writes down how far it is.
async fn follow<K: Kind>(api: &Api<K>, object: K, context: &Context) -> Result<Action, Failure> {
    let document = context.document(&object).await?;
    let status = object.status().cloned().unwrap_or_default();
    let reader = Reader::of(&object);
    let (object, after) = match decide::ask(&status, document.as_ref()) {
        Ask::Nothing(mistake) => {
            (object, reader.told(&status, Word::Mistaken(mistake), Sight::Nothing))
        }
        Ask::Submit(document) => {
            // Whoever comes after a crash knows by this that there may be an export. One that was refused
            // is told as such until it is taken.
            let submitting = if [SUBMITTING, REFUSED].contains(&status.state.as_str()) {
                status.clone()
            } else {
                reader.told(&status, Word::Submitting, Sight::Nothing)
            };
            let object = context.noted(api, object, submitting.clone()).await?;
            let after = submit(&reader, &submitting, &key(&object), document, context).await;
            (object, after)
        }
        Ask::Show(export) => {
            let after = look(&reader, &status, export, document.as_ref(), context).await;
            (object, after)
        }
    };
    let wait = decide::again(&after, K::CHANGE, context.interval, now());
    context.noted(api, object, after).await?;
    Ok(Action::requeue(wait))
}

/// What is read of a resource to tell its status.
struct Reader {
    generation: Option<i64>,
    change: Change,
    suspend: bool,
    beginning: Beginning,
}

impl Reader {
    fn of<K: Kind>(object: &K) -> Self {
        let rhythm = object.rhythm();
        Self {
            generation: object.meta().generation,
            change: K::CHANGE,
            suspend: rhythm.is_some_and(|rhythm| rhythm.suspend),
            beginning: if rhythm.is_some() { Beginning::Later } else { Beginning::AtOnce },
        }
    }

    fn told(&self, before: &Status, word: Word<'_>, sight: Sight<'_>) -> Status {
        let Self { generation, change, suspend, beginning: _ } = *self;
        decide::told(before, &Told { generation, change, suspend, word, sight, now: now() })
    }
}

/// Sends the definition of a resource; how far it is then.
async fn submit(
    reader: &Reader,
    status: &Status,
    key: &str,
    document: &Document,
    context: &Context,
) -> Status {
    match context.server.submit(&document.text, key, reader.beginning).await {
        Ok(shown) => {
            let word = Word::Taken { digest: &document.digest };
            reader.told(status, word, Sight::Shown(&shown))
        }
        Err(error) if error.verdict() == Verdict::Refused => {
            refused(reader, status, key, document, &error.troubles(), context).await
        }
        // What went by this key is about to be gone altogether, or nobody knows.
        Err(error) => reader.told(status, Word::Same, Sight::Silent(&error.troubles())),
    }
}

/// How far a resource is whose definition was refused. One before it may have been taken, and nobody heard of that:
/// then there is an export already.
async fn refused(
    reader: &Reader,
    status: &Status,
    key: &str,
    document: &Document,
    troubles: &[Trouble],
    context: &Context,
) -> Status {
    match context.server.made_by(key).await {
        Ok(Some(made)) => look(reader, status, &made.id, Ok(document), context).await,
        Ok(None) => reader.told(status, Word::Refused(troubles), Sight::Nothing),
        Err(error) => reader.told(status, Word::Same, Sight::Silent(&error.troubles())),
    }
}

/// Looks at the export of a resource, and changes it where it is to be another one; how far it is then.
async fn look(
    reader: &Reader,
    status: &Status,
    export: &str,
    document: Result<&Document, &Mistake>,
    context: &Context,
) -> Status {
    let shown = match context.server.show(export).await {
        Ok(shown) => shown,
        Err(error) => return unseen(reader, status, document, &error),
    };
    match document {
        Ok(new) if decide::is_to_change(reader.change, status, &shown, new) => {
            match context.server.change(export, shown.version, &new.text).await {
                Ok(changed) => {
                    let word = Word::Taken { digest: &new.digest };
                    reader.told(status, word, Sight::Shown(&changed))
                }
                Err(error) if error.verdict() == Verdict::Refused => {
                    reader.told(status, Word::Refused(&error.troubles()), Sight::Shown(&shown))
                }
                Err(error) => unseen(reader, status, document, &error),
            }
        }
        Ok(_) | Err(_) => {
            let word = decide::word(reader.change, status, document);
            reader.told(status, word, Sight::Shown(&shown))
        }
    }
}

/// How far a resource is whose export could not be seen.
fn unseen(
    reader: &Reader,
    status: &Status,
    document: Result<&Document, &Mistake>,
    error: &ServerError,
) -> Status {
    let word = decide::word(reader.change, status, document);
    match error.verdict() {
        Verdict::Gone => reader.told(status, word, Sight::Gone),
        Verdict::Refused | Verdict::Conflict | Verdict::Retry => {
            reader.told(status, word, Sight::Silent(&error.troubles()))
        }
    }
}
