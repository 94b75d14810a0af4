//! Records from an API that pages, limits its rate and fails in between.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::desk::Desk;

const RECORDS: u32 = 230;
const PAGE: u32 = 20;

/// What stands for the API's address where runs are compared.
const ADDRESS: &str = "ADDRESS";

/// The API: the nth request of all that fails, fails each in its way; so does the first for each file.
struct Api {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Api {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&kept)));
            }
        });
        Self { port, asked }
    }

    /// An export of the API as a table, a list and files.
    fn definition(&self, batch_size: Option<u64>, pages: &Value) -> Value {
        let mut definition = json!({
            "name": "Objects",
            "outputs": [
                {"to": "all.csv", "from": "api", "format": "csv",
                 "select": {"fields": ["id", "price", "large"]}},
                {"to": "all.jsonl", "from": "api", "format": "jsonl"},
                {"to": "few.json", "from": "api", "format": "json",
                 "select": {"where": {"id": {"gt": 225}}}},
                {"to": "files/", "from": "api", "assets": {"field": "file"},
                 "select": {"where": {"id": {"le": 2}}}},
            ],
            "sources": {"api": {
                "kind": "http", "url": format!("http://127.0.0.1:{}/objects", self.port),
                "records": "/items", "pages": pages, "bearer_file": "token",
            }},
        });
        if let Some(batch_size) = batch_size {
            definition["batch_size"] = json!(batch_size);
        }
        definition
    }
}

/// Answers one request and hangs up.
async fn answer(stream: TcpStream, asked: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream);
    let mut request = String::new();
    lines.read_line(&mut request).await?;
    let (mut header, mut is_in) = (String::new(), false);
    while lines.read_line(&mut header).await? > 2 {
        is_in |= header == "authorization: Bearer canary-token\r\n";
        header.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let (nth, is_first) = {
        let mut asked = asked.lock().unwrap();
        let is_first = !asked.contains(&path);
        asked.push(path.clone());
        (asked.len(), is_first)
    };
    let empty = |headers: &str| (headers.to_owned(), String::new());
    let (status, (headers, body)) = match (path.strip_prefix("/objects"), nth) {
        _ if !is_in => ("401 Unauthorized", empty("")),
        (None, _) if is_first => ("429 Too Many Requests", empty("Retry-After: 1\r\n")),
        (None, _) => ("200 OK", (String::new(), format!("content of {path}"))),
        (Some(_), 3) => ("429 Too Many Requests", empty("Retry-After: 1\r\n")),
        (Some(_), 5) => ("500 Internal Server Error", empty("")),
        (Some(query), _) => ("200 OK", page(query)),
    };
    let body = body.replace(ADDRESS, &lines.get_ref().local_addr()?.to_string());
    let len = body.len();
    // Each seventh answer breaks off.
    let sent = if nth % 7 == 0 { &body[..len / 2] } else { &body };
    let mut stream = lines.into_inner();
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {len}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(sent.as_bytes()).await?;
    stream.shutdown().await
}

/// A page, however it is asked for: its headers, which name the next one by its address, and its body,
/// which names it by a cursor.
fn page(query: &str) -> (String, String) {
    let query: HashMap<&str, u32> = query
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, value.trim_start_matches("c-").parse().unwrap()))
        .collect();
    let counted = ["offset", "cursor", "after"].iter().find_map(|name| query.get(name));
    let skip = match (query.get("page"), counted) {
        (Some(page), _) => (page - 1) * PAGE,
        (None, Some(counted)) => *counted,
        (None, None) => 0,
    };
    let end = (skip + PAGE).min(RECORDS);
    let mut items = String::new();
    for id in skip + 1..=end {
        let comma = if items.is_empty() { "" } else { "," };
        write!(items, "{comma}\n  {}", record(id)).unwrap();
    }
    let (link, next) = if end < RECORDS {
        (format!("Link: </objects?offset={end}>; rel=\"next\"\r\n"), format!("\"c-{end}\""))
    } else {
        (String::new(), "null".to_owned())
    };
    (link, format!("{{\"total\": {RECORDS}, \"next\": {next}, \"items\": [{items}]}}"))
}

