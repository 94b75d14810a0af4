//! A plugin's process apart from everything: an environment of its own, its folder to read, one folder to
//! write, limits, no network, and its own user where the worker is root.
//!
//! `bwrap` does that. Where there is none, or the system does not let it, limits and the user are all
//! there is, unless the operator wants no less. The process has what the host says on descriptor 3 and answers on
//! 4; what it prints goes to the log. A shell puts them there, before anything else of it runs.
//!
//! A plugin that may reach some hosts has a network with nothing in it but a proxy, which is the worker's. One that nobody
//! trusts has none, and is run by this program.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::process::Command;

use super::desk::TEMPORARY;
use super::error::PluginError;
use super::manifest::{Entry, Plugin};
use super::places::{GATE, INSIDE, Places, WASM};
use super::settings::Plugins;
use super::way::Way;

/// Where programs are.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Puts standard input and output on descriptors 3 and 4, and what is printed to standard error.
const DESCRIPTORS: &str = "exec 3<&0 4>&1 0</dev/null 1>&2; exec \"$@\"";

/// Puts the socket by which the way to allowed hosts is handed over on standard input, where the program that does it
/// looks for it.
const TO_GATE: &str = "exec 0<&3; exec \"$@\"";

/// How much address space Ruby as WebAssembly has besides its memory (16 GiB). Its code takes some of it; most is set aside
/// and never used.
const WASM_ROOM: u64 = 16 << 30;

/// How many threads what runs Ruby as WebAssembly has, and what compiles it where that was not done: otherwise one for each
/// processor of the machine, which may be more than `processes`.
const THREADS: [(&str, &str); 2] = [("TOKIO_WORKER_THREADS", "1"), ("RAYON_NUM_THREADS", "4")];

/// The first of the users that processes of plugins run as: nobody else has them.
const FIRST_USER: u32 = 1_879_048_192;

/// How a process can be kept apart here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// By the rights of root, as a user that only this process has.
    Root,
    /// By what anybody may do.
    Anybody,
    /// Not; limits alone.
    Limits,
}

/// What of the network a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Nothing,
    /// A proxy.
    Hosts,
    /// What the worker has.
    Everything,
}

/// A process that may be started.
pub(super) struct Sandboxed {
    pub(super) command: Command,
    /// The work directory as the process sees it.
    pub(super) work: PathBuf,
    pub(super) way: Way,
}

/// The process of a plugin that writes to a folder.
pub(super) async fn sandboxed(
    plugins: &Plugins,
    plugin: &Plugin,
    work: &Path,
) -> Result<Sandboxed, PluginError> {
    let means = means(plugins.needs_sandbox).await?;
    let user = user();
    let places = match means {
        Means::Root | Means::Anybody => Places::inside(plugins, plugin),
        Means::Limits => Places::outside(plugins, plugin, work),
    };
    let is_wasm = plugin.entry == Entry::RubyWasm;
    let reach = match (plugins.allow_hosts.contains_key(&plugin.name), plugins.network) {
        _ if is_wasm => Reach::Nothing,
        (true, _) => Reach::Hosts,
        (false, true) => Reach::Everything,
        (false, false) => Reach::Nothing,
    };
    let mut all: Vec<OsString> = Vec::new();
    match means {
        Means::Root | Means::Anybody => {
            all.push("bwrap".into());
            all.extend(apart(means, reach));
            for (folder, seen) in
                [(&plugin.folder, &places.plugin), (&plugins.runtime, &places.runtime)]
            {
                let shown = [OsStr::new("--ro-bind-try"), folder.as_os_str(), seen.as_os_str()];
                all.extend(shown.map(OsString::from));
            }
            let written = [OsStr::new("--bind"), work.as_os_str(), OsStr::new(INSIDE)];
            all.extend(written.map(OsString::from));
            if reach == Reach::Hosts || is_wasm {
                let shown = [OsStr::new("--ro-bind"), plugins.program.as_os_str(), GATE.as_ref()];
                all.extend(shown.map(OsString::from));
            }
            if let (true, Some(folder)) = (is_wasm, plugins.ruby_wasm.parent()) {
                let shown = [OsStr::new("--ro-bind"), folder.as_os_str(), WASM.as_ref()];
                all.extend(shown.map(OsString::from));
            }
            all.extend(["--chdir", INSIDE, "--"].map(OsString::from));
            if reach == Reach::Hosts {
                let gate = ["/bin/sh", "-c", TO_GATE, "gate", GATE, "plugin-gate", "--"];
                all.extend(gate.map(OsString::from));
            }
        }
        Means::Limits => {}
    }
    let is_root = rustix::process::geteuid().is_root();
    all.push("setpriv".into());
    all.push("--no-new-privs".into());
    if means == Means::Limits {
        all.extend(["--pdeathsig", "KILL"].map(OsString::from));
    }
    if is_root && means != Means::Anybody {
        all.extend([format!("--reuid={user}"), format!("--regid={user}")].map(OsString::from));
        let bare = ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
        all.extend(bare.map(OsString::from));
    }
    let room = if is_wasm { WASM_ROOM } else { 0 };
    all.extend(limits(plugins, plugins.memory_bytes.saturating_add(room)).map(OsString::from));
    let home = places.work.clone();
    all.extend(places.program(plugins, plugin));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", DESCRIPTORS, "plugin"]).args(all);
    command.env_clear().envs([("PATH", PATH), ("LANG", "C.UTF-8")]);
    command.env("HOME", &home).env("TMPDIR", home.join(TEMPORARY)).current_dir(work);
    if is_wasm {
        command.envs(THREADS);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let way = match (reach, means) {
        (Reach::Nothing | Reach::Everything, _) => Ok(Way::Closed),
        (Reach::Hosts, Means::Root | Means::Anybody) => Way::own(&mut command),
        (Reach::Hosts, Means::Limits) => Way::shared(&mut command),
    };
    let unstarted = |cause| PluginError::Unstarted { name: plugin.name.clone(), cause };
    let way = way.map_err(unstarted)?;
    let work = if is_wasm { INSIDE.into() } else { home };
    Ok(Sandboxed { command, work, way })
}

/// What `bwrap` is told of everything but the plugin's own.
fn apart(means: Means, reach: Reach) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    let mut say = |words: &[&str]| all.extend(words.iter().map(OsString::from));
    say(&["--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc"]);
    say(&["--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL"]);
    match means {
        // To become somebody else; it has none of them afterwards.
        Means::Root => {
            for capability in ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"] {
                say(&["--cap-add", capability]);
            }
        }
        Means::Anybody | Means::Limits => say(&["--unshare-user"]),
    }
    say(&["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"]);
    // A folder that is made for what lies in it would be closed to others.
    say(&["--dir", "/plugins", "--dir", "/run"]);
    // What is temporary takes disk, and no memory that nobody limits.
    say(&["--symlink", "work/.tmp", "/tmp"]);
    for folder in ["/bin", "/sbin", "/lib", "/lib64"] {
        match Path::new(folder).read_link() {
            Ok(link) => say(&["--symlink", &link.to_string_lossy(), folder]),
            Err(_) => say(&["--ro-bind-try", folder, folder]),
        }
    }
    for file in ["/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/var/lib/gems"] {
        say(&["--ro-bind-try", file, file]);
    }
    if reach != Reach::Nothing {
        say(&["--ro-bind-try", "/etc/ssl", "/etc/ssl"]);
    }
    if reach == Reach::Everything {
        for file in ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"] {
            say(&["--ro-bind-try", file, file]);
        }
    } else {
        say(&["--unshare-net"]);
    }
    all
}

