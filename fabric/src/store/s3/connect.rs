//! How the bucket is reached, and how patient requests are.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, Config, Credentials, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Where a bucket is and who we are to it.
#[derive(Debug, Clone)]
pub struct S3Config {
    /// The address of the server, such as `http://s3.internal:9000`; AWS itself where there is none.
    pub endpoint: Option<Url>,
    /// The address under which strangers reach the same server, for links; `endpoint` where there is
    /// none.
    pub public_endpoint: Option<Url>,
    /// The region; any name for servers that have none.
    pub region: String,
    /// The bucket, which has to exist.
    pub bucket: String,
    /// What all keys begin with in the bucket, so that several installations can share one. May be
    /// empty.
    pub prefix: String,
    /// The name of the credentials.
    pub access_key: String,
    /// The secret of the credentials.
    pub secret_key: SecretString,
    /// The token that comes with temporary credentials.
    pub session_token: Option<SecretString>,
    /// When checksums go with what is sent and are checked on what is received.
    pub checksums: Checksums,
}

impl S3Config {
    /// Whether the server can copy between both buckets: it is the same, and knows us as the same.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint
            && self.region == other.region
            && self.access_key == other.access_key
            && self.secret_key.expose_secret() == other.secret_key.expose_secret()
    }

    /// Whether one could write among the objects of the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        let [ours, theirs] = [self, other].map(|config| match config.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        });
        self.endpoint == other.endpoint
            && self.bucket == other.bucket
            && (ours.starts_with(&theirs) || theirs.starts_with(&ours))
    }
}

/// When checksums travel beside objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checksums {
    /// Wherever the protocol allows. Right for AWS and for most servers.
    #[default]
    WhenSupported,
    /// Only where the protocol demands it, for servers that refuse the headers or get them wrong.
    WhenRequired,
}

/// The client for everything but links.
pub(crate) fn client(config: &S3Config) -> Client {
    Client::from_conf(builder(config, config.endpoint.as_ref()).build())
}

/// The client that signs links. It never connects.
pub(crate) fn link_client(config: &S3Config) -> Client {
    let endpoint = config.public_endpoint.as_ref().or(config.endpoint.as_ref());
    Client::from_conf(builder(config, endpoint).build())
}

/// What a request is sent with that the server may be silent on for minutes: those that copy or
/// join on the server's side, and parts on their way through a slow line.
pub(crate) fn patient() -> Builder {
    let (attempt, all) = (Duration::from_mins(5), Duration::from_mins(15));
    Config::builder().timeout_config(timeouts(attempt, attempt, all))
}

/// What a request is sent with whose repetition is not the client's to decide.
pub(crate) fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

fn builder(config: &S3Config, endpoint: Option<&Url>) -> Builder {
    let session = config.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let secret = config.secret_key.expose_secret();
    let credentials = Credentials::new(&config.access_key, secret, session, None, "configuration");
    let (sent, received) = match config.checksums {
        Checksums::WhenSupported => {
            (RequestChecksumCalculation::WhenSupported, ResponseChecksumValidation::WhenSupported)
        }
        Checksums::WhenRequired => {
            (RequestChecksumCalculation::WhenRequired, ResponseChecksumValidation::WhenRequired)
        }
    };
    let tls = Provider::Rustls(CryptoMode::AwsLc);
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
        .region(Region::new(config.region.clone()))
        .credentials_provider(credentials)
        // The bucket as a part of the host name needs a name server that plays along.
        .force_path_style(true)
        .request_checksum_calculation(sent)
        .response_checksum_validation(received)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(5)
                .with_initial_backoff(Duration::from_millis(200))
                .with_max_backoff(Duration::from_secs(5)),
        )
        // The client's own default waits for an answer for ever.
        .timeout_config(timeouts(
            Duration::from_secs(30),
            Duration::from_mins(1),
            Duration::from_mins(3),
        ))
        // On uploads it has mistaken slow sources for dead ones:
        // <https://github.com/awslabs/aws-sdk-rust/issues/1146>
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled()
                .upload_enabled(false)
                .grace_period(Duration::from_secs(20))
                .build(),
        );
    if let Some(endpoint) = endpoint {
        builder = builder.endpoint_url(endpoint.as_str());
    }
    builder
}

fn timeouts(read: Duration, attempt: Duration, all: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(read)
        .operation_attempt_timeout(attempt)
        .operation_timeout(all)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> S3Config {
        S3Config {
            endpoint: None,
            public_endpoint: None,
            region: "eu-central-1".to_owned(),
            bucket: "exports".to_owned(),
            prefix: String::new(),
            access_key: "name".to_owned(),
            secret_key: "hush".to_owned().into(),
            session_token: Some("hush".to_owned().into()),
            checksums: Checksums::default(),
        }
    }

    #[test]
    fn one_overlaps_another_where_its_names_may_be_the_others() {
        let below = |prefix: &str| S3Config { prefix: prefix.to_owned(), ..config() };
        for (one, other, expected) in [
            ("", "a", true),
            ("a/b", "a/", true),
            ("a", "a/", true),
            ("a", "ab", false),
            ("a/b", "a/c", false),
        ] {
            assert_eq!(below(one).overlaps(&below(other)), expected, "{one} {other}");
            assert_eq!(below(other).overlaps(&below(one)), expected, "{other} {one}");
        }
        assert!(!below("").overlaps(&S3Config { bucket: "another".to_owned(), ..config() }));
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = config();
        assert!(!format!("{config:?}").contains("hush"));
        assert!(!format!("{:?}", client(&config)).contains("hush"));
    }
}
