//! One catalogue twice: behind a server, and in a folder as the server tells it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{EasydbServer, Mishap};

use super::catalogue::made;

/// The catalogue.
pub(crate) struct Live {
    pub(crate) server: EasydbServer,
    /// Its objects as the server gives them, with its addresses of files.
    saved: TempDir,
    _made: TempDir,
}

impl Live {
    /// So many objects, with a server that anybody gets files from.
    pub(crate) async fn of(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        made(count, folder.path());
        Self::over(folder).await
    }

    /// The same with a fylr.
    pub(crate) async fn of_fylr(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        made(count, folder.path());
        let server = EasydbServer::start_fylr(folder.path()).await.unwrap();
        Self::behind(server, folder)
    }

    /// What lies in a folder, with an easydb that anybody gets files from.
    pub(crate) async fn over(folder: TempDir) -> Self {
        let server = EasydbServer::start(folder.path()).await.unwrap();
        Self::behind(server, folder)
    }

    fn behind(server: EasydbServer, folder: TempDir) -> Self {
        let saved = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                let text = fs::read_to_string(entry.path()).unwrap();
                let text = text.replace("\"files/", &format!("\"{}/eas/files/", server.url));
                fs::write(saved.path().join(entry.file_name()), text).unwrap();
            }
        }
        let about = saved.path().join("catalogue.json");
        let mut told: Value = serde_json::from_slice(&fs::read(&about).unwrap()).unwrap();
        told["url"] = json!(server.url);
        fs::write(&about, told.to_string()).unwrap();
        fs::write(saved.path().join("password"), "secret\n").unwrap();
        server.give_files_to_all();
        Self { server, saved, _made: folder }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.saved.path()
    }

    /// The source that reads the folder.
    pub(crate) fn in_folder(&self) -> Value {
        json!({"kind": "easydb", "path": self.saved.path()})
    }

    /// The source that asks the server.
    pub(crate) fn behind_server(&self) -> Value {
        json!({"kind": "easydb", "url": self.server.url, "login": "ann",
            "password_file": self.saved.path().join("password"), "tries": 8})
    }

    /// What lets sources ask the server.
    pub(crate) fn addresses(&self) -> String {
        let (_, address) = self.server.url.split_once("//").unwrap();
        format!("[addresses]\nallow = [\"{address}\"]\n")
    }

    /// Lets much go wrong: sessions end, pages are short, and some answers are none.
    pub(crate) fn is_troubled(&self) {
        self.server.end_sessions_after(150);
        self.server.limit_pages(250);
        let searches = [
            Mishap::Status(503, None),
            Mishap::Half,
            Mishap::Expired,
            Mishap::Status(429, Some(1)),
            Mishap::Status(500, None),
        ];
        self.server.fail_next("/api/v1/search", searches);
        self.server.fail_next("/api/v1/schema", [Mishap::Status(502, None), Mishap::Half]);
        self.server.fail_next("/api/v1/session", [Mishap::Status(503, None)]);
        self.server.fail_next("/eas/", [Mishap::Expired]);
    }

    /// A definition that merges links, and takes files by their classes and versions.
    pub(crate) fn definition(depth: u8, besides: &Value) -> Value {
        let mut easydb = json!({
            "exported_at": "2026-03-05T09:07:00Z", "xml": true,
            "merge_linked_objects": "all", "merge_max_depth": depth,
            "eas_fields": {"bild.datei": {"files": true, "include_non_preferred": true}},
            "classes": {"image": [{"type": "version", "version": "small"}],
                "office": [{"type": "original"}]},
        });
        easydb.as_object_mut().unwrap().extend(besides.as_object().cloned().unwrap_or_default());
        json!({
            "name": "Kai", "batch_size": 100,
            "outputs": [{"to": "{_time} {_catalogue} {_extent} {_name}/", "from": "museum",
                "easydb": easydb}],
        })
    }
}
