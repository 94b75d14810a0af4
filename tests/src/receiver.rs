//! An HTTP server of a test's own that takes what it is sent, and fails as the test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::wait::until;

/// A request that came whole.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `PUT`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers by their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status and headers, each ended by CR LF, with a short body.
    Status(u16, String),
    /// A success with headers, each ended by CR LF, and a body.
    Content(String, String),
    /// Nothing: the connection is closed after the request came whole.
    HangUp,
    /// A success whose body never ends.
    Endless,
    /// A success whose headers never end.
    EndlessHeaders,
    /// A success that comes byte by byte, too slowly to be waited for.
    Dripping,
    /// Nothing, while the connection is kept until the other side has enough of it.
    Silent,
}

/// The server.
pub struct Receiver {
    /// Where it listens.
    pub port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    poured: Arc<AtomicU64>,
}

impl Receiver {
    /// Starts one that answers by the request and by how many came before.
    pub async fn start(
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let poured = Arc::new(AtomicU64::new(0));
        let (kept, reply, told) = (Arc::clone(&seen), Arc::new(reply), Arc::clone(&poured));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, reply, told) =
                    (Arc::clone(&kept), Arc::clone(&reply), Arc::clone(&told));
                tokio::spawn(async move { serve(stream, &kept, &*reply, &told).await });
            }
        });
        Ok(Self { port, seen, poured })
    }

    /// How many bytes of answers without end were taken.
    pub fn poured(&self) -> u64 {
        self.poured.load(Ordering::SeqCst)
    }

    /// What came so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }

    /// Waits until so many requests that meet a condition came; those.
    pub async fn saw(
        &self,
        count: usize,
        wanted: impl Fn(&Request) -> bool,
    ) -> Result<Vec<Request>> {
        until(&format!("{count} requests"), Duration::from_mins(1), async || {
            let found: Vec<Request> = self.seen().into_iter().filter(|seen| wanted(seen)).collect();
            Ok((found.len() >= count).then_some(found))
        })
        .await
    }
}

impl Request {
    /// A header; the empty text where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Answers one request and hangs up.
async fn serve(
    stream: TcpStream,
    kept: &Mutex<Vec<Request>>,
    reply: &(dyn Fn(&Request, usize) -> Reply + Send + Sync),
    poured: &AtomicU64,
) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    let before = {
        let mut kept = kept.lock().ok().context("a test failed")?;
        kept.push(request.clone());
        kept.len() - 1
    };
    match reply(&request, before) {
        Reply::HangUp => {}
        Reply::Status(status, headers) => {
            let answer = format!(
                "HTTP/1.1 {status} Said\r\n{headers}Content-Length: 4\r\nConnection: close\r\n\r\nsaid"
            );
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
        }
        Reply::Content(headers, body) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.shutdown().await?;
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await?;
            pour(&mut stream, &[b'x'; 4096], poured).await;
        }
        Reply::EndlessHeaders => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            pour(&mut stream, b"X-More: and more, and more, and more\r\n", poured).await;
        }
        Reply::Dripping => {
            let mut every = tokio::time::interval(Duration::from_millis(20));
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " {
                every.tick().await;
                stream.write_all(&[*byte]).await?;
            }
            loop {
                every.tick().await;
                stream.write_all(b"x").await?;
            }
        }
        Reply::Silent => {
            stream.read_to_end(&mut Vec::new()).await?;
        }
    }
    Ok(())
}

/// Sends the same again and again, as long as it is taken.
async fn pour(stream: &mut BufReader<TcpStream>, bytes: &[u8], poured: &AtomicU64) {
    while stream.write_all(bytes).await.is_ok() {
        poured.fetch_add(bytes.len() as u64, Ordering::SeqCst);
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Result<Request> {
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = words.next().zip(words.next()).context("no request")?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let len = headers.get("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
    let mut body = vec![0; len];
    stream.read_exact(&mut body).await?;
    Ok(Request { method, path, headers, body })
}
