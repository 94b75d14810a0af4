//! A bucket that something is delivered to, as its owner sees it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use fabric::record;
use fabric::store::{Checksums, S3Config, S3Store, Store};
use futures::{StreamExt as _, TryStreamExt as _};
use proto::key::Prefix;
use tests::env::S3;
use tests::laid;

/// How many objects are fetched at once.
const AT_ONCE: usize = 16;

/// The configuration of a bucket, named `far`.
pub(crate) fn bucket(server: &S3, prefix: &str, secret: &Path) -> String {
    format!(
        "[targets.far]\nkind = \"s3\"\nendpoint = \"{}\"\nregion = \"{}\"\nbucket = \"{}\"\nprefix = \"{prefix}\"\n\
         access_key_id = \"{}\"\nsecret_access_key_file = \"{}\"\n",
        server.endpoint,
        server.region,
        server.bucket,
        server.access_key,
        secret.display()
    )
}

/// Writes everything below a prefix of a bucket into a folder; what lies there then.
pub(crate) async fn fetched(server: &S3, prefix: &str, folder: &Path) -> BTreeMap<String, String> {
    let store = opened(server, prefix).await;
    let keys = record::keys(&store, Prefix::listed(String::new()));
    let fetched = keys.map(|key| {
        let (key, store) = (key.unwrap(), Arc::clone(&store));
        async move {
            let path = folder.join(key.as_str());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let len = store.head(&key).await.unwrap().len;
            let chunks = store.read(&key, 0..len, None).await.unwrap();
            let chunks: Vec<_> = chunks.try_collect().await.unwrap();
            fs::write(path, chunks.concat()).unwrap();
        }
    });
    fetched.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    laid(folder).unwrap()
}

/// What lies below a prefix of a bucket, to be read and written.
pub(crate) async fn opened(server: &S3, prefix: &str) -> Arc<dyn Store> {
    let server = server.clone();
    let config = S3Config {
        endpoint: Some(server.endpoint.parse().unwrap()),
        public_endpoint: None,
        region: server.region,
        bucket: server.bucket,
        prefix: prefix.to_owned(),
        access_key: server.access_key,
        secret_key: server.secret_key.into(),
        session_token: None,
        checksums: Checksums::WhenSupported,
    };
    Arc::new(S3Store::connect(config).await.unwrap())
}
