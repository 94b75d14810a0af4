//! What a plugin says to the host, in whole lines, and signs of life between them: it has no thread of its own for those.

use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the host wants a sign of life.
const EVERY: Duration = Duration::from_secs(5);

/// Longest line that is held here; the host takes none that is longer.
const LINE_BYTES: u64 = (1 << 20) + 1;

/// The way to the host.
pub(super) struct Voice {
    relaying: JoinHandle<()>,
    beating: JoinHandle<()>,
    /// Signs of life are given until this is gone.
    alive: Sender<()>,
    to_host: Arc<Mutex<File>>,
}

impl Voice {
    /// Begins to speak, and gives what the plugin says things to.
    pub(super) fn begin(to_host: File) -> io::Result<(Self, File)> {
        let (said, saying) = io::pipe()?;
        let (alive, gone) = mpsc::channel();
        let to_host = Arc::new(Mutex::new(to_host));
        let (relayed, beaten) = (Arc::clone(&to_host), Arc::clone(&to_host));
        let relaying = std::thread::spawn(move || relay(said, &relayed));
        let beating = std::thread::spawn(move || {
            while gone.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                if write(&beaten, b"{\"ev\":\"alive\"}\n").is_err() {
                    break;
                }
            }
        });
        let saying = File::from(OwnedFd::from(saying));
        Ok((Self { relaying, beating, alive, to_host }, saying))
    }

    /// Waits until all is told that the plugin has said, once what it said things to is gone, and says the last line.
    pub(super) fn end(self, last: Option<&str>) -> io::Result<()> {
        let Self { relaying, beating, alive, to_host } = self;
        drop(alive);
        for thread in [relaying, beating] {
            thread.join().expect("neither thread panics");
        }
        last.map_or(Ok(()), |last| write(&to_host, format!("{last}\n").as_bytes()))
    }
}

/// Passes lines on. One that is not finished at the end is none, and one that is too long is passed on in pieces, which
/// the host sees.
fn relay(said: PipeReader, to_host: &Mutex<File>) {
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    while let Ok(len) = said.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
        let is_whole = line.ends_with(b"\n") || len as u64 == LINE_BYTES;
        // Once nobody reads, the plugin finds its end of this closed.
        if !is_whole || write(to_host, &line).is_err() {
            break;
        }
        line.clear();
    }
}

fn write(to_host: &Mutex<File>, line: &[u8]) -> io::Result<()> {
    to_host.lock().unwrap_or_else(PoisonError::into_inner).write_all(line)
}
