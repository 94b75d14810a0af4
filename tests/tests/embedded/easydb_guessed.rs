//! Passwords are not guessed, and nobody is kept out by those who try.

use std::path::Path;
use std::time::Instant;

use futures::future::join_all;
use serde_json::json;
use tests::{Fleet, Mishap, free_port};

use super::easydb_rights::Museum;
use super::served::Served;
use crate::dialect::Guest;

#[tokio::test]
async fn passwords_cannot_be_guessed_one_after_another() {
    let museum = Museum::open("", "").await;
    let api = &museum.served.api;
    for guess in 0..10 {
        let answer = Guest::tries(api, "ann", &format!("guess {guess}")).await;
        assert_eq!(answer.status, 400, "{:#}", answer.body);
    }
    let answer = Guest::tries(api, "ann", "secret").await;
    assert_eq!(answer.status, 429, "{:#}", answer.body);
    assert_eq!(answer.body["code"], "TooManyAttempts");
    assert!(answer.body["parameters"]["seconds"].as_u64().unwrap() <= 30, "{:#}", answer.body);
    Guest::enters(api, "bob", "hidden").await;
    assert_eq!(museum.catalogue.open_sessions(), 1, "only that of bob");
}

#[tokio::test]
async fn many_strangers_behind_one_proxy_keep_nobody_out() {
    let museum = Museum::open("", "").await;
    let api = &museum.served.api;
    // All come from one address here, as they do through a proxy that nobody named.
    let strangers: Vec<String> = (0..110).map(|number| format!("stranger-{number}")).collect();
    for some in strangers.chunks(10) {
        let answers = join_all(some.iter().map(|login| Guest::tries(api, login, "guess"))).await;
        for answer in answers {
            assert_eq!(answer.status, 400, "{:#}", answer.body);
        }
    }
    Guest::enters(api, "bob", "hidden").await;
}

#[tokio::test]
async fn a_proxy_that_is_named_tells_those_behind_it_apart() {
    let (port, root) = (free_port().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    let url = format!("http://127.0.0.1:{port}/");
    let config = format!(
        "[api]\nlisten = \"127.0.0.1:{port}\"\nbase_url = \"{url}\"\nproxies = [\"127.0.0.0/8\"]\n\
         [easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{}\"\n",
        root.join("catalogues/small").display()
    );
    let served = Served::configured(Fleet::new(&config).unwrap(), &config, &url).await;
    let (client, address) =
        (reqwest::Client::new(), format!("{}api/v1/session/authenticate", served.url));
    let tries = async |from: &str, login: &str, password: &str| {
        let body = json!({"login": login, "password": password});
        let request = client.post(&address).header("x-forwarded-for", from).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let strangers: Vec<String> = (0..120).map(|number| format!("stranger-{number}")).collect();
    let guesses = async |from: &str| {
        let answers = join_all(strangers.iter().map(|login| tries(from, login, "guess"))).await;
        assert!(answers.iter().all(|status| *status == 400 || *status == 429), "{answers:?}");
        answers.into_iter().filter(|status| *status == 400).count()
    };
    let began = Instant::now();
    let mut judged = guesses("10.9.8.7, 93.184.216.34").await;
    judged += guesses("1.1.1.1, 93.184.216.34").await;
    let allowed = 100.0 + began.elapsed().as_secs_f64();
    assert!(judged as f64 <= allowed, "{judged} were tried from one address, of {allowed}");
    assert_eq!(tries("93.184.216.34, 1.1.1.1", "ann", "guess").await, 400);
    assert_eq!(tries("1.1.1.1", "local", served.api.token().unwrap()).await, 200);
}

#[tokio::test]
async fn a_catalogue_that_is_out_of_order_makes_nobody_s_password_wrong() {
    let museum = Museum::open("tries = 1", "").await;
    let api = &museum.served.api;
    museum.catalogue.fail_next("/api/v1/session", vec![Mishap::Status(503, None); 12]);
    for _ in 0..12 {
        let answer = Guest::tries(api, "ann", "secret").await;
        assert!(answer.status.is_server_error(), "{:#}", answer.body);
    }
    museum.enters("ann", "secret").await;
}

#[tokio::test]
async fn a_service_signs_in_many_times_at_once() {
    let museum = Museum::open("", "").await;
    join_all((0..30).map(|_| museum.enters("ann", "secret"))).await;
}

#[tokio::test]
async fn whose_a_token_is_is_asked_once_of_many_requests() {
    let museum = Museum::open("", "").await;
    let bob = museum.served.api.with_token(&museum.catalogue.token_of("bob"));
    let answers = join_all((0..30).map(|_| bob.get("/api/v1/export"))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status == 200));
    let asked = museum.catalogue.asked();
    assert_eq!(asked.iter().filter(|path| *path == "/api/v1/session").count(), 1);
}
