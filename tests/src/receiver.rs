//! An HTTP server of a test's own that takes what it is sent, and fails as the test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::wait::until;

/// A request, whole unless it was broken off.
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
    served: Arc<Served>,
}

/// What came, and what becomes of it.
struct Served {
    seen: Mutex<Vec<Request>>,
    broken: Mutex<Vec<Request>>,
    poured: AtomicU64,
    breaks: Decision<Option<usize>>,
    reply: Decision<Reply>,
}

/// What a test says of a request, with how many came before.
type Decision<T> = Box<dyn Fn(&Request, usize) -> T + Send + Sync>;

impl Receiver {
    /// Starts one that answers by the request and by how many came before.
    pub async fn start(
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::breaking_off(|_, _| None, reply).await
    }

    /// Starts one that resets connections in the middle of what they send, too: `breaks` says after how
    /// many bytes of the body, by the request without it and by how many were broken off before.
    pub async fn breaking_off(
        breaks: impl Fn(&Request, usize) -> Option<usize> + Send + Sync + 'static,
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let served = Arc::new(Served {
            seen: Mutex::default(),
            broken: Mutex::default(),
            poured: AtomicU64::new(0),
            breaks: Box::new(breaks),
            reply: Box::new(reply),
        });
        let kept = Arc::clone(&served);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = Arc::clone(&kept);
                tokio::spawn(async move { served.serve(stream).await });
            }
        });
        Ok(Self { port, served })
    }

    /// How many bytes of answers without end were taken.
    pub fn poured(&self) -> u64 {
        self.served.poured.load(Ordering::SeqCst)
    }

    /// What came whole so far.
    pub fn seen(&self) -> Vec<Request> {
        self.served.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }

    /// What was broken off so far, each with as much of its body as came.
    pub fn broken(&self) -> Vec<Request> {
        self.served.broken.lock().map(|broken| broken.clone()).unwrap_or_default()
    }

    /// Waits until so many requests that meet a condition came; those.
    pub async fn saw(
        &self,
        count: usize,
        wanted: impl Fn(&Request) -> bool,
    ) -> Result<Vec<Request>> {
        until(&format!("{count} requests"), Duration::from_mins(3), async || {
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

impl Served {
    /// Answers one request, or breaks it off, and hangs up.
    async fn serve(&self, stream: TcpStream) -> Result<()> {
        let mut stream = BufReader::new(stream);
        let mut request = read_head(&mut stream).await?;
        let len = request.header("content-length").parse().unwrap_or(0);
        let breaks = {
            let broken = self.broken.lock().ok().context("a test failed")?;
            (self.breaks)(&request, broken.len())
        };
        request.body = vec![0; breaks.unwrap_or(len)];
        stream.read_exact(&mut request.body).await?;
        if breaks.is_some() {
            self.broken.lock().ok().context("a test failed")?.push(request);
            // Not the end of a connection, which could be taken for one: its reset.
            return Ok(stream.into_inner().set_zero_linger()?);
        }
        let before = {
            let mut seen = self.seen.lock().ok().context("a test failed")?;
            seen.push(request.clone());
            seen.len() - 1
        };
        match (self.reply)(&request, before) {
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
                pour(&mut stream, &[b'x'; 4096], &self.poured).await;
            }
            Reply::EndlessHeaders => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                pour(&mut stream, b"X-More: and more, and more, and more\r\n", &self.poured).await;
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
}

/// Sends the same again and again, as long as it is taken.
async fn pour(stream: &mut BufReader<TcpStream>, bytes: &[u8], poured: &AtomicU64) {
    while stream.write_all(bytes).await.is_ok() {
        poured.fetch_add(bytes.len() as u64, Ordering::SeqCst);
    }
}

/// Reads a request up to its body.
async fn read_head(stream: &mut BufReader<TcpStream>) -> Result<Request> {
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
    Ok(Request { method, path, headers, body: Vec::new() })
}
