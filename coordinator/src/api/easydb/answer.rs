//! Refusals in the shape of either product, decided once, where answers leave.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::names::Name;
use super::told::Told;
use super::trouble::Trouble;
use super::{Dialect, Product, grants};
use crate::api::problem::status;

/// What of a request decides how it is refused.
struct Asked {
    product: Product,
    /// The number of the export that it names.
    export: Option<u64>,
    /// Whether a browser shows what comes.
    is_shown: bool,
    /// Whether it asks for a token, which is refused in the words of OAuth 2.
    is_grant: bool,
}

/// Gives every trouble the shape of the product that the request is for.
pub(super) async fn shape(
    State(dialect): State<Dialect>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let asked = Asked {
        product: Product::of(&dialect, &parts),
        export: export_of(parts.uri.path()),
        is_shown: parts.uri.query().is_some_and(|query| query.contains("disposition=")),
        is_grant: parts.uri.path().ends_with(grants::TOKEN),
    };
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(trouble) = response.extensions_mut().remove::<Trouble>() else { return response };
    shaped(&trouble, &asked)
}

/// The number of the export that a path names.
fn export_of(path: &str) -> Option<u64> {
    let (_, rest) = path.split_once("/export/")?;
    rest.split('/').next()?.parse().ok()
}

fn shaped(trouble: &Trouble, asked: &Asked) -> Response {
    let Asked { product, export, is_shown, is_grant } = *asked;
    let is_passkey = matches!(trouble, Trouble::Passkey);
    let wait = if let Trouble::TooManyAttempts { wait } = trouble { Some(*wait) } else { None };
    if let Trouble::Fault(fault) = trouble
        && status(fault.code).is_server_error()
    {
        tracing::error!(code = fault.code.as_str(), reason = %fault.message, "request failed");
    }
    let Name { status, code } = trouble.names().of(product);
    // Browsers follow links to files, and are shown a page of the program around this API.
    if product == Product::Easydb5 && (is_passkey || is_shown) {
        let key = if is_passkey { "export.invalid.passkey" } else { code };
        return elsewhere(&format!("/#server_error:{key}"));
    }
    let Told { parameters, description } = trouble.told();
    let body = match product {
        _ if is_grant => grants::refusal(trouble, status, &description),
        Product::Easydb5 => {
            let realm = code.split('.').nth(1).unwrap_or("api");
            json!({"realm": realm, "code": code, "parameters": parameters,
                "description": description})
        }
        Product::Fylr => {
            let (mut description, mut parameters) =
                (description, parameters.as_object().cloned().unwrap_or_default());
            if let (Trouble::NoExport, Some(export)) = (trouble, export) {
                description = format!("export {export} not found");
                parameters.insert("resource".to_owned(), json!(format!("export-{export}")));
            }
            parameters.insert("realm".to_owned(), json!("api"));
            parameters.insert("statuscode".to_owned(), json!(status.as_u16()));
            json!({"code": code, "error": description, "package": "export",
                "parameters": parameters, "realm": "api", "statuscode": status.as_u16()})
        }
    };
    let mut response = (status, axum::Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, wait.into());
    }
    response
}

fn elsewhere(place: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
