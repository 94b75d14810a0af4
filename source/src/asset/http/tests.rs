//! A server on this machine, in the operator's list or not.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::http::Pace;

/// Gives ready answers by path, and counts connections.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Server {
    async fn start(answers: &[(&str, &str)]) -> Self {
        let answers: HashMap<String, String> = answers
            .iter()
            .map(|(path, answer)| ((*path).to_owned(), (*answer).to_owned()))
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let (mut peer, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = vec![0; 4096];
                let len = peer.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..len]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let answer = answers.get(path).cloned().unwrap_or_else(|| answer(404, "", ""));
                // Only who asks for bytes as they are gets them.
                assert!(request.contains("accept-encoding: identity"), "{request}");
                peer.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { address, connections, _task: task }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    let len = body.len();
    format!(
        "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {len}\r\n{headers}\r\n{body}"
    )
}

fn limits() -> HttpLimits {
    HttpLimits { max_bytes: 10, silence: Duration::from_secs(5), ..HttpLimits::default() }
}

async fn read(assets: &HttpAssets, url: &str) -> Result<String, SourceError> {
    let asset = assets.open(url, None).await?;
    let chunks: Vec<bytes::Bytes> = asset.bytes.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

/// What comes of an answer to `/`, from a server that is allowed.
async fn check(answers: &[(&str, &str)], expected: Result<&str, &str>) {
    let server = Server::start(answers).await;
    let rules = AddressRules::new(&[server.address.to_string()]).unwrap();
    let assets = HttpAssets::new(limits(), rules).unwrap();
    let read = read(&assets, &server.url("/")).await;
    match (read, expected) {
        (Ok(read), Ok(expected)) => assert_eq!(read, expected),
        (read, expected) => {
            let error = read.unwrap_err();
            let told = format!("{} {error}", error.fault().code);
            let expected = expected.unwrap_err();
            assert!(told.contains(expected), "{told} does not say {expected}");
        }
    }
}

#[tokio::test]
async fn a_body_is_given_as_it_is() {
    check(&[("/", &answer(200, "", "hello"))], Ok("hello")).await;
    check(&[("/", &answer(200, "content-encoding: gzip\r\n", "raw"))], Ok("raw")).await;
    let chunked = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    check(&[("/", chunked)], Ok("abc")).await;
}

#[tokio::test]
async fn what_is_not_there_is_missing_and_what_may_come_back_is_unavailable() {
    check(&[], Err("asset_missing")).await;
    check(&[("/", &answer(410, "", ""))], Err("asset_missing")).await;
    check(&[("/", &answer(403, "", ""))], Err("answers 403")).await;
    check(&[("/", &answer(429, "", ""))], Err("source_unavailable")).await;
    check(&[("/", &answer(425, "", ""))], Err("source_unavailable")).await;
    check(&[("/", &answer(503, "", ""))], Err("source_unavailable")).await;
}

#[tokio::test]
async fn how_long_a_server_asks_to_wait_is_known() {
    for (headers, expected) in [("retry-after: 7\r\n", Some(7)), ("", None)] {
        let server = Server::start(&[("/", &answer(429, headers, ""))]).await;
        let rules = AddressRules::new(&[server.address.to_string()]).unwrap();
        let assets = HttpAssets::new(limits(), rules).unwrap();
        let told = match read(&assets, &server.url("/")).await {
            Err(SourceError::Busy { wait, .. }) => Some(wait.as_secs()),
            Err(SourceError::Unavailable { .. }) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(told, expected, "{headers}");
    }
}

/// Whoever is asked too often lets nobody ask again for a while: neither for pages nor for files.
#[tokio::test]
async fn an_api_that_is_asked_too_often_is_left_alone_for_as_long_as_it_wants() {
    let server = Server::start(&[
        ("/busy", &answer(429, "retry-after: 60\r\n", "")),
        ("/bad", &answer(503, "retry-after: 60\r\n", "")),
    ])
    .await;
    let assets =
        HttpAssets::new(limits(), AddressRules::new(&[server.address.to_string()]).unwrap())
            .unwrap();
    let url = Url::parse(&server.url("/files/1.jpg")).unwrap();
    let elsewhere = Url::parse("https://media.example.org/1.jpg").unwrap();
    let pace = Arc::new(Pace::new(None));
    let credentials = Credentials::new(vec![url.origin()], HeaderMap::new(), pace);
    let is_held = || {
        assert!(credentials.turn(&elsewhere).now_or_never().is_some());
        credentials.turn(&url).now_or_never().is_none()
    };
    assert!(!is_held());
    for (path, expected) in [("/bad", false), ("/busy", true)] {
        let opened = assets.open(&server.url(path), Some(&credentials)).await;
        assert!(matches!(opened, Err(SourceError::Busy { .. })));
        assert_eq!(is_held(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_ends_early_is_unavailable() {
    let short = "HTTP/1.1 200 x\r\ncontent-length: 9\r\nconnection: close\r\n\r\nabc";
    check(&[("/", short)], Err("source_unavailable")).await;
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_however_it_is_sent() {
    check(&[("/", &answer(200, "", "0123456789a"))], Err("larger than 10 bytes")).await;
    let chunked = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n";
    check(&[("/", chunked)], Err("larger than 10 bytes")).await;
}

#[tokio::test]
async fn redirects_are_followed_within_reason() {
    let hop = answer(302, "location: /there\r\n", "");
    check(&[("/", &hop), ("/there", &answer(200, "", "hello"))], Ok("hello")).await;
    check(&[("/", &hop), ("/there", &hop)], Err("redirects more than 5 times")).await;
    let away = answer(302, "location: file:///etc/passwd\r\n", "");
    check(&[("/", &away)], Err("address_refused")).await;
    let inside = answer(307, "location: http://169.254.169.254/\r\n", "");
    check(&[("/", &inside)], Err("169.254.169.254 is not public")).await;
}

#[tokio::test]
async fn a_redirect_to_a_private_address_sends_no_packet_there() {
    let hidden = Server::start(&[]).await;
    let to_hidden = answer(302, &format!("location: {}\r\n", hidden.url("/")), "");
    check(&[("/", &to_hidden)], Err("address_refused")).await;
    assert_eq!(hidden.connections(), 0);
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_without_a_packet() {
    // The usual ports are taken or forbidden here: the name's own port decides where it leads.
    let hidden = Server::start(&[]).await;
    let address = hidden.address;
    let lookup: Lookup = Arc::new(move |_| Box::pin(async move { Ok(vec![address]) }));
    let assets = HttpAssets::with_lookup(limits(), AddressRules::default(), lookup).unwrap();
    let error = read(&assets, "http://looks-public.example/").await.unwrap_err();
    assert!(matches!(error, SourceError::AddressRefused { .. }), "{error}");
    assert!(!error.is_transient());
    assert_eq!(hidden.connections(), 0);
}

#[tokio::test]
async fn nothing_that_a_url_holds_besides_its_path_is_told() {
    let site = Server::start(&[("/late?signature=canary", &answer(503, "", ""))]).await;
    let rules = AddressRules::new(&[site.address.to_string()]).unwrap();
    let assets = HttpAssets::new(limits(), rules).unwrap();
    for path in ["/none", "/late"] {
        let url = site.url(path).replace("http://", "http://canary:canary@");
        let error = read(&assets, &format!("{url}?signature=canary#canary")).await.unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    let error = read(&assets, "http://canary@10.0.0.1/a?canary").await.unwrap_err();
    assert!(matches!(error, SourceError::AddressRefused { .. }), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let rules = AddressRules::new(&[address.to_string()]).unwrap();
    let limits = HttpLimits { silence: Duration::from_millis(50), ..limits() };
    let assets = HttpAssets::new(limits, rules).unwrap();
    let error = read(&assets, &format!("http://{address}/a?signature=secret")).await.unwrap_err();
    assert!(error.is_transient());
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn what_a_server_tells_of_a_file_is_known_without_the_file() {
    let headers = "content-length: 3\r\ncontent-type: text/plain\r\ncontent-md5: kAFQmDzST7DWlj99KOF/cg==\r\n\
                   content-disposition: filename*=UTF-8''a%20b.txt\r\n";
    let told = format!("HTTP/1.1 200 x\r\nconnection: close\r\n{headers}\r\n");
    let hop = answer(302, "location: /there\r\n", "");
    let busy = answer(503, "retry-after: 7\r\n", "");
    let server = Server::start(&[("/", &hop), ("/there", &told), ("/busy", &busy)]).await;
    let rules = AddressRules::new(&[server.address.to_string()]).unwrap();
    let assets = HttpAssets::new(limits(), rules).unwrap();
    let header = assets.head(&server.url("/"), None).await.unwrap();
    assert_eq!((header.len, header.name.as_deref()), (Some(3), Some("a b.txt")));
    assert_eq!(header.content_type.as_deref(), Some("text/plain"));
    assert_eq!(header.digests.len(), 1);
    let code =
        async |path: &str| assets.head(&server.url(path), None).await.unwrap_err().fault().code;
    assert_eq!(code("/none").await.as_str(), "asset_missing");
    assert_eq!(code("/busy").await.as_str(), "source_unavailable");
    let named = answer(200, "content-disposition: attachment; filename=x.txt\r\n", "abc");
    let server = Server::start(&[("/", &named)]).await;
    let rules = AddressRules::new(&[server.address.to_string()]).unwrap();
    let asset =
        HttpAssets::new(limits(), rules).unwrap().open(&server.url("/"), None).await.unwrap();
    assert_eq!((asset.name.as_deref(), asset.is_object), (Some("x.txt"), false));
}
