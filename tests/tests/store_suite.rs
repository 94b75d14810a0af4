//! The store of a fleet keeps the promises of its trait, on S3 servers of two makes.

use std::sync::Arc;

use fabric::store::{Checksums, S3Config, S3Store};
use secrecy::SecretString;
use tests::env::S3;
use tests::{Namespace, env};

#[tokio::test(flavor = "multi_thread")]
async fn seaweedfs_keeps_every_promise_of_a_store() {
    check(config(env::s3().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seaweedfs_keeps_every_promise_of_a_store_without_checksums() {
    check(S3Config { checksums: Checksums::WhenRequired, ..config(env::s3().unwrap()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_keeps_every_promise_of_a_store_but_that_of_links() {
    // moto checks no signature, so a link that was tampered with works too. The suite does not follow
    // links that need TLS.
    let nowhere = "https://127.0.0.1:1".parse().unwrap();
    check(S3Config { public_endpoint: Some(nowhere), ..config(env::second_s3().unwrap()) }).await;
}

async fn check(config: S3Config) {
    fabric::store::suite::run(Arc::new(S3Store::connect(config).await.unwrap())).await;
}

/// A corner of the bucket that the tests share.
fn config(server: S3) -> S3Config {
    S3Config {
        endpoint: Some(server.endpoint.parse().unwrap()),
        public_endpoint: None,
        region: server.region,
        bucket: server.bucket,
        prefix: format!("{}/", Namespace::new().name()),
        access_key: server.access_key,
        secret_key: SecretString::from(server.secret_key),
        session_token: None,
        checksums: Checksums::WhenSupported,
    }
}
