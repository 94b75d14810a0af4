//! As much of an OpenTelemetry collector as takes spans in: OTLP over HTTP, names and trace ids.

use std::collections::{BTreeMap, BTreeSet};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// A span, as it is told apart here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) name: String,
    /// The trace that it belongs to.
    pub(crate) trace: Vec<u8>,
    pub(crate) id: Vec<u8>,
    /// The span that it is part of; empty where it is the first one.
    pub(crate) parent: Vec<u8>,
    /// The spans of other traces that it has to do with.
    pub(crate) links: Vec<Vec<u8>>,
    /// What OpenTelemetry has names for, by these names.
    pub(crate) texts: BTreeMap<String, String>,
}

/// Listens until it is dropped.
pub(crate) struct Collector {
    /// `http://host:port`.
    pub(crate) endpoint: String,
    received: Receiver<Vec<u8>>,
    listening: JoinHandle<()>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = channel(1000);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(requests(stream, sender.clone()));
            }
        });
        Self { endpoint, received, listening }
    }

    /// Every span that came so far.
    pub(crate) fn spans(&mut self) -> BTreeSet<Span> {
        let mut spans = BTreeSet::new();
        while let Ok(request) = self.received.try_recv() {
            // ExportTraceServiceRequest.resource_spans.scope_spans.spans, by their numbers:
            // https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
            for resource in fields(&request, 1) {
                for scope in fields(resource, 2) {
                    spans.extend(fields(scope, 2).into_iter().map(span));
                }
            }
        }
        spans
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Takes the requests of one connection.
async fn requests(stream: TcpStream, bodies: Sender<Vec<u8>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut len = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                len = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; len];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        bodies.send(body).await.unwrap();
        let answer =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        stream.get_mut().write_all(answer).await.unwrap();
    }
}

fn span(bytes: &[u8]) -> Span {
    Span {
        name: text(bytes, 5),
        trace: first(bytes, 1).to_vec(),
        id: first(bytes, 2).to_vec(),
        parent: first(bytes, 4).to_vec(),
        // Span.links, Link.span_id
        links: fields(bytes, 13).into_iter().map(|it| first(it, 2).to_vec()).collect(),
        // KeyValue.key, KeyValue.value.string_value
        texts: fields(bytes, 9)
            .into_iter()
            .map(|it| (text(it, 1), text(first(it, 2), 1)))
            .collect(),
    }
}

fn first(message: &[u8], number: u64) -> &[u8] {
    fields(message, number).first().copied().unwrap_or_default()
}

fn text(message: &[u8], number: u64) -> String {
    String::from_utf8(first(message, number).to_vec()).unwrap()
}

/// The fields of a protobuf message that have a number and a length:
/// <https://protobuf.dev/programming-guides/encoding/>
fn fields(mut message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = number(&mut message);
        let len = match tag & 7 {
            0 => {
                number(&mut message);
                continue;
            }
            1 => 8,
            2 => usize::try_from(number(&mut message)).unwrap(),
            5 => 4,
            kind => panic!("no message has fields of kind {kind}"),
        };
        let (field, rest) = message.split_at(len);
        message = rest;
        if tag & 7 == 2 && tag >> 3 == wanted {
            found.push(field);
        }
    }
    found
}

/// A number of variable length.
fn number(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}
