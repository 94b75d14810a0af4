//! Exports from the catalogue of a fylr, with the rights of a login and with those of whoever makes them, and the
//! whole way of a program that knows nothing but fylr.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::easydb_live::check;
use super::easydb_rights::{Museum, expected};
use crate::dialect::Guest;
use crate::easydb::live::Live;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_over_a_troubled_fylr_has_what_its_folder_has() {
    let live = Live::of_fylr(1000).await;
    live.is_troubled();
    live.server.end_sessions_after(60);
    let search = json!({"objecttypes": ["bild", "person"], "language": "de-DE", "search": []});
    let definition = Live::definition(1, &json!({"search": search, "json": true}));
    let seen = check(&live, &definition, ("all", 1, &["bild", "person"])).await;
    assert!(seen.objects > 200 && seen.merged > 1000, "{} {}", seen.objects, seen.merged);
    let signed_in = live.server.sign_ins();
    assert!(signed_in > 2, "{signed_in} sign-ins");
}

#[tokio::test]
async fn a_bearer_of_a_fylr_exports_what_its_user_may_see() {
    let museum = Museum::open_fylr("", "").await;
    let bob = Guest(museum.served.api.with_token(&museum.catalogue.token_of("bob")));
    let session = bob.0.get("/api/v1/user/session").await.unwrap();
    assert_eq!(session.status, 200, "{:#}", session.body);
    assert_eq!(session.body["user"]["user"]["login"], "bob");
    let export = bob.makes("pictures", &Value::Null).await;
    let done = bob.sees_end(&export, 1).await;
    assert_eq!(bob.reads(&export, &done).await, expected().1, "{}", museum.served.log());
    museum.tells_no_secrets();
}

#[tokio::test]
async fn a_run_whose_token_has_ended_says_so_and_goes_on_with_the_next_one() {
    let museum = Museum::open_fylr("", "").await;
    let ann = museum.enters("ann", "secret").await;
    let export = ann.makes("pictures", &Value::Null).await;
    ann.sees_end(&export, 1).await;
    museum.catalogue.end_sessions();
    // The first start takes the run that began by itself.
    ann.starts(&export).await;
    ann.starts(&export).await;
    let failed = ann.sees_end(&export, 2).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    assert!(failed["_log"].to_string().contains("[signed_out]"), "{failed:#}");
    let ann = museum.enters("ann", "secret").await;
    ann.starts(&export).await;
    let done = ann.sees_end(&export, 3).await;
    assert_eq!(ann.reads(&export, &done).await, expected().0);
}

#[tokio::test]
async fn a_program_of_fylr_signs_in_with_the_password_of_a_fylr() {
    let museum = Museum::open_fylr("keep_passwords = true", "").await;
    let client = reqwest::Client::new();
    let grant = async |login: &str, password: &str| {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "password")
            .append_pair("scope", "offline")
            .append_pair("username", login)
            .append_pair("password", password)
            .finish();
        let request = client.post(format!("{}api/oauth2/token", museum.served.url));
        let request = request.basic_auth("my-client", Some("x")).header("content-type", FORM);
        let answer = request.body(form).send().await;
        let answer = answer.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, refused) = grant("ann", "wrong").await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
    let (status, granted) = grant("ann", "secret").await;
    assert_eq!((status, &granted["token_type"]), (200, &json!("bearer")));
    let token = granted["access_token"].as_str().unwrap();
    let ann = Guest(museum.served.api.with_token(token));
    museum.catalogue.end_sessions_after(15);
    let export = ann.makes("pictures", &Value::Null).await;
    let done = ann.sees_end(&export, 1).await;
    assert_eq!(ann.reads(&export, &done).await, expected().0, "{}", museum.served.log());
    let signed_in = museum.catalogue.sign_ins();
    assert!(signed_in > 2, "{signed_in} sign-ins");
    museum.tells_no_secrets();
}
