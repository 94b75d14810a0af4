//! As much of an OpenTelemetry collector as takes spans in: OTLP over HTTP, names and trace ids.

use std::collections::BTreeSet;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// A span, as it is told apart here: its name and its trace.
pub(crate) type Span = (String, Vec<u8>);

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
    let text = |number| fields(bytes, number).first().map(|text| text.to_vec()).unwrap_or_default();
    (String::from_utf8(text(5)).unwrap(), text(1))
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