/// The limits, of a process and of what it starts.
fn limits(plugins: &Plugins, address_space: u64) -> [String; 8] {
    [
        "prlimit".to_owned(),
        "--core=0".to_owned(),
        format!("--as={address_space}"),
        // At the soft limit it is told what it ends of; one that does not listen is killed.
        format!("--cpu={}:{}", plugins.cpu_seconds, plugins.cpu_seconds.saturating_add(5)),
        format!("--nofile={}", plugins.open_files),
        format!("--nproc={}", plugins.processes),
        "--memlock=0".to_owned(),
        "--".to_owned(),
    ]
}

/// A user for a process. One that has ended may have had it before, long ago.
fn user() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own = (std::process::id() & 0xffff) << 8;
    FIRST_USER + own + (NEXT.fetch_add(1, Ordering::Relaxed) & 0xff)
}

/// How processes can be kept apart here. Tried until it was so once: what is in the way may pass.
async fn means(needs_sandbox: bool) -> Result<Means, PluginError> {
    static FOUND: OnceLock<Means> = OnceLock::new();
    if let Some(means) = FOUND.get() {
        return Ok(*means);
    }
    let mut why = String::new();
    let is_root = rustix::process::geteuid().is_root();
    for means in [Means::Root, Means::Anybody] {
        if means == Means::Root && !is_root {
            continue;
        }
        let mut command = Command::new("bwrap");
        command.args(apart(means, Reach::Nothing)).args(["--", "/usr/bin/true"]);
        match tried_out(&mut command).await {
            Ok(()) => return Ok(*FOUND.get_or_init(|| means)),
            Err(told) => why = told,
        }
    }
    if needs_sandbox {
        return Err(PluginError::NoSandbox { why });
    }
    tracing::warn!(why, "plugins are kept apart by limits alone");
    Ok(Means::Limits)
}

/// Whether a command succeeds; what it complains about otherwise.
async fn tried_out(command: &mut Command) -> Result<(), String> {
    let command = command.env_clear().env("PATH", PATH).stdin(Stdio::null()).kill_on_drop(true);
    match command.output().await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            Err(complaint.lines().next().unwrap_or("bwrap fails").to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tempfile::TempDir;

    use super::*;
    use crate::plugin::hosts::AllowedHosts;

    #[tokio::test]
    async fn what_nobody_trusts_has_no_network_and_the_same_threads_on_any_machine() {
        let root = TempDir::new().unwrap();
        let (folder, name) = (root.path().to_owned(), "p".to_owned());
        let hosts = AllowedHosts::new(&["api.example.org".to_owned()]).unwrap();
        let allow_hosts = BTreeMap::from([(name.clone(), hosts)]);
        let settings = Plugins { network: true, allow_hosts, ..Plugins::none() };
        let plugin = Plugin { folder, name, entry: Entry::RubyWasm };
        let Sandboxed { command, work, way } =
            sandboxed(&settings, &plugin, root.path()).await.unwrap();
        assert!(matches!(way, Way::Closed));
        assert_eq!(work, Path::new(INSIDE));
        let words: Vec<_> = command.as_std().get_args().collect();
        let has = |word: &str| words.contains(&OsStr::new(word));
        assert_eq!(has("bwrap"), has("--unshare-net"));
        let threads = (OsStr::new("TOKIO_WORKER_THREADS"), Some(OsStr::new("1")));
        assert!(command.as_std().get_envs().any(|variable| variable == threads));
    }
}
