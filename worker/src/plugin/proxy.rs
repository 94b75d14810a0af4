//! The proxy of one process: it lets a plugin through to the hosts that it may reach, and refuses all others by
//! name. HTTP is sent on, one request for each connection; for everything else there are tunnels (`CONNECT`).

use std::sync::Arc;
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Position, Url};

use super::hosts::{AllowedHosts, Destination};
use super::journal::Journal;

/// Most connections of a plugin; more wait.
const CONNECTIONS: usize = 64;

/// Longest head of a request.
const HEAD_BYTES: usize = 64 << 10;

/// How long a request's head may take to come, and a host to be reached.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long, and how much of, what comes behind a request that is refused is waited for: an answer is lost where the
/// connection ends with something unread.
const LINGERING: Duration = Duration::from_secs(2);
const LINGERING_BYTES: u64 = 1 << 20;

/// Headers that are between the plugin and its proxy.
const OURS: [&str; 5] =
    ["host", "connection", "keep-alive", "proxy-connection", "proxy-authorization"];

/// A proxy.
pub(super) struct Proxy {
    pub(super) allowed: AllowedHosts,
    pub(super) journal: Arc<Journal>,
}

/// Where a request is to go.
#[derive(Debug, PartialEq, Eq)]
struct Passage {
    to: Destination,
    /// The head that goes there; nothing for a tunnel.
    head: Option<String>,
}

impl Proxy {
    /// Answers whoever comes. Connections end where this is dropped.
    pub(super) async fn serve(self, listener: TcpListener) {
        let proxy = Arc::new(self);
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if open.len() < CONNECTIONS => match accepted {
                    Ok((plugin, _)) => {
                        let proxy = Arc::clone(&proxy);
                        open.spawn(async move { proxy.answer(plugin).await });
                    }
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "plugin has no proxy any more");
                        return;
                    }
                },
                Some(_) = open.join_next(), if !open.is_empty() => {}
            }
        }
    }

    async fn answer(&self, mut plugin: TcpStream) {
        let Ok(Some((head, rest))) = timeout(PATIENCE, head(&mut plugin)).await else { return };
        let passage = str::from_utf8(&head).ok().and_then(passage);
        let Some(Passage { to, head }) = passage else {
            let why = "the proxy of a plugin takes `CONNECT host:port` and `http://`";
            return refuse(plugin, "400 Bad Request", why).await;
        };
        if !self.allowed.permit(&to) {
            self.journal.refuse(&to.to_string());
            let why =
                format!("the plugin may not reach {to}: [plugins] allow_hosts does not name it");
            return refuse(plugin, &format!("403 {to} is not in allow_hosts"), &why).await;
        }
        let mut host = match timeout(PATIENCE, TcpStream::connect(to.to_string())).await {
            Ok(Ok(host)) => host,
            Ok(Err(error)) => {
                let why = format!("{to} cannot be reached: {error}");
                return refuse(plugin, "502 Bad Gateway", &why).await;
            }
            Err(_) => {
                let why = format!("{to} cannot be reached in {} s", PATIENCE.as_secs());
                return refuse(plugin, "504 Gateway Timeout", &why).await;
            }
        };
        let begun = match head {
            None => plugin.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await,
            Some(head) => host.write_all(head.as_bytes()).await,
        };
        if begun.is_ok() && host.write_all(&rest).await.is_ok() {
            // Either side ends it, however it likes to.
            let _passed = copy_bidirectional(&mut plugin, &mut host).await;
        }
    }
}

