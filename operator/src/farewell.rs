//! What becomes of an export whose resource is deleted. The resource waits for it.

use fabric::causes::chain;
use kube::runtime::controller::Action;

use crate::context::Context;
use crate::decide::{self, Farewell, Happening};
use crate::document::at_rest;
use crate::reconcile::{Failure, key};
use crate::resource::{Kind, OnDelete};
use crate::server::{Beginning, ServerError, Verdict};

/// Stops or deletes the export of a resource, or leaves it, as that says. Where the server cannot be asked, those who
/// look at the resource are told why it stays.
pub(crate) async fn bid<K: Kind>(object: &K, context: &Context) -> Result<Action, Failure> {
    match taken_leave(object, context).await {
        Ok(()) => Ok(Action::await_change()),
        Err(failure) => {
            let happening = Happening {
                reason: "DeletionWaits",
                action: "Delete".to_owned(),
                note: why(&failure),
                is_warning: true,
            };
            context.tell(object, &happening).await;
            Err(failure)
        }
    }
}

/// Why a resource waits: what the server found wrong, where that is it.
fn why(failure: &Failure) -> String {
    match failure {
        Failure::Server(error) => decide::listed(&error.troubles()),
        Failure::Cluster(_) | Failure::Unnamed => chain(failure),
    }
}

async fn taken_leave<K: Kind>(object: &K, context: &Context) -> Result<(), Failure> {
    let is_scheduled = object.rhythm().is_some();
    match decide::farewell(object.on_delete(), object.status()) {
        Farewell::Nothing => Ok(()),
        Farewell::Stop(export) => Ok(stop(export, is_scheduled, context).await?),
        Farewell::Delete(export) => Ok(delete(export, context).await?),
        Farewell::Find => find(object, context).await,
    }
}

/// Sees to the export that may have been made when the operator was last heard of.
async fn find<K: Kind>(object: &K, context: &Context) -> Result<(), Failure> {
    let Some((export, has_begun)) = sought(object, context).await? else { return Ok(()) };
    if object.on_delete() == OnDelete::Delete || !has_begun {
        Ok(delete(&export, context).await?)
    } else {
        Ok(stop(&export, object.rhythm().is_some(), context).await?)
    }
}

/// The export of a resource, and whether it has begun a run: by asking for it once more, or by its key alone where
/// another definition was sent than there is now, or there is none.
async fn sought<K: Kind>(object: &K, context: &Context) -> Result<Option<(String, bool)>, Failure> {
    let key = key(object);
    if let Ok(document) = context.document(object).await? {
        match context.server.submit(&document.text, &key, Beginning::Later).await {
            Ok(found) => return Ok(Some((found.id, found.run.is_some()))),
            Err(error) if is_one(&error, &[Verdict::Refused, Verdict::Gone]) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let made = context.server.made_by(&key).await?;
    Ok(made.map(|made| (made.id, made.run > 0)))
}

/// Lets schedules rest and ends the run under way, where there are any.
async fn stop(export: &str, is_scheduled: bool, context: &Context) -> Result<(), ServerError> {
    if is_scheduled {
        let shown = match context.server.show(export).await {
            Err(error) if error.verdict() == Verdict::Gone => return Ok(()),
            shown => shown?,
        };
        let resting = at_rest(shown.definition);
        context.server.change(export, shown.version, &resting).await?;
    }
    settled(context.server.stop(export).await, &[Verdict::Gone, Verdict::Conflict])
}

async fn delete(export: &str, context: &Context) -> Result<(), ServerError> {
    settled(context.server.delete(export).await, &[Verdict::Gone])
}

/// What was asked for, which holds by some refusals too.
fn settled(asked: Result<(), ServerError>, holds_by: &[Verdict]) -> Result<(), ServerError> {
    match asked {
        Err(error) if is_one(&error, holds_by) => Ok(()),
        asked => asked,
    }
}

fn is_one(error: &ServerError, verdicts: &[Verdict]) -> bool {
    verdicts.contains(&error.verdict())
}
