//! What the log of a server says of who asked: nothing that opens anything.

use std::fs;

use serde_json::json;
use tests::Api;

use super::served::Served;

#[tokio::test]
async fn neither_tokens_nor_links_are_in_the_log_whether_they_hold_or_not() {
    let served = Served::start(
        "[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n[telemetry]\nlog = \"trace\"\n",
    )
    .await;
    fs::write(served.path("s.csv"), "id\n1\n").unwrap();
    let definition =
        json!({"name": "Quiet", "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}]});
    let export = served.export(&definition).await;
    let shown = served.ended(&export, 1).await;
    let link = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    served.api.download(link, &served.path("fetched.zip")).await.unwrap();

    let (base, rest) = link.split_once("/d/").unwrap();
    let (secret, name) = rest.split_once('/').unwrap();
    let altered = format!("/d/{secret}CANARY-altered/{name}");
    assert_eq!(served.api.get(&altered).await.unwrap().status, 404);
    let stranger = Api::new(base).unwrap().with_token("CANARY-token");
    assert_eq!(stranger.get(&export).await.unwrap().status, 401);
    let asked = stranger.get("/v1/exports?token=CANARY-query&limit=x").await.unwrap();
    assert_eq!(asked.status, 401);

    let token = fs::read_to_string(served.path("data/token")).unwrap();
    let log = served.log();
    assert!(log.contains("request answered"), "{log}");
    for secret in [secret, token.trim(), "CANARY"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
