//! A plugin's process: started, spoken to, listened to, and gone with whoever started it.
//!
//! Lines are written, read and logged by tasks of their own: neither side may wait for the other to read
//! while it writes.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::error::PluginError;
use super::gate;
use super::journal::Journal;
use super::lines::{Cut, next_line};
use super::manifest::Plugin;
use super::proxy::Proxy;
use super::sandbox::{Sandboxed, sandboxed};
use super::settings::Plugins;
use super::way::Way;
use super::wire::{self, Line};

/// Longest line that is read of a plugin (1 MiB): it asks for things, and is not asked for any.
const LINE_BYTES: usize = 1 << 20;

/// Most characters that are told of a line that is not in the protocol.
const SAID_CHARS: usize = 200;

/// How much is kept of a line that it prints.
const PRINTED_BYTES: usize = 4 << 10;

/// Lines that may wait in either direction.
const WAITING: usize = 16;

/// How long a process may take to end by itself, and its pipes to be read to their end.
const ENDING: Duration = Duration::from_secs(2);

/// How long a process may take to open its way to the hosts that it may reach, on a machine that has much to do.
const OPENING: Duration = Duration::from_mins(1);

/// A process.
pub(super) struct Process {
    name: String,
    child: Child,
    group: Option<Pid>,
    /// What it says; nothing once it has closed its pipe.
    lines: mpsc::Receiver<Result<Line, String>>,
    /// What it is told.
    told: mpsc::Sender<Vec<u8>>,
    tasks: JoinSet<()>,
    /// Lets it through to the hosts that it may reach.
    _proxy: Option<AbortOnDropHandle<()>>,
    /// The work directory as it sees it.
    pub(super) work: PathBuf,
}

impl Process {
    /// Starts a plugin that writes to a folder.
    pub(super) async fn start(
        plugins: &Plugins,
        plugin: &Plugin,
        work: &Path,
        journal: &Arc<Journal>,
    ) -> Result<Self, PluginError> {
        let unstarted = |cause| PluginError::Unstarted { name: plugin.name.clone(), cause };
        let Sandboxed { mut command, work, way } = sandboxed(plugins, plugin, work).await?;
        let mut child = command.spawn().map_err(unstarted)?;
        // It holds the other end of the way, whose end tells that the process is gone.
        drop(command);
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (Some(output), Some(printed)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(unstarted(io::Error::other("a process without its pipes")));
        };
        let mut tasks = JoinSet::new();
        let (told, telling) = mpsc::channel(WAITING);
        let (heard, lines) = mpsc::channel(WAITING);
        tasks.spawn(hear(output, heard, Arc::clone(journal)));
        tasks.spawn(log(printed, Arc::clone(journal)));
        let (input, listener) = opened(way, child.stdin.take()).await.map_err(unstarted)?;
        tasks.spawn(tell(input, telling));
        let allowed = plugins.allow_hosts.get(&plugin.name).cloned().unwrap_or_default();
        let proxy = Proxy { allowed, journal: Arc::clone(journal) };
        let proxy = listener.map(|listener| tokio::spawn(proxy.serve(listener)));
        let (name, proxy) = (plugin.name.clone(), proxy.map(AbortOnDropHandle::new));
        Ok(Self { name, child, group, lines, told, tasks, _proxy: proxy, work })
    }

    /// What it is told.
    pub(super) fn told(&self) -> mpsc::Sender<Vec<u8>> {
        self.told.clone()
    }

    /// The next line that it says; nothing once it has closed its pipe. Nothing is lost where it is dropped.
    pub(super) async fn next(&mut self) -> Option<Result<Line, PluginError>> {
        let name = &self.name;
        let misspoken = |why| PluginError::Misspoken { name: name.clone(), why };
        self.lines.recv().await.map(|line| line.map_err(misspoken))
    }

    /// Ends it, and everything that it has started. How it ended where it did so by itself.
    pub(super) async fn end(mut self) -> Option<ExitStatus> {
        // Where nobody reads, it is told nothing more.
        let _told = self.told.try_send(wire::quit());
        let (closed, _) = mpsc::channel(1);
        self.told = closed;
        let ended = tokio::time::timeout(ENDING, self.child.wait()).await;
        let status = ended.ok().and_then(Result::ok);
        self.lines.close();
        self.kill();
        if status.is_none() {
            // It is reaped once the runtime gets to it where it cannot be now.
            let _reaped = self.child.wait().await;
        }
        let drained = async { while self.tasks.join_next().await.is_some() {} };
        // A process that left its group may hold the pipes; nobody listens to it.
        let _drained = tokio::time::timeout(ENDING, drained).await;
        status
    }

    fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            // Nobody of it may be left.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, as people are told.
pub(super) fn how(status: Option<ExitStatus>) -> String {
    status.map_or_else(
        || "it closed its pipes, and went on".to_owned(),
        |status| match status.code() {
            // What a shell, and `bwrap`, say of a process that a signal ended.
            Some(code @ 129..=192) => match code - 128 {
                24 => "it took more processor time than it may".to_owned(),
                signal => format!("signal {signal}"),
            },
            Some(_) | None => status.to_string(),
        },
    )
}

/// Where it is told something, and where its proxy is to listen.
async fn opened(
    way: Way,
    input: Option<ChildStdin>,
) -> io::Result<(Box<dyn AsyncWrite + Send + Unpin>, Option<TcpListener>)> {
    let piped = || input.ok_or_else(|| io::Error::other("a process without its pipes"));
    let (told, listener): (Box<dyn AsyncWrite + Send + Unpin>, _) = match way {
        Way::Closed => (Box::new(piped()?), None),
        Way::Shared(listener) => (Box::new(piped()?), Some(listener)),
        Way::Own(socket) => {
            let listener = tokio::time::timeout(OPENING, gate::handed(&socket)).await??;
            (Box::new(socket), Some(listener))
        }
    };
    Ok((told, listener))
}

async fn tell(mut input: impl AsyncWrite + Unpin, mut telling: mpsc::Receiver<Vec<u8>>) {
    while let Some(line) = telling.recv().await {
        // Who does not listen any more says so by ending.
        if input.write_all(&line).await.is_err() || input.flush().await.is_err() {
            break;
        }
    }
}

async fn hear(
    output: impl AsyncRead + Unpin,
    heard: mpsc::Sender<Result<Line, String>>,
    journal: Arc<Journal>,
) {
    let mut output = BufReader::new(output);
    while let Ok(Some(Cut { text, is_cut })) = next_line(&mut output, LINE_BYTES).await {
        let line = if is_cut {
            Err(format!("a line has more than {LINE_BYTES} bytes"))
        } else {
            match wire::read(&text) {
                // Logged here, so that a flood of it is no work for anybody else.
                Ok(Line::Event(wire::Event::Log { level, message })) => {
                    journal.log(level, &message);
                    Ok(Line::Event(wire::Event::Log { level, message: String::new() }))
                }
                Ok(line) => Ok(line),
                Err(error) => {
                    let said = journal.plain(&String::from_utf8_lossy(&text));
                    let said: String = said.chars().take(SAID_CHARS).collect();
                    Err(format!("{}: {said}", journal.plain(&error.to_string())))
                }
            }
        };
        if heard.send(line).await.is_err() {
            break;
        }
    }
}

async fn log(printed: impl AsyncRead + Unpin, journal: Arc<Journal>) {
    let mut printed = BufReader::new(printed);
    while let Ok(Some(line)) = next_line(&mut printed, PRINTED_BYTES).await {
        journal.printed(&line.text);
    }
}
