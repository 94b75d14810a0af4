//! What an API server keeps: objects with their versions, and what changed when.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::object::{event_is_whole, grow, hold, is_held, now, remove};
use super::patch;
use super::place::Place;
use super::schema::fitted;

/// What happened to objects that are deleted, as watches call it.
const DELETED: &str = "DELETED";

/// Everything that is kept.
pub(super) struct Kept {
    /// The version of the last change.
    pub(super) version: u64,
    /// Changes up to this version are forgotten.
    pub(super) oldest: u64,
    /// How many writes of a status meet a change of somebody else's.
    pub(super) conflicts: u32,
    /// How many lists of the kinds of Longshore are refused.
    pub(super) refusals: u32,
    objects: BTreeMap<(String, String, String, String), (Place, Value)>,
    changes: Vec<Change>,
    kinds: BTreeMap<(String, String), Kind>,
}

/// A change of an object.
pub(super) struct Change {
    version: u64,
    place: Place,
    pub(super) what: &'static str,
    pub(super) object: Value,
}

/// A kind of objects.
#[derive(Debug, Clone)]
struct Kind {
    name: String,
    /// Nothing where anything is taken. Whose schema is there has generations and a status of its own.
    schema: Option<Value>,
}

/// Why something is not done.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: u16,
    reason: &'static str,
    message: String,
}

