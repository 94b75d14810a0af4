//! Ruby as WebAssembly, for plugins that nobody trusts. The process of such a plugin is this program; what is Ruby in it has
//! no system call, but the folders that it is shown, the lines of the host, and a clock.
//!
//! It has a memory and an amount of work (fuel) that it cannot exceed, no network, no threads and no other programs. It
//! runs within the sandbox of all other plugins, so that a hole in one is none in both. Signs of life are given here,
//! for it has no thread that could.

mod code;
mod pages;
mod ruby;
mod voice;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use wasmtime::{Result, Trap};
use wasmtime_wasi::cli::{InputFile, OutputFile};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

use self::ruby::{Limits, Ruby};
use self::voice::Voice;
use super::desk::TEMPORARY;
use super::places::INSIDE;

/// Loads the runtime, which ends the process; what it cannot say to the host is printed.
const SCRIPT: &str = "begin; load '/runtime/exe/longshore-plugin-wasm'; \
                      rescue Exception => error; warn(error.full_message(highlight: false)); end; exit!(70)";

/// What a plugin is that runs so, and what it may take.
#[derive(Debug, Clone)]
pub struct Untrusted {
    /// Ruby, as a module of WebAssembly; compiled, it is beside that.
    pub module: PathBuf,
    /// The runtime for Ruby: the folder with `exe` and `lib`.
    pub runtime: PathBuf,
    /// The plugin's folder.
    pub folder: PathBuf,
    /// Where it may write.
    pub work: PathBuf,
    /// Most memory, in bytes.
    pub memory_bytes: u64,
    /// How much it may do, in instructions of WebAssembly, more or less.
    pub fuel: u64,
}

/// Runs a plugin, with the host on standard input and output. Returns how it ended.
pub fn run_untrusted(untrusted: &Untrusted) -> ExitCode {
    let ended = Ends::standard().map_err(Into::into).and_then(|ends| untrusted.run(ends));
    ended.map_or_else(|error| failed(&error), ExitCode::from)
}

/// Compiles a module of Ruby for this machine, where processes of plugins find it.
pub fn compile_ruby(module: &Path) -> ExitCode {
    match code::compiled(module) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &wasmtime::Error) -> ExitCode {
    // Who would be told is gone where this fails.
    let _told = writeln!(io::stderr(), "Ruby as WebAssembly: {error:#}");
    ExitCode::FAILURE
}

/// Where the host is, and where goes what is printed.
#[derive(Debug)]
struct Ends {
    from_host: File,
    to_host: File,
    printed: File,
}

impl Ends {
    fn standard() -> io::Result<Self> {
        Ok(Self {
            from_host: io::stdin().as_fd().try_clone_to_owned()?.into(),
            to_host: io::stdout().as_fd().try_clone_to_owned()?.into(),
            printed: io::stderr().as_fd().try_clone_to_owned()?.into(),
        })
    }
}

impl Untrusted {
    /// Runs it to its end, and says to the host why where it could not do that itself.
    fn run(&self, ends: Ends) -> Result<u8> {
        let (voice, spoken) = Voice::begin(ends.to_host)?;
        let limits = Limits { memory_bytes: self.memory_bytes, fuel: self.fuel };
        let seen = self.seen();
        let ran = code::module(&self.module, &ends.printed).and_then(|module| {
            let wasi = self.wasi(&seen, ends.from_host, spoken, ends.printed)?;
            Ruby::begin(&module, wasi, limits)?.run(&seen, SCRIPT)
        });
        // Ruby is gone, and with it the other end of what it says.
        let Err(error) = ran else {
            voice.end(None)?;
            return Ok(0);
        };
        if let Some(I32Exit(code)) = error.downcast_ref() {
            voice.end(None)?;
            return Ok(u8::try_from(*code).unwrap_or(u8::MAX));
        }
        let done = json!({"ev": "done", "status": "errored", "error": why(&error)});
        voice.end(Some(&done.to_string()))?;
        Ok(0)
    }

    /// The plugin's folder as it sees it.
    fn seen(&self) -> String {
        let name = self.folder.file_name().unwrap_or_else(|| "plugin".as_ref());
        format!("/plugins/{}", name.to_string_lossy())
    }

    fn wasi(&self, seen: &str, from_host: File, spoken: File, printed: File) -> Result<WasiP1Ctx> {
        let temporary = self.work.join(TEMPORARY);
        // Ruby asks for each folder above one that it is to resolve.
        let above = temporary.join("above");
        fs::create_dir_all(&above)?;
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(true);
        wasi.stdin(InputFile::new(from_host));
        wasi.stdout(OutputFile::new(spoken)).stderr(OutputFile::new(printed));
        let inside = Path::new(INSIDE).join(TEMPORARY);
        wasi.env("HOME", INSIDE).env("TMPDIR", inside.to_string_lossy()).env("LANG", "C.UTF-8");
        wasi.preopened_dir(&self.work, INSIDE, FsPerms::ReadWrite)?;
        wasi.preopened_dir(&temporary, "/tmp", FsPerms::ReadWrite)?;
        wasi.preopened_dir(&self.runtime, "/runtime", FsPerms::ReadOnly)?;
        wasi.preopened_dir(&above, "/plugins", FsPerms::ReadOnly)?;
        wasi.preopened_dir(&self.folder, seen, FsPerms::ReadOnly)?;
        Ok(wasi.build_p1())
    }
}

/// Why Ruby came to an end that it did not choose.
fn why(error: &wasmtime::Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => "it has done all that it may do: [plugins] fuel".to_owned(),
        Some(trap) => format!("Ruby as WebAssembly was ended: {trap}"),
        None => format!("Ruby as WebAssembly does not run: {error:#}"),
    }
}
