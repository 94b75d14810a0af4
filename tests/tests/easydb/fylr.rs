//! The source that asks a fylr: it is let in by OAuth 2, and asks in its words.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{EasydbServer, Mishap};

use super::catalogue::small;
use super::server::{Asking, assets, bytes, saved};

async fn fylr() -> EasydbServer {
    EasydbServer::start_fylr(&small()).await.unwrap()
}

#[tokio::test]
async fn its_objects_and_files_are_those_of_an_easydb() {
    let server = fylr().await;
    let asking = Asking::ann(&server);
    assert!(asking.all().await.unwrap() == saved(&small(), &server));
    let url = format!("{}/eas/files/leaflet.pdf", server.url);
    assert_eq!(bytes(&assets(&asking), &url).await.unwrap().len(), 125);
    assert_eq!(server.sign_ins(), 1);
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|path| *path == "/api/v1/settings").count(), 1);
    assert!(!asked.iter().any(|path| path.starts_with("/api/v1/session")), "{asked:?}");
}

#[tokio::test]
async fn what_a_user_may_not_see_is_not_there() {
    let server = fylr().await;
    let bob = Asking::new(&server, "bob", "hidden", &json!({}));
    assert_eq!(bob.source.catalogue().unwrap().objects(&[1046]).await.unwrap(), [None]);
    assert!((10..30).contains(&bob.all().await.unwrap().len()));
}

#[tokio::test]
async fn tokens_that_end_are_asked_for_anew() {
    let server = fylr().await;
    server.end_sessions_after(3);
    let asking = Asking::ann(&server);
    assert_eq!(asking.all().await.unwrap().len(), 30);
    let before = server.sign_ins();
    assert!(before > 2, "{before}");
    let assets = assets(&asking);
    for _ in 0..7 {
        assert_eq!(bytes(&assets, "/eas/files/leaflet.pdf").await.unwrap().len(), 125);
    }
    assert!(server.sign_ins() > before);
}

#[tokio::test]
async fn a_token_is_not_used_once_it_has_ended_by_its_own_word() {
    let server = fylr().await;
    server.say_that_tokens_hold(Duration::ZERO);
    let asking = Asking::ann(&server);
    assert_eq!(asking.all().await.unwrap().len(), 30);
    let searches = server.asked().iter().filter(|path| *path == "/api/v1/search").count() as u64;
    assert_eq!(server.sign_ins(), searches);
}

#[tokio::test]
async fn whoever_is_wrong_is_told_in_the_words_of_oauth2() {
    let server = fylr().await;
    let wrong = Asking::new(&server, "ann", "canary", &json!({})).all().await.unwrap_err();
    let told = wrong.to_string();
    assert!(told.contains("invalid_grant") && !told.contains("canary"), "{told}");
    assert!(!wrong.is_transient());
    let stranger = json!({"client_id": "nobody"});
    let asking = Asking::new(&server, "ann", "secret", &stranger);
    let told = asking.all().await.unwrap_err().to_string();
    assert!(told.contains("/api/oauth2/token") && told.contains("invalid_client"), "{told}");
    // Nobody's password is wrong where the client is.
    let catalogue = asking.source.catalogue().unwrap();
    assert!(catalogue.knows("ann", &"secret".into()).await.is_err());
}

#[tokio::test]
async fn a_client_of_its_own_has_a_secret() {
    let (server, secret) = (fylr().await, tempfile::NamedTempFile::new().unwrap());
    fs::write(secret.path(), "s3cret\n").unwrap();
    let client = json!({"client_id": "longshore", "client_secret_file": secret.path()});
    let asking = Asking::new(&server, "ann", "secret", &client);
    assert_eq!(asking.all().await.unwrap().len(), 30);
    let catalogue = asking.source.catalogue().unwrap();
    let before = server.open_sessions();
    assert_eq!(catalogue.knows("ann", &"secret".into()).await.unwrap(), Some(true));
    assert_eq!(catalogue.knows("ann", &"wrong".into()).await.unwrap(), Some(false));
    assert_eq!(server.open_sessions(), before, "what was granted to check is revoked");
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|path| *path == "/api/oauth2/revoke").count(), 1, "{asked:?}");
}

#[tokio::test]
async fn a_token_of_which_nothing_is_told_is_taken_back() {
    let server = fylr().await;
    server.fail_next("/api/v1/user/session", [Mishap::Status(403, None)]);
    let catalogue = Asking::ann(&server).source.catalogue().unwrap();
    assert!(catalogue.knows("ann", &"secret".into()).await.is_err());
    assert_eq!((server.sign_ins(), server.open_sessions()), (1, 0));
}

#[tokio::test]
async fn a_search_names_its_languages_as_each_product_does() {
    let search = json!({"objecttypes": ["bild"], "language": "de-DE", "languages": ["de-DE"]});
    for server in [fylr().await, EasydbServer::start(&small()).await.unwrap()] {
        let (_, objects) = Asking::ann(&server).objects(search.clone(), json!({})).await.unwrap();
        assert_eq!(objects.len(), 14);
    }
}

#[tokio::test]
async fn it_tells_what_its_folder_tells() {
    let server = fylr().await;
    let told = fs::read(small().join("catalogue.json")).unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap();
    let mut expected: source::catalogue::About = serde_json::from_value(told).unwrap();
    expected.url.clone_from(&server.url);
    let catalogue = Asking::ann(&server).source.catalogue().unwrap();
    assert_eq!(*catalogue.about().await.unwrap(), expected);
    assert!(catalogue.answers().await);
}
