//! An export that starts by itself.

use std::fs;

use serde_json::json;

use super::served::Served;

#[tokio::test]
async fn an_export_that_is_due_each_minute_starts_by_itself_until_it_is_paused() {
    let served = Served::start("[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n").await;
    fs::write(served.path("s.csv"), "id\n1\n").unwrap();
    let mut definition = json!({"name": "Each minute", "schedules": [{"cron": "* * * * *"}],
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}]});
    // As it was when it was made: a minute may have begun when it is asked for.
    let waiting = served.api.post("/v1/exports", &definition).await.unwrap().body;
    assert_eq!(waiting["state"], "new", "{waiting:#}");
    let export = format!("/v1/exports/{}", waiting["id"].as_str().unwrap());
    // The clock is the machine's, so this takes up to a minute.
    let run = served.ended(&export, 1).await;
    assert_eq!((&run["state"], &run["due"]), (&json!("done"), &waiting["schedule"]["next"]));
    definition["paused"] = json!(true);
    let paused = served.api.put(&export, &definition).await.unwrap();
    assert_eq!((paused.status.as_u16(), &paused.body["schedule"]), (200, &json!(null)));
}
