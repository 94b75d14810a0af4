//! What is told of files that are fetched.

use proto::run::Head;
use serde_json::json;

use super::Dialect;
use crate::easydb::What;

/// Tells that an archive is fetched. One that is not told is fetched all the same.
pub(super) async fn note_download(dialect: &Dialect, head: &Head, name: &str, bytes: Option<u64>) {
    let coordinator = &dialect.api.coordinator;
    let now = coordinator.ambient.now();
    let info = json!({
        "state": "started", "url": name, "bytes_loaded": bytes, "bytes_total": bytes,
        "bytes_count": bytes,
        "export": {"_id": head.number, "_version": head.version, "name": head.name,
            "is_archive": true},
    });
    let of = format!("download-{:032x}", coordinator.ambient.nonce());
    if let Err(error) = coordinator.chronicle(head, What::Downloaded, &of, now, info).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "download not told");
    }
}
