//! The API of the manual's examples: it pages in every way, and lets nobody in who does not say who
//! they are as the example does.

use serde_json::{Value, json};
use tests::{Reply, Request};

/// Answers a request.
pub(super) fn answer(request: &Request) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let number = |name: &str, default: usize| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
        found.and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let is = |name: &str, value: &str| request.header(name) == value;
    // "reader:canary-password", as basic authorization has it.
    let basic = "Basic cmVhZGVyOmNhbmFyeS1wYXNzd29yZA==";
    let is_let_in = match path {
        "/loans" => is("authorization", "Bearer canary-token"),
        "/objects" => is("x-tenant", "museum") && is("x-api-key", "canary-key"),
        "/log" => is("authorization", basic),
        _ => true,
    };
    if !is_let_in {
        return Reply::Status(401, String::new());
    }
    let content = |headers: String, body: Value| Reply::Content(headers, body.to_string());
    match path {
        "/loans" => {
            let (all, after) = (records(1200), number("since", 0));
            let page: Vec<&Value> = all.iter().skip(after).take(number("limit", 10)).collect();
            content(String::new(), json!({"data": {"items": page}}))
        }
        "/objects" => {
            let (all, size) = (records(3), number("per_page", 2));
            let skip = number("p", 0) * size;
            let page: Vec<&Value> = all.iter().skip(skip).take(size).collect();
            content("X-Total-Count: 3\r\n".to_owned(), json!(page))
        }
        "/log" => {
            let at = number("token", 0);
            let next = if at == 2 { Value::Null } else { json!(at + 1) };
            content(String::new(), json!({"entries": [records(3)[at]], "meta": {"next": next}}))
        }
        "/people" => {
            let (all, skip) = (records(250), number("skip", 0));
            let page: Vec<&Value> = all.iter().skip(skip).take(number("limit", 10)).collect();
            content(String::new(), json!({"items": page, "total": 250}))
        }
        "/places" => match number("page", 1) {
            1 => content("Link: </places?page=2>; rel=\"next\"\r\n".to_owned(), json!(records(2))),
            _ => content(String::new(), json!(records(3)[2..])),
        },
        "/rooms" => match number("page", 1) {
            1 => content(
                String::new(),
                json!({"items": records(2), "links": {"next": "/rooms?page=2"}}),
            ),
            _ => content(String::new(), json!({"items": records(3)[2..]})),
        },
        _ => Reply::Status(404, String::new()),
    }
}

/// Records with all that the examples ask for.
fn records(count: usize) -> Vec<Value> {
    (1..=count)
        .map(|id| json!({"id": id, "to": "Kiel", "value": id * 10, "image_url": "moon.png"}))
        .collect()
}
