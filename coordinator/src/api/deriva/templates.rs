//! The export templates of a table, derived here so that no browser is needed: listed with what is wrong with
//! others, and run for the rows that a path leads to. All is read with the rights of whoever asks.

mod described;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use proto::deriva::engine::{self, Way};
use proto::deriva::schema::{Catalogue, TableIn};
use proto::deriva::templates::{
    Configured, Kind, LeftOut, MAX_PATH_LEN, Reference, Template, Templates, Unannotated,
    configured,
};
use proto::fault::{Code, Fault};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::Instant;
use url::form_urlencoded;

use self::described::Described;
use super::callers::Caller;
use super::making::{export, whole};
use super::trouble::{Trouble, no_such_method};
use super::{Api, Door};

/// What handlers share.
#[derive(Clone)]
struct Templated {
    door: Door,
    described: Arc<Described>,
}

/// Where rows are shown.
#[derive(Debug, Deserialize)]
struct Shown {
    #[serde(default = "detailed")]
    context: String,
}

/// Which rows are exported, and to whom.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Filters and paths behind the table, as ERMrest writes them; all rows where there are none.
    #[serde(default)]
    path: String,
    #[serde(default)]
    context: Option<String>,
    /// Whether everybody who has the address may fetch the result; as the template says where nothing is said.
    #[serde(default)]
    public: Option<bool>,
}

/// A table, where it is.
struct Place {
    service: String,
    catalogue: Arc<Catalogue>,
    schema: String,
    table: String,
}

/// What a client would send for a template.
#[derive(Debug)]
struct Request {
    way: Way,
    uri: Uri,
    configuration: Value,
    /// What of the template is not in it.
    warnings: Vec<String>,
}

/// The routes.
pub(super) fn routes(door: &Door) -> Router<Api> {
    let templated = Templated { door: door.clone(), described: Arc::default() };
    Router::new()
        .route("/deriva/export/templates/{catalog}/{table}", get(list))
        .route("/deriva/export/templates/{catalog}/{table}/{displayname}", post(run))
        .method_not_allowed_fallback(no_such_method)
        .with_state(templated)
}

/// Lists the templates of a table.
async fn list(
    State(templated): State<Templated>,
    Path((catalog, table)): Path<(String, String)>,
    shown: Result<Query<Shown>, QueryRejection>,
    parts: Parts,
) -> Result<Json<Value>, Trouble> {
    let begun = Instant::now();
    let Query(shown) = shown.map_err(|rejection| unread(&rejection))?;
    let place = Box::pin(templated.place(&parts, &catalog, &table));
    let place = templated.door.in_time(begun, place).await?;
    Ok(Json(Templates::of(place.table()?, &shown.context, Unannotated::Bag).listing()))
}

