//! A list of files as a page for people: no script, nothing from elsewhere, names escaped. Pure.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use tree::html::escape;

use super::content::keep_private;
use super::shape::Files;

/// What the page may load and do: nothing but be read and followed.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Whether whoever asks is a browser: it names HTML, which programs that take anything do not.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.unwrap_or_default().split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
            && parts
                .filter_map(|part| part.strip_prefix("q="))
                .all(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

/// The page of a part of a list; `next` leads to the part after it.
pub(super) fn of(files: &Files, next: Option<&str>) -> Response {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>Files</title></head>\n<body><h1>Files</h1>\n\
         <table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Bytes</th>\
         <th scope=\"col\">CRC-32</th></tr></thead>\n<tbody>\n",
    );
    for file in &files.files {
        page.push_str("<tr><td><a download href=\"");
        escape(&file.href, &mut page);
        page.push_str("\"><bdi>");
        escape(&file.path, &mut page);
        page.push_str("</bdi></a></td><td>");
        page.push_str(&file.size.to_string());
        page.push_str("</td><td><code>");
        escape(&file.crc32, &mut page);
        page.push_str("</code></td></tr>\n");
    }
    page.push_str("</tbody></table>\n");
    if let Some(next) = next {
        page.push_str("<p><a rel=\"next\" href=\"");
        escape(next, &mut page);
        page.push_str("\">More files</a></p>\n");
    }
    page.push_str("</body></html>\n");
    let mut response = Html(page).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    keep_private(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_names_html_gets_it() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json, text/html;q=0.5", true),
            ("text/html;q=0", false),
            ("*/*", false),
            ("application/json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(is_wanted(&headers), expected, "{accept}");
        }
    }
}