fn record(id: u32) -> String {
    format!(
        "{{\"id\":{id},\"price\":{id}.0,\"large\":1234567890123456789{id},\
         \"file\":\"http://{ADDRESS}/files/f{id}.txt\"}}"
    )
}

/// What an export of the API writes.
async fn written(pages: &Value, batch_size: Option<u64>) -> [String; 5] {
    let api = Api::start().await;
    let desk = Desk::new();
    desk.write("token", "canary-token\n");
    let definition = api.definition(batch_size, pages);
    let allowed = format!("[addresses]\nallow = [\"127.0.0.1:{}\"]\n", api.port);
    let ran = desk.define(&definition).config(&allowed).done().await;
    assert!(!ran.said.contains("canary-token"), "{}", ran.said);
    let address = format!("127.0.0.1:{}", api.port);
    let text = |file: &str| ran.text(file).replace(&address, ADDRESS);
    let records: Vec<String> = (1..=RECORDS).map(record).collect();
    assert_eq!(text("all.jsonl").lines().collect::<Vec<_>>(), records, "{pages}");
    assert!(api.asked.lock().unwrap().len() > 12);
    let files = ["all.csv", "all.jsonl", "few.json", "files/f1.txt", "files/f2.txt"];
    files.map(text)
}

/// That these ways of paging give the same files, which hold what the API has, for any batch size.
async fn check(ways: &[Value]) {
    let mut seen = BTreeSet::new();
    for pages in ways {
        // At the same time, for the most of a run is waiting until the API may be asked again.
        let runs = [None, Some(0), Some(7), Some(50)].map(|batch_size| written(pages, batch_size));
        seen.extend(futures::future::join_all(runs).await);
    }
    assert_eq!(seen.len(), 1, "the files are not always the same");
    let [csv, _, few, one, _] = seen.first().unwrap();
    assert!(csv.starts_with("id,price,large\r\n1,1.0,12345678901234567891\r\n2,2.0,"), "{csv}");
    let few: Vec<Value> = serde_json::from_str(few).unwrap();
    assert_eq!((few.len(), one.as_str()), (5, "content of /files/f1.txt"));
}

#[tokio::test]
async fn an_api_gives_the_same_files_for_any_batch_size_whatever_fails_in_between() {
    check(&[
        json!({"by": "key", "key": "id"}),
        json!({"by": "number", "total": "/total"}),
        json!({"by": "offset", "total": "/total"}),
    ])
    .await;
}

#[tokio::test]
async fn an_api_whose_pages_lead_on_gives_the_same_files_whatever_fails_in_between() {
    check(&[json!({"by": "cursor", "next": "/next"}), json!({"by": "link"})]).await;
}

#[tokio::test]
async fn an_api_whose_address_is_not_allowed_is_not_asked() {
    let api = Api::start().await;
    let desk = Desk::new();
    desk.write("token", "canary-token\n");
    let ran = desk.define(&api.definition(None, &json!({"by": "link"}))).for_people().run().await;
    assert_eq!((ran.code, api.asked.lock().unwrap().len()), (2, 0), "{}", ran.said);
    ran.assert_said(&["sources.api", "address_refused", "[addresses]"]);
}

#[tokio::test]
async fn an_api_that_lets_nobody_in_fails_the_run_with_its_address() {
    let api = Api::start().await;
    let desk = Desk::new();
    desk.write("token", "canary-wrong\n");
    let allowed = format!("[addresses]\nallow = [\"127.0.0.1:{}\"]\n", api.port);
    let definition = api.definition(None, &json!({"by": "number", "total": "/total"}));
    let ran = desk.define(&definition).config(&allowed).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.result()["faults"][0]["code"], "source_refused", "{}", ran.said);
    ran.assert_said(&["/objects answers 401 Unauthorized"]);
    assert!(!ran.said.contains("canary"), "{}", ran.said);
    ran.assert_nothing_made();
}