/// Runs one, as if its request had come from a client.
async fn run(
    State(templated): State<Templated>,
    Path((catalog, table, displayname)): Path<(String, String, String)>,
    mut parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Trouble> {
    let begun = Instant::now();
    let wanted = Wanted::read(&whole(body)?)?;
    let place = Box::pin(templated.place(&parts, &catalog, &table));
    let place = templated.door.in_time(begun, place).await?;
    let Request { way, uri, configuration, warnings } =
        place.request(&catalog, &displayname, &wanted)?;
    parts.uri = uri;
    export(&templated.door, way, &parts, (&configuration, warnings), begun).await
}

fn detailed() -> String {
    "detailed".to_owned()
}

impl Templated {
    /// The table that a path names, as whoever asks sees it.
    async fn place(&self, parts: &Parts, catalog: &str, table: &str) -> Result<Place, Trouble> {
        let caller = self.door.caller(parts).await?.ok_or_else(Trouble::unauthenticated)?;
        let Some((schema, name)) = table.split_once(':') else { return Err(no_table(table)) };
        let Some(first) = self.door.settings.catalogs.first() else { return Err(no_table(table)) };
        let (id, snapshot) = match catalog.split_once('@') {
            Some((id, snapshot)) => (id, Some(snapshot.to_owned())),
            None => (catalog, None),
        };
        let host = first.host.clone();
        let catalog = engine::Catalog { host, id: id.to_owned(), snapshot, credential: None };
        let catalogue = self.described(&catalog, &caller).await?;
        let service = format!("{}/ermrest", catalog.host.origin());
        Ok(Place { service, catalogue, schema: schema.to_owned(), table: name.to_owned() })
    }

    /// What a catalogue says of itself to somebody.
    async fn described(
        &self,
        catalog: &engine::Catalog,
        caller: &Caller,
    ) -> Result<Arc<Catalogue>, Trouble> {
        let served = self.door.catalog(catalog, caller)?;
        let coordinator = self.door.api.coordinator.reading_for(&caller.owner);
        let source = coordinator.catalog.get(&served.source)?;
        let (owner, now) = (&caller.owner, coordinator.ambient.now());
        let view = source.view(catalog.snapshot.as_deref()).await?;
        Ok(self.described.of(&*source, (served.source.as_str(), owner, view), now).await?)
    }
}

impl Place {
    fn table(&self) -> Result<TableIn<'_>, Trouble> {
        let found = self.catalogue.table(&self.schema, &self.table);
        found.ok_or_else(|| no_table(&format!("{}:{}", self.schema, self.table)))
    }

    /// What a client would send for a template, and where.
    fn request(
        &self,
        catalogue_id: &str,
        displayname: &str,
        wanted: &Wanted,
    ) -> Result<Request, Trouble> {
        let table = self.table()?;
        let context = wanted.context.clone().unwrap_or_else(detailed);
        let templates = Templates::of(table, &context, Unannotated::Bag);
        let template =
            templates.named(displayname).ok_or_else(|| no_template(displayname, &templates))?;
        let reference = Reference {
            service: &self.service,
            catalogue_id,
            table,
            root_path: &table.root_path_of(&wanted.path),
            context: &context,
        };
        let Configured { configuration, left_out } = configured(template, &reference);
        let told = left_out.iter().map(|output| {
            let LeftOut { index, len } = output;
            format!("output {index} is left out: its query has {len} characters, and may have {MAX_PATH_LEN}")
        });
        let way = match template.kind {
            Kind::Bag => Way::Bag,
            Kind::File => Way::Files,
        };
        Ok(Request { way, uri: address(template, wanted), configuration, warnings: told.collect() })
    }
}

/// The address that a client would send the request to, as far as it says to whom the result is open.
fn address(template: &Template, wanted: &Wanted) -> Uri {
    let of_template = template.public.as_ref();
    let of_template =
        of_template.map(|public| public.as_str().map_or_else(|| public.to_string(), str::to_owned));
    let public = wanted.public.map(|public| public.to_string()).or(of_template);
    let Some(public) = public else { return Uri::default() };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("public", &public);
    format!("/?{}", query.finish()).parse().unwrap_or_default()
}

impl Wanted {
    fn read(body: &[u8]) -> Result<Self, Trouble> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        // A list would be taken for the keys in their order.
        let read = serde_json::from_slice::<Map<String, Value>>(body);
        read.and_then(|keys| serde_json::from_value(Value::Object(keys))).map_err(|error| {
            let fault = Fault::new(Code::Unreadable, format!("the body says nothing: {error}"));
            let hint =
                "send {\"path\": \"RID=1-X4\", \"context\": \"detailed\", \"public\": false}";
            Trouble::incomplete(fault.hint(hint))
        })
    }
}

fn unread(rejection: &QueryRejection) -> Trouble {
    let fault = Fault::new(Code::Unreadable, rejection.body_text());
    Trouble::incomplete(fault.hint("write ?context=detailed, or nothing"))
}

fn no_table(name: &str) -> Trouble {
    let what = format!("there is no table {name:?}, or it is not shown to you");
    let fault = Fault::new(Code::NotFound, what).hint("write the schema, a colon and the table");
    Trouble::with(StatusCode::NOT_FOUND, vec![fault])
}

fn no_template(displayname: &str, templates: &Templates) -> Trouble {
    let of_name = templates
        .dropped
        .iter()
        .find(|dropped| dropped.displayname.as_deref() == Some(displayname));
    let fault = match of_name {
        Some(dropped) => {
            let what = format!("the template cannot be used: {dropped}");
            Fault::new(Code::NotFound, what).hint(dropped.flaw.hint())
        }
        None => {
            let fault = Fault::new(Code::NotFound, format!("there is no template {displayname:?}"));
            fault.hint(format!("there are {}", templates.names().join(", ")))
        }
    };
    Trouble::with(StatusCode::NOT_FOUND, vec![fault])
}

#[cfg(test)]
mod tests;
