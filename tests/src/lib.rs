//! What the tests of the whole stand on: real servers, the real binary, real archive readers.
//!
//! `./check` starts the servers once and tells their addresses by environment variables ([`mod@env`]);
//! tests share them without meeting ([`Namespace`]). A test that breaks a server starts one of its
//! own ([`Server`]). The tests themselves are in `tests/`, one binary.

pub mod env;
mod namespace;
mod wait;
mod port;
mod program;
mod descendant;
mod server;
mod backends;
mod fleet;
mod mail;
mod receiver;
mod relay;
mod site;
mod api;
mod reader;
// The same programs judge the archives of pack's own tests.
#[path = "../../pack/src/foreign/java.rs"]
mod java;
mod digest;
mod laid;
mod rsync_daemon;
mod ssh_server;
mod webdav;
mod certificate;
mod ftp;
mod tls_server;
mod easydb_server;
mod ermrest_server;
mod idah_signer;
mod idah_server;
mod workspace;
mod datasets;
mod plugins;
mod kubernetes_server;
mod cluster;

pub use self::api::{Answer, Api};
pub use self::backends::Backends;
pub use self::certificate::Certified;
pub use self::cluster::Cluster;
pub use self::datasets::write_datasets;
pub use self::descendant::descendant;
pub use self::digest::sha256;
pub use self::easydb_server::{EasydbServer, Mishap, Objects};
pub use self::ermrest_server::{
    Catalog, ErmrestRecording, ErmrestServer, Exchange, HatracObject, Trouble,
};
pub use self::fleet::{Fleet, binary};
pub use self::ftp::{FtpServer, Ftps};
pub use self::idah_server::{IDAH_TOKEN, IdahServer};
pub use self::idah_signer::IdahSigner;
pub use self::kubernetes_server::{CLUSTER_TOKEN, KubernetesServer};
pub use self::laid::laid;
pub use self::mail::{Letter, MailServer, Security};
pub use self::namespace::Namespace;
pub use self::plugins::plugins_section;
pub use self::port::free_port;
pub use self::program::Program;
pub use self::reader::{Entry, Reader, java_program};
pub use self::receiver::{Receiver, Reply, Request};
pub use self::relay::Relay;
pub use self::rsync_daemon::RsyncDaemon;
pub use self::server::{Kind, Server};
pub use self::site::Site;
pub use self::ssh_server::SshServer;
pub use self::tls_server::{Certificate, TlsServer};
pub use self::wait::until;
pub use self::webdav::WebdavServer;
pub use self::workspace::workspace;
