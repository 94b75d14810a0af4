//! The way out of a network in which there is nothing else: a listener that the process opens in there, before it
//! becomes the plugin, and hands to the worker, which answers it from outside.
//!
//! It goes over the socket by which the host's lines come afterwards, which is standard input until then.
//! Nothing of this stays with the plugin.

use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use tokio::io::Interest;
use tokio::net::{TcpListener, UnixStream};

/// Where the plugin finds the listener: nobody else is in its network.
pub(super) const PORT: u16 = 3128;

/// Opens the listener, hands it over standard input, and becomes the program, which has none. Returns where that fails.
pub fn plugin_gate(program: &[OsString]) -> ExitCode {
    let Some((name, arguments)) = program.split_first() else { return ExitCode::FAILURE };
    let error = match hand_over(io::stdin(), PORT) {
        Ok(()) => Command::new(name).args(arguments).stdin(Stdio::null()).exec(),
        Err(error) => error,
    };
    // Who would be told is gone where this fails.
    let _told = writeln!(io::stderr(), "the gate of a plugin: {error}");
    ExitCode::FAILURE
}

fn hand_over(socket: impl AsFd, port: u16) -> io::Result<()> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let handed = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&handed)) {
        return Err(io::Error::other("a listener has no room in a message"));
    }
    sendmsg(socket, &[IoSlice::new(b"\n")], &mut control, SendFlags::empty())?;
    Ok(())
}

/// The listener that a process hands over. Nothing of what comes behind it is taken where this is dropped.
pub(super) async fn handed(socket: &UnixStream) -> io::Result<TcpListener> {
    loop {
        socket.readable().await?;
        match socket.try_io(Interest::READABLE, || receive(socket)) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return TcpListener::from_std(listener);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn receive(socket: impl AsFd) -> io::Result<std::net::TcpListener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    recvmsg(socket, &mut bytes, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(mut handed) = message
            && let Some(listener) = handed.next()
        {
            return Ok(listener.into());
        }
    }
    Err(io::Error::other("the process ended before it opened its way to the allowed hosts"))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_listener_that_is_handed_over_is_answered_here() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        hand_over(theirs, 0).unwrap();
        let listener = handed(&ours).await.unwrap();
        let connecting = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, connected) = tokio::join!(listener.accept(), connecting);
        assert_eq!(accepted.unwrap().1, connected.unwrap().local_addr().unwrap());
    }

    #[tokio::test]
    async fn a_process_that_ends_before_hands_nothing_over() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let error = handed(&ours).await.unwrap_err();
        assert!(error.to_string().contains("ended before"), "{error}");
    }
}
