//! The store of a fleet keeps the promises of its trait, on S3 servers of two makes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fabric::store::{Checksums, S3Config, S3Store, Store as _, StoreError, Tag};
use proto::key::Key;
use secrecy::SecretString;
use tests::env::S3;
use tests::{Namespace, Receiver, Reply, env};

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

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_another_bucket_of_the_server_is_copied_by_the_server() {
    for server in [env::s3().unwrap(), env::second_s3().unwrap()] {
        let (here, there) = (config(server.clone()), config(server));
        assert!(here.is_beside(&there));
        let stranger = S3Config { access_key: "another".to_owned(), ..there.clone() };
        assert!(!here.is_beside(&stranger));
        let (here, there) = (S3Store::unchecked(here), S3Store::unchecked(there));
        let key = Key::listed("large".to_owned());
        let content: Bytes = (0..12 << 20).map(|byte: u32| byte.to_le_bytes()[1]).collect();
        let mut upload = here.upload(&key).await.unwrap();
        upload.write(content.clone()).await.unwrap();
        let tag = upload.finish().await.unwrap().tag;

        let mut upload = there.upload_from(&key, &here);
        upload.copy(&key, 0..content.len() as u64, &tag).await.unwrap();
        upload.finish().await.unwrap();
        assert_eq!(there.moved(), 0);
        assert!(there.get(&key).await.unwrap().0 == content, "the copy differs");
    }
}

/// What is answered to whoever looks at an object, by the name of the write that is asked about.
type Look = fn(&str) -> Reply;

/// Whoever were told that an object is somebody else's would take away what is their own, so that nobody is
/// told who cannot look.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_got_lost_is_nobodys_until_somebody_can_look() {
    let cases: [(Look, &str, &str); 4] = [
        (|_| Reply::Status(503, String::new()), "Unavailable", "Unavailable"),
        (|_| Reply::Status(404, String::new()), "Exists", "Changed"),
        (|_| Reply::Status(200, "x-amz-meta-writer: another\r\n".to_owned()), "Exists", "Changed"),
        (
            |ours| Reply::Status(200, format!("ETag: \"t\"\r\nx-amz-meta-writer: {ours}\r\n")),
            "written as t",
            "written as t",
        ),
    ];
    let told = |written: Result<Tag, StoreError>| match written {
        Ok(tag) => format!("written as {}", tag.0),
        Err(error) => format!("{error:?}"),
    };
    let key = Key::listed("object".to_owned());
    for (look, made, replaced) in cases {
        let (store, _server) = losing_an_answer(look).await;
        let said = told(store.put_if_absent(&key, Bytes::from("new")).await);
        assert!(said.starts_with(made), "{said} is not {made}");
        let (store, _server) = losing_an_answer(look).await;
        let said = told(store.replace(&key, Bytes::from("new"), &Tag("old".to_owned())).await);
        assert!(said.starts_with(replaced), "{said} is not {replaced}");
    }
}

/// A store on a server that takes a write and hangs up, and that refuses its repetition for what is there.
async fn losing_an_answer(look: Look) -> (S3Store, Receiver) {
    let taken = Mutex::new(None::<String>);
    let server = Receiver::start(move |request, _| {
        let mut taken = taken.lock().unwrap();
        match (request.method.as_str(), taken.clone()) {
            ("PUT", None) => {
                *taken = Some(request.header("x-amz-meta-writer").to_owned());
                Reply::HangUp
            }
            ("HEAD", Some(writer)) => look(&writer),
            _ => Reply::Status(412, String::new()),
        }
    });
    let server = server.await.unwrap();
    let config = S3Config {
        endpoint: Some(format!("http://127.0.0.1:{}", server.port).parse().unwrap()),
        ..config(env::s3().unwrap())
    };
    (S3Store::unchecked(config), server)
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_open_to_whom_a_canned_acl_names_and_as_the_bucket_has_it_without() {
    for acl in [None, Some("public-read")] {
        let reply = || Reply::Content("ETag: \"x\"\r\n".to_owned(), String::new());
        let server = Receiver::start(move |_, _| reply()).await.unwrap();
        let config = S3Config {
            endpoint: Some(format!("http://127.0.0.1:{}", server.port).parse().unwrap()),
            ..config(env::s3().unwrap())
        };
        let store = S3Store::unchecked(config).open_to(acl);
        let mut upload = store.upload(&Key::listed("a".to_owned())).await.unwrap();
        upload.write(Bytes::from_static(b"x")).await.unwrap();
        upload.finish().await.unwrap();
        let seen = server.seen();
        let acls: Vec<&str> = seen.iter().map(|request| request.header("x-amz-acl")).collect();
        assert_eq!(acls, [acl.unwrap_or_default()]);
    }
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