/// The head of a request, and what came with it; nothing where none comes whole.
async fn head(plugin: &mut TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = memmem::find(&read, b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return Some((read, rest));
        }
        if read.len() > HEAD_BYTES || plugin.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

/// What a request's head asks for; nothing where a proxy is not asked so.
fn passage(head: &str) -> Option<Passage> {
    let (line, headers) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if method == "CONNECT" {
        return Some(Passage { to: Destination::read(target)?, head: None });
    }
    let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
    let to = Destination::read(&format!("{}:{}", url.host_str()?, url.port_or_known_default()?))?;
    let place = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let mut head = format!("{method} {place} {version}\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers.split("\r\n").filter(|header| !header.is_empty()) {
        let (name, _) = header.split_once(':')?;
        if !OURS.contains(&name.to_ascii_lowercase().as_str()) {
            head.push_str(header);
            head.push_str("\r\n");
        }
    }
    head.push_str("\r\n");
    Some(Passage { to, head: Some(head) })
}

/// Answers that a request goes nowhere.
async fn refuse(mut plugin: TcpStream, status: &str, why: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{why}\n",
        why.len() + 1
    );
    if plugin.write_all(answer.as_bytes()).await.is_ok() && plugin.shutdown().await.is_ok() {
        let mut unread = plugin.take(LINGERING_BYTES);
        let mut nowhere = tokio::io::sink();
        let reading = tokio::io::copy(&mut unread, &mut nowhere);
        let _read = timeout(LINGERING, reading).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::task::AbortOnDropHandle;

    use super::*;

    /// What a proxy that lets through to a host answers to a request for this server, and what that server got.
    async fn check(
        is_allowed: bool,
        request: impl Fn(u16) -> String,
    ) -> (String, String, Vec<String>) {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let serving = AbortOnDropHandle::new(tokio::spawn(async move {
            let mut stream = server.accept().await.unwrap().0;
            let (head, _) = head(&mut stream).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            String::from_utf8(head).unwrap()
        }));
        let hosts = if is_allowed { vec![format!("127.0.0.1:{port}")] } else { Vec::new() };
        let (allowed, journal) = (AllowedHosts::new(&hosts).unwrap(), Arc::new(Journal::default()));
        let proxy = Proxy { allowed, journal: Arc::clone(&journal) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _proxy = AbortOnDropHandle::new(tokio::spawn(proxy.serve(listener)));
        let mut plugin = TcpStream::connect(address).await.unwrap();
        plugin.write_all(request(port).as_bytes()).await.unwrap();
        plugin.shutdown().await.unwrap();
        let mut answer = String::new();
        plugin.read_to_string(&mut answer).await.unwrap();
        let got = if is_allowed { serving.await.unwrap() } else { String::new() };
        let refused = journal.refused().into_iter().map(|to| to.replace(&port.to_string(), "PORT"));
        (answer.replace(&port.to_string(), "PORT"), got, refused.collect())
    }

    #[tokio::test]
    async fn a_request_goes_to_a_host_that_is_allowed_without_what_is_the_proxys() {
        let request = |port: u16| {
            format!(
                "POST http://127.0.0.1:{port}/a?b=c HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n\
                 Proxy-Authorization: Basic x\r\nContent-Length: 0\r\n\r\n"
            )
        };
        let (answer, got, refused) = check(true, request).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        assert!(got.starts_with("POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"), "{got}");
        assert!(got.ends_with("\r\nConnection: close\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(refused, [""; 0]);
    }

    #[tokio::test]
    async fn a_tunnel_leads_to_a_host_that_is_allowed() {
        let tunnel = |port: u16| {
            format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: any\r\n\r\n")
        };
        let (answer, got, _) = check(true, tunnel).await;
        assert!(answer.starts_with("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 204"));
        assert_eq!(got, "GET / HTTP/1.1\r\nHost: any\r\n\r\n");
    }

    #[tokio::test]
    async fn any_other_host_is_refused_by_its_name() {
        for method in ["CONNECT 127.0.0.1:PORT", "GET http://127.0.0.1:PORT/"] {
            let request =
                |port: u16| format!("{method} HTTP/1.1\r\n\r\n").replace("PORT", &port.to_string());
            let (answer, _, refused) = check(false, request).await;
            assert!(answer.starts_with("HTTP/1.1 403 127.0.0.1:PORT is not in allow_hosts\r\n"));
            assert!(answer.contains("[plugins] allow_hosts"), "{answer}");
            assert_eq!(refused, ["127.0.0.1:PORT"]);
        }
        let (answer, ..) = check(false, |_| "GET / HTTP/1.1\r\n\r\n".to_owned()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}
