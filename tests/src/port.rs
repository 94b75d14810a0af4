//! Ports for servers that a test starts.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};
use uuid::Uuid;

/// A port between 20000 and 30000 on which nobody listens on 127.0.0.1.
///
/// Above 32768 the kernel hands ports to clients, and one may take it before the server binds it. Below
/// 20000 are the servers of `tests/setup`. In between only another test could, which starts its search
/// elsewhere.
pub fn free_port() -> Result<u16> {
    // The last bytes of a UUIDv7 are random.
    let [.., high, low] = Uuid::now_v7().into_bytes();
    let start = u16::from_be_bytes([high, low]) % 10_000;
    (0..10_000)
        .map(|step| 20_000 + (start + step) % 10_000)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .context("no port between 20000 and 30000 is free")
}
