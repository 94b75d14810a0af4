//! `/ermrest`: documents and data of the catalogues, with the headers that belong to them.

use std::sync::PoisonError;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::call::Call;
use super::catalog::View;
use super::documents::{self, may};
use super::form::Form;
use super::found::Found;
use super::query::{Api, Query};
use super::refusal::Refusal;
use super::text::Lists;
use super::token::decoded;
use super::{Shared, lock, urlb32};

/// How many rows are written at once; of more, the answer comes bit by bit.
const AT_ONCE: usize = 2000;

/// What is given of data, by its name in addresses.
const APIS: &[(&str, Api)] = &[
    ("entity", Api::Entity),
    ("attribute", Api::Attribute),
    ("attributegroup", Api::AttributeGroup),
    ("aggregate", Api::Aggregate),
];

/// Answers a request.
pub(super) fn answer(shared: &Shared, call: &Call) -> Result<Response, Refusal> {
    let Some(rest) = call.path.strip_prefix("/ermrest/catalog/") else {
        if call.path.trim_end_matches('/') == "/ermrest" {
            return Ok(json(documents::SERVICE.to_owned()));
        }
        return Err(Refusal::missing(call.path.as_str()));
    };
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (id, snapshot) = match name.split_once('@') {
        Some((id, snapshot)) => (id, Some(snapshot)),
        None => (name, None),
    };
    let catalogs = shared.catalogs.read().unwrap_or_else(PoisonError::into_inner);
    let catalog = catalogs.get(id).ok_or_else(|| Refusal::missing(format!("catalog {id}")))?;
    let view = catalog.view(snapshot)?;
    let user = call.user.as_deref();
    for right in ["enumerate", "select"] {
        let is_needed = right == "enumerate" || APIS.iter().any(|(api, _)| starts(rest, api));
        if is_needed && !may(&view.document["acls"], right, user) {
            return Err(Refusal::forbidden(user, format!("{right} access on catalog/{id}")));
        }
    }
    if let Some((_, api)) = APIS.iter().find(|(api, _)| starts(rest, api)) {
        return data(shared, call, &view, *api, rest);
    }
    let context = shared.sessions.context(user);
    if rest.is_empty() {
        let tag = format!("\"{context};*;{}\"", urlb32::of_time(view.modified()));
        return tagged(call, &tag, "cookie", || Ok(json(documents::catalog(&view, user))));
    }
    let Some(path) = rest.strip_prefix("schema") else {
        return Err(Refusal::missing(call.path.as_str()));
    };
    let path: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let tag = format!("\"{context};*;{}\"", written(view.modified()));
    tagged(call, &tag, "cookie", || Ok(json(documents::schema(&view, user, &path)?)))
}

/// Answers a request for data.
fn data(
    shared: &Shared,
    call: &Call,
    view: &View<'_>,
    api: Api,
    rest: &str,
) -> Result<Response, Refusal> {
    if call.method == Method::HEAD {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    let (_, path) = rest.split_once('/').unwrap_or_default();
    let query = Query::parse(api, &call.path, call.path.len() - path.len())?;
    let limit = match call.option("limit").as_deref() {
        None | Some("none") => None,
        Some(number) => Some(
            number
                .parse::<usize>()
                .map_err(|_| Refusal::malformed(format!("Invalid limit \"{number}\".")))?,
        ),
    };
    let found = Found::new(view, &query, limit)?;
    if found.lines.len() > *lock(&shared.most) {
        return Err(Refusal::out_of_time());
    }
    let form = Form::wanted(call.option("accept").as_deref(), call.accepted());
    let lists = match call.option("arrays").as_deref() {
        Some("json") => Lists::Json,
        _ => Lists::Literals,
    };
    let rights = shared.sessions.context(call.user.as_deref());
    let tag = format!("\"{rights};{};{}\"", call.accepted(), written(view.modified()));
    tagged(call, &tag, "cookie, accept", || {
        let content = [(header::CONTENT_TYPE, form.content_type())];
        let mut response = (content, body(found, form, lists)).into_response();
        if let Some(name) = call.options.get("download") {
            let name = format!("attachment; filename*=UTF-8''{name}.{}", form.extension());
            put(&mut response, header::CONTENT_DISPOSITION, &name);
        }
        Ok(response)
    })
}

/// The rows in a form: whole where they are few, else bit by bit as they are taken.
fn body(found: Found, form: Form, lists: Lists) -> Body {
    let len = found.lines.len();
    let head = std::iter::once(form.head(&found));
    let tail = std::iter::once(form.tail().to_owned());
    let parts = (0..len).step_by(AT_ONCE).map(move |begin| {
        let end = len.min(begin + AT_ONCE);
        let rows = (begin..end).map(|place| form.row(&found, &found.lines[place], place, lists));
        rows.collect::<String>()
    });
    let parts = head.chain(parts).chain(tail);
    if len <= AT_ONCE {
        return Body::from(parts.collect::<String>());
    }
    Body::from_stream(futures::stream::iter(parts.map(Ok::<String, std::io::Error>)))
}

/// An answer with a tag, or word that it is still the one which the client has.
fn tagged(
    call: &Call,
    tag: &str,
    vary: &str,
    response: impl FnOnce() -> Result<Response, Refusal>,
) -> Result<Response, Refusal> {
    let mut response = if call.header("if-none-match") == tag {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        response()?
    };
    put(&mut response, header::VARY, vary);
    put(&mut response, header::ETAG, tag);
    Ok(response)
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn put(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether a path begins with a part.
fn starts(path: &str, part: &str) -> bool {
    path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A time as Python writes it.
fn written(time: Timestamp) -> String {
    let is_whole = time.subsec_nanosecond() == 0;
    let text = if is_whole { time.to_string() } else { format!("{time:.6}") };
    format!("{}+00:00", text.trim_end_matches('Z').replace('T', " "))
}
