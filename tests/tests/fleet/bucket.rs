//! The store of a fleet, as the tests look into it.

use std::sync::Arc;

use fabric::store::{Checksums, S3Config, S3Store, Store};
use secrecy::SecretString;
use tests::Backends;

/// Opens it beside the fleet.
pub(crate) async fn open(backends: &Backends) -> Arc<dyn Store> {
    let s3 = backends.s3.clone();
    let config = S3Config {
        endpoint: Some(s3.endpoint.parse().unwrap()),
        public_endpoint: None,
        region: s3.region,
        bucket: s3.bucket,
        prefix: format!("{}/", backends.namespace.name()),
        access_key: s3.access_key,
        secret_key: SecretString::from(s3.secret_key),
        session_token: None,
        checksums: Checksums::WhenSupported,
    };
    Arc::new(S3Store::connect(config).await.unwrap())
}
