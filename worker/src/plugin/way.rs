//! Where the proxy of a plugin listens that may reach some hosts, and how the plugin finds it: by the variables
//! that most programs know.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use tokio::net::{TcpListener, UnixStream};
use tokio::process::Command;

use super::gate;

/// The variables by which programs find a proxy.
const VARIABLES: [&str; 4] = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"];

/// Where the proxy is to listen.
pub(super) enum Way {
    /// Nowhere: there is none.
    Closed,
    /// Where the process says over this socket, by which it is told things too: in a network of its own.
    Own(UnixStream),
    /// Here, beside everything else: the process has the network of the worker.
    Shared(TcpListener),
}

impl Way {
    /// For a process in a network of its own.
    pub(super) fn own(command: &mut Command) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        command.stdin(OwnedFd::from(theirs));
        lead(command, gate::PORT);
        Ok(Self::Own(UnixStream::from_std(ours)?))
    }

    /// For a process in the network of the worker.
    pub(super) fn shared(command: &mut Command) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        lead(command, listener.local_addr()?.port());
        Ok(Self::Shared(TcpListener::from_std(listener)?))
    }
}

fn lead(command: &mut Command, port: u16) {
    for variable in VARIABLES {
        command.env(variable, format!("http://127.0.0.1:{port}"));
    }
}
