//! Where transports of the easydb dialect bring files: a server of each type.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{FtpServer, SshServer, WebdavServer};

/// The transports that bring files somewhere, by their types; the servers of all of them.
pub(super) struct Elsewhere {
    /// What they serve lies below, in a folder of each type.
    pub(super) folder: PathBuf,
    ftp: FtpServer,
    ssh: SshServer,
    webdav: WebdavServer,
}

impl Elsewhere {
    /// The types.
    pub(super) const KINDS: [&str; 4] = ["rsync", "ftp", "sftp", "webdav"];

    /// Starts the servers with their own files in a folder.
    pub(super) async fn start(folder: &Path) -> Self {
        let there = |kind: &str| {
            let there = folder.join("there").join(kind);
            fs::create_dir_all(&there).unwrap();
            there
        };
        there("rsync");
        Self {
            ftp: FtpServer::plain(folder, &there("ftp")).await.unwrap(),
            ssh: SshServer::start(folder, "restrict,command=\"internal-sftp\"").await.unwrap(),
            webdav: WebdavServer::start(folder, &there("webdav")).await.unwrap(),
            folder: there("sftp").parent().unwrap().to_owned(),
        }
    }

    /// The targets of a configuration.
    pub(super) fn targets(&self) -> String {
        let Self { folder, ftp, ssh, webdav } = self;
        let folder = folder.display();
        format!(
            "[targets.one]\nkind = \"rsync\"\nto = \"{folder}/rsync\"\n\
             [targets.two]\nkind = \"ftp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"export\"\n\
             password_file = \"{}\"\nsecurity = \"none\"\n\
             [targets.three]\nkind = \"sftp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\n\
             path = \"{folder}/sftp\"\nkey_file = \"{}\"\nknown_hosts_file = \"{}\"\n\
             [targets.four]\nkind = \"webdav\"\nurl = \"{}\"\nuser = \"export\"\npassword_file = \"{}\"\n",
            ftp.port,
            ftp.password_file.display(),
            ssh.port,
            ssh.user,
            ssh.key_file.display(),
            ssh.known_hosts_file.display(),
            webdav.url,
            webdav.password_file.display(),
        )
    }

    /// Where documents say that something goes: an address with a password that is nobody's.
    pub(super) fn options(&self, kind: &str, directory: &str) -> Value {
        let Self { folder, ftp, ssh, webdav } = self;
        let folder = folder.display();
        let secret = "CANARY-password";
        match kind {
            "rsync" => json!({"destination": format!("{folder}/rsync/{directory}")}),
            "ftp" => json!({"server": format!("ftp://export:{secret}@127.0.0.1:{}", ftp.port),
                "directory": directory}),
            "sftp" => json!({"server": format!("sftp://127.0.0.1:{}", ssh.port), "login": ssh.user,
                "password": secret, "directory": format!("{folder}/sftp/{directory}")}),
            _ => json!({"url": webdav.url.replace("://", &format!("://export:{secret}@")),
                "directory": directory, "pw:more": secret, "token:secret": secret}),
        }
    }
}
