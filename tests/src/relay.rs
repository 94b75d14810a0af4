//! A connection that comes to a halt in the middle of what is sent, at a byte that the test chooses, or that
//! passes answers on with another byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

/// How long it may take until as much was sent as may be.
const DEADLINE: Duration = Duration::from_mins(3);

/// Stands before a server, and passes on what is sent to it up to a number of bytes; then all
/// connections hang until [`Relay::go_on`]. Answers pass at all times, as they are unless it lies.
pub struct Relay {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    state: Arc<State>,
}

struct State {
    server: String,
    most: u64,
    /// What is not answered as it is; empty for nothing.
    altered: String,
    passed: AtomicU64,
    hangs: watch::Sender<bool>,
    goes_on: watch::Sender<bool>,
}

impl Relay {
    /// Starts one before `server`, such as `127.0.0.1:80`, which is sent `most` bytes.
    pub async fn start(server: &str, most: u64) -> Result<Self> {
        Self::before(server, most, "").await
    }

    /// Starts one that lets everything pass, but the last byte of this text in answers is another.
    pub async fn lying(server: &str, text: &str) -> Result<Self> {
        Self::before(server, u64::MAX, text).await
    }

    async fn before(server: &str, most: u64, altered: &str) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            server: server.to_owned(),
            most,
            altered: altered.to_owned(),
            passed: AtomicU64::new(0),
            hangs: watch::Sender::new(false),
            goes_on: watch::Sender::new(false),
        });
        let kept = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&kept);
                // Whoever hangs up early is no matter of the relay's.
                tokio::spawn(async move { state.relay(client).await });
            }
        });
        Ok(Self { port, state })
    }

    /// Waits until nothing passes any more.
    pub async fn hangs(&self) -> Result<()> {
        let mut hangs = self.state.hangs.subscribe();
        match tokio::time::timeout(DEADLINE, hangs.wait_for(|hangs| *hangs)).await {
            Ok(hung) => Ok(hung.map(drop)?),
            Err(_) => bail!("{} bytes were sent within {DEADLINE:?}", self.passed()),
        }
    }

    /// Breaks the connections that hang, and passes on whatever comes by others.
    pub fn go_on(&self) {
        self.state.goes_on.send_replace(true);
    }

    /// How many bytes were passed on to the server.
    pub fn passed(&self) -> u64 {
        self.state.passed.load(Ordering::SeqCst)
    }
}

impl State {
    async fn relay(&self, client: TcpStream) -> Result<()> {
        let server = TcpStream::connect(&self.server).await.context("no server")?;
        let (answers, requests) = server.into_split();
        let (sent, answered) = client.into_split();
        tokio::select! {
            passed = self.pass(sent, requests) => passed,
            answered = self.answer(answers, answered) => answered,
        }
    }

    async fn answer(&self, mut answers: OwnedReadHalf, mut answered: OwnedWriteHalf) -> Result<()> {
        let (mut chunk, mut seen) = (vec![0; 16 << 10], 0);
        loop {
            let len = answers.read(&mut chunk).await?;
            if len == 0 {
                return Ok(());
            }
            for byte in &mut chunk[..len] {
                seen = alter(byte, self.altered.as_bytes(), seen);
            }
            answered.write_all(&chunk[..len]).await?;
        }
    }

    async fn pass(&self, mut sent: OwnedReadHalf, mut requests: OwnedWriteHalf) -> Result<()> {
        let mut goes_on = self.goes_on.subscribe();
        let mut chunk = vec![0; 16 << 10];
        loop {
            let len = sent.read(&mut chunk).await?;
            if len == 0 {
                return Ok(());
            }
            let before = self.passed.fetch_add(len as u64, Ordering::SeqCst);
            if before + len as u64 > self.most && !*goes_on.borrow() {
                self.passed.fetch_sub(len as u64, Ordering::SeqCst);
                self.hangs.send_replace(true);
                goes_on.wait_for(|goes_on| *goes_on).await?;
                return Ok(());
            }
            requests.write_all(&chunk[..len]).await?;
        }
    }
}

/// Changes a byte that ends a text whose first bytes were `seen` before it; how many of them are now. No
/// text is looked for whose beginning comes again within it.
fn alter(byte: &mut u8, text: &[u8], seen: usize) -> usize {
    match text.get(seen) {
        Some(next) if next == byte && seen + 1 == text.len() => {
            *byte ^= 1;
            0
        }
        Some(next) if next == byte => seen + 1,
        _ => usize::from(text.first() == Some(byte)),
    }
}
