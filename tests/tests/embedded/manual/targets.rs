//! The targets that examples name, other than buckets and receivers of HTTP: servers that put what they
//! are sent into folders.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tests::{FtpServer, RsyncDaemon, SshServer, WebdavServer};

use super::super::desk::Desk;
use super::block::block;
use super::here::Here;

/// The servers; they end with their values.
#[derive(Default)]
pub(super) struct Targets {
    /// The host by which examples name a server, and the folder that it fills.
    pub(super) folders: Vec<(&'static str, PathBuf)>,
    ssh: Vec<SshServer>,
    rsync: Option<RsyncDaemon>,
    webdav: Option<WebdavServer>,
    ftp: Option<FtpServer>,
}

impl Targets {
    /// Starts those that a text names.
    pub(super) async fn started(text: &str, desk: &Desk, here: &mut Here) -> Self {
        let mut targets = Self::default();
        if text.contains("\"type\": \"rsync\"") {
            targets.start_backup(desk, here).await;
            targets.start_offsite(desk, here).await;
            targets.start_mirror(desk, here).await;
        }
        if text.contains("\"type\": \"sftp\"") {
            targets.start_partner(desk, here).await;
        }
        if text.contains("\"type\": \"ftp\"") {
            targets.start_press(desk, here).await;
        }
        if text.contains("\"type\": \"webdav\"") {
            targets.start_cloud(desk, here).await;
        }
        targets
    }

    async fn start_backup(&mut self, desk: &Desk, here: &mut Here) {
        let server = ssh_server(desk, "backup", "restrict").await;
        let folder = desk.path("there/backup");
        let to = format!("{}@127.0.0.1:{}", server.user, folder.display());
        let said = "\"export@backup.example.org:/srv/exports\"";
        here.is(said, &format!("\"{to}\", \"port\": {}", server.port));
        self.folders.push(("backup.example.org", folder));
        self.ssh.push(server);
    }

    /// Takes what is sent, and nothing else: by the line of the operations manual.
    async fn start_offsite(&mut self, desk: &Desk, here: &mut Here) {
        let folder = desk.path("there/offsite");
        let line = block("operations.md", "Targets 2").text;
        let (rights, _) = line.split_once(" ssh-ed25519 ").unwrap();
        let rights = rights.replace("/srv/exports", &folder.display().to_string());
        let server = ssh_server(desk, "offsite", &rights).await;
        here.is("export@offsite.example.org", &format!("{}@127.0.0.1", server.user));
        here.is("port = 22022", &format!("port = {}", server.port));
        self.folders.push(("offsite.example.org", folder));
        self.ssh.push(server);
    }

    async fn start_partner(&mut self, desk: &Desk, here: &mut Here) {
        let server = ssh_server(desk, "partner", "restrict,command=\"internal-sftp\"").await;
        let folder = desk.path("there/partner");
        here.is("sftp.example.org", "127.0.0.1");
        here.either("port", "2222", &server.port.to_string());
        here.either("user", "\"exporter\"", &format!("{:?}", server.user));
        here.is("\"/upload\"", &format!("\"{}\"", folder.display()));
        self.folders.push(("sftp.example.org", folder));
        self.ssh.push(server);
    }

    async fn start_mirror(&mut self, desk: &Desk, here: &mut Here) {
        let folder = desk.path("there/mirror");
        let server = RsyncDaemon::start(&own_folder(desk, "rsyncd"), &folder).await.unwrap();
        here.is("rsync://export@mirror.example.org/exports", &server.to);
        secret(desk, "mirror", &fs::read_to_string(&server.password_file).unwrap());
        self.folders.push(("mirror.example.org", folder));
        self.rsync = Some(server);
    }

    async fn start_press(&mut self, desk: &Desk, here: &mut Here) {
        let folder = desk.path("there/press");
        let server = FtpServer::plain(&own_folder(desk, "ftp"), &folder).await.unwrap();
        fs::create_dir_all(folder.join("incoming")).unwrap();
        here.is("press.example.org", "127.0.0.1");
        here.either("port", "2121", &server.port.to_string());
        here.is("security = \"tls\"", "security = \"none\"");
        here.either("user", "\"press\"", "\"export\"");
        secret(desk, "press", &fs::read_to_string(&server.password_file).unwrap());
        self.folders.push(("press.example.org", folder.join("incoming")));
        self.ftp = Some(server);
    }

    async fn start_cloud(&mut self, desk: &Desk, here: &mut Here) {
        let folder = desk.path("there/cloud");
        let server = WebdavServer::start(&own_folder(desk, "webdav"), &folder).await.unwrap();
        here.is("https://cloud.example.org/remote.php/dav/files/export/incoming", &server.url);
        secret(desk, "cloud", &fs::read_to_string(&server.password_file).unwrap());
        self.folders.push(("cloud.example.org", folder));
        self.webdav = Some(server);
    }
}

/// Writes a secret as one that only its owner may read.
pub(super) fn secret(desk: &Desk, name: &str, content: &str) {
    let path = desk.write(&format!("secrets/{name}"), content);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// An ssh server with its key where the examples look for it, and known as they know it.
async fn ssh_server(desk: &Desk, name: &str, rights: &str) -> SshServer {
    let server = SshServer::start(&own_folder(desk, name), rights).await.unwrap();
    secret(desk, &format!("{name}-key"), &fs::read_to_string(&server.key_file).unwrap());
    let others = fs::read_to_string(desk.path("etc/known_hosts")).unwrap_or_default();
    let this = fs::read_to_string(&server.known_hosts_file).unwrap();
    desk.write("etc/known_hosts", format!("{others}{}\n", this.trim_end()));
    fs::create_dir_all(desk.path(&format!("there/{name}"))).unwrap();
    server
}

/// A folder for the files of a server.
fn own_folder(desk: &Desk, name: &str) -> PathBuf {
    let folder = desk.path(&format!("servers/{name}"));
    fs::create_dir_all(&folder).unwrap();
    folder
}
