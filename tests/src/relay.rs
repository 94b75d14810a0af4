//! A connection that comes to a halt in the middle of what is sent, at a byte that the test chooses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

/// How long it may take until as much was sent as may be.
const DEADLINE: Duration = Duration::from_mins(3);

/// Stands before a server, and passes on what is sent to it up to a number of bytes; then all
/// connections hang until [`Relay::go_on`]. Answers pass at all times.
pub struct Relay {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    state: Arc<State>,
}

struct State {
    server: String,
    most: u64,
    passed: AtomicU64,
    hangs: watch::Sender<bool>,
    goes_on: watch::Sender<bool>,
}

impl Relay {
    /// Starts one before `server`, such as `127.0.0.1:80`, which is sent `most` bytes.
    pub async fn start(server: &str, most: u64) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            server: server.to_owned(),
            most,
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
        let (mut answers, requests) = server.into_split();
        let (sent, mut answered) = client.into_split();
        tokio::select! {
            passed = self.pass(sent, requests) => passed,
            ended = copy(&mut answers, &mut answered) => Ok(ended.map(drop)?),
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