impl Refused {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into() }
    }

    /// As the API says it.
    pub(super) fn status(&self) -> Value {
        json!({"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code})
    }
}

type Done = Result<(u16, Value), Refused>;

impl Kept {
    pub(super) fn new() -> Self {
        let known = [
            ("", "namespaces", "Namespace"),
            ("", "configmaps", "ConfigMap"),
            ("events.k8s.io", "events", "Event"),
            ("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition"),
        ];
        let kinds = known.map(|(group, resource, kind)| {
            ((group.to_owned(), resource.to_owned()), Kind { name: kind.to_owned(), schema: None })
        });
        Self {
            version: 0,
            oldest: 0,
            conflicts: 0,
            refusals: 0,
            objects: BTreeMap::new(),
            changes: Vec::new(),
            kinds: kinds.into(),
        }
    }

    pub(super) fn forget(&mut self) {
        self.version += 1;
        self.oldest = self.version;
        self.changes.clear();
    }

    /// What changed after a version.
    pub(super) fn since<'k>(
        &'k self,
        version: u64,
        place: &'k Place,
    ) -> impl Iterator<Item = &'k Change> {
        let later = move |change: &&Change| change.version > version && change.place.is_in(place);
        self.changes.iter().filter(later)
    }

    /// Does what a request asks for; the status of the answer, and its body.
    pub(super) fn done(
        &mut self,
        method: &Method,
        place: &Place,
        body: Value,
        content: &str,
    ) -> Done {
        let kind = self.kinds.get(&(place.group.clone(), place.resource.clone())).cloned();
        let Some(kind) = kind else {
            let why = "the server could not find the requested resource";
            return Err(Refused::new(404, "NotFound", why));
        };
        match (method.as_str(), &place.name) {
            ("GET", None) => Ok((200, self.list(place, &kind))),
            ("GET", Some(_)) => Ok((200, self.get(place)?)),
            ("POST", None) => self.create(place, &kind, body),
            ("PUT", Some(_)) => self.replace(place, &kind, body),
            ("PATCH", Some(_)) => {
                let mut document = self.get(place)?;
                match content {
                    "application/merge-patch+json" => patch::merge(&mut document, &body),
                    "application/json-patch+json" => patch::change(&mut document, &body)
                        .map_err(|why| Refused::new(422, "Invalid", why))?,
                    other => {
                        let why = format!("{other:?} is not supported");
                        return Err(Refused::new(415, "UnsupportedMediaType", why));
                    }
                }
                self.replace(place, &kind, document)
            }
            ("DELETE", Some(_)) => self.delete(place),
            (method, _) => Err(Refused::new(405, "MethodNotAllowed", format!("no {method} here"))),
        }
    }

    fn list(&self, place: &Place, kind: &Kind) -> Value {
        let inside = self.objects.values().filter(|(object, _)| object.is_in(place));
        let items: Vec<&Value> = inside.map(|(_, object)| object).collect();
        json!({"apiVersion": place.api_version(), "kind": format!("{}List", kind.name),
            "metadata": {"resourceVersion": self.version.to_string()}, "items": items})
    }

    fn get(&self, place: &Place) -> Result<Value, Refused> {
        let found = self.objects.get(&place.key()).map(|(_, object)| object.clone());
        found.ok_or_else(|| {
            let name = place.name.as_deref().unwrap_or_default();
            Refused::new(404, "NotFound", format!("{} {name:?} not found", place.resource))
        })
    }

    fn create(&mut self, place: &Place, kind: &Kind, mut object: Value) -> Done {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() || object["kind"] != kind.name.as_str() {
            return Err(Refused::new(400, "BadRequest", "the object has no name, or another kind"));
        }
        let place = place.named(&name);
        if self.objects.contains_key(&place.key()) {
            let why = format!("{} {name:?} already exists", place.resource);
            return Err(Refused::new(409, "AlreadyExists", why));
        }
        if place.resource == "events" {
            event_is_whole(&object)?;
        }
        let metadata = &mut object["metadata"];
        metadata["uid"] = Uuid::now_v7().to_string().into();
        metadata["creationTimestamp"] = now().into();
        if let Some(namespace) = &place.namespace {
            metadata["namespace"] = namespace.as_str().into();
        }
        if kind.schema.is_some() {
            metadata["generation"] = 1.into();
            remove(&mut object, "status");
        }
        fit(&mut object, kind)?;
        if place.resource == "customresourcedefinitions" {
            self.define(&object);
        }
        Ok((201, self.keep(place, "ADDED", object)))
    }

    /// Learns a kind.
    fn define(&mut self, definition: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let spec = &definition["spec"];
        let place = (text(&spec["group"]), text(&spec["names"]["plural"]));
        let schema = spec["versions"][0]["schema"]["openAPIV3Schema"].clone();
        let kind = Kind { name: text(&spec["names"]["kind"]), schema: Some(schema) };
        self.kinds.insert(place, kind);
    }

    fn replace(&mut self, place: &Place, kind: &Kind, new: Value) -> Done {
        let old = self.get(place)?;
        let version = &new["metadata"]["resourceVersion"];
        if version.is_null() && kind.schema.is_some() {
            let why = "metadata.resourceVersion: must be specified for an update";
            return Err(Refused::new(422, "Invalid", why));
        }
        let is_stale = !version.is_null() && *version != old["metadata"]["resourceVersion"];
        let is_disturbed = !is_stale && place.is_status && self.conflicts > 0;
        if is_disturbed {
            self.conflicts -= 1;
            self.disturb(place, old.clone());
        }
        if is_stale || is_disturbed {
            let why =
                "the object has been modified; please apply your changes to the latest version";
            return Err(Refused::new(409, "Conflict", why));
        }
        let mut next = new;
        if place.is_status {
            let status = next["status"].take();
            next = old.clone();
            next["status"] = status;
        } else {
            for key in ["uid", "name", "namespace", "creationTimestamp", "generation"] {
                hold(&mut next["metadata"], &old["metadata"], key);
            }
            hold(&mut next["metadata"], &old["metadata"], "deletionTimestamp");
            hold(&mut next["metadata"], &old["metadata"], "resourceVersion");
            if kind.schema.is_some() {
                hold(&mut next, &old, "status");
            }
        }
        fit(&mut next, kind)?;
        if kind.schema.is_some() && next["spec"] != old["spec"] {
            grow(&mut next);
        }
        if next == old {
            return Ok((200, old));
        }
        let place = place.named(place.name.as_deref().unwrap_or_default());
        let is_deleted = !next["metadata"]["deletionTimestamp"].is_null() && !is_held(&next);
        let what = if is_deleted { DELETED } else { "MODIFIED" };
        Ok((200, self.keep(place, what, next)))
    }

    /// Changes an object as somebody else might: what was read of it before is not the latest any more.
    fn disturb(&mut self, place: &Place, mut object: Value) {
        object["metadata"]["annotations"]["disturbed"] = self.version.to_string().into();
        let place = place.named(place.name.as_deref().unwrap_or_default());
        self.keep(place, "MODIFIED", object);
    }

    fn delete(&mut self, place: &Place) -> Done {
        let mut object = self.get(place)?;
        if !is_held(&object) {
            return Ok((200, self.keep(place.clone(), DELETED, object)));
        }
        if object["metadata"]["deletionTimestamp"].is_null() {
            object["metadata"]["deletionTimestamp"] = now().into();
            grow(&mut object);
            object = self.keep(place.clone(), "MODIFIED", object);
        }
        Ok((200, object))
    }

    /// Keeps an object in its next version, or no longer.
    fn keep(&mut self, place: Place, what: &'static str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        if what == DELETED {
            self.objects.remove(&place.key());
        } else {
            self.objects.insert(place.key(), (place.clone(), object.clone()));
        }
        let change = Change { version: self.version, place, what, object: object.clone() };
        self.changes.push(change);
        object
    }
}

/// Makes an object fit the schema of its kind.
fn fit(object: &mut Value, kind: &Kind) -> Result<(), Refused> {
    let (Some(schema), Some(object)) = (&kind.schema, object.as_object_mut()) else {
        return Ok(());
    };
    let is_common = |key: &str| ["apiVersion", "kind", "metadata"].contains(&key);
    let (common, own): (Map<String, Value>, Map<String, Value>) =
        std::mem::take(object).into_iter().partition(|(key, _)| is_common(key));
    let mut own = Value::Object(own);
    let mistakes = fitted(&mut own, schema);
    object.extend(common);
    if let Value::Object(own) = own {
        object.extend(own);
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(Refused::new(422, "Invalid", mistakes.join(", ")))
}
