//! Schedules as documents say them, in the forms that are checked in: how they are shown, and when the next run is by
//! the clocks that they name.

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use serde_json::{Value, json};

use super::easydb_produce::served;
use crate::dialect::Guest;
use crate::easydb::scenarios::{listed, name};

/// Whether a list has a value; one that is not there has any.
fn has(list: &Value, value: &Value) -> bool {
    list.as_array().is_none_or(|list| list.contains(value))
}

#[tokio::test]
async fn schedules_are_shown_in_their_normal_form_and_say_when_they_are_due() {
    let served = served().await;
    let guest = Guest(served.api.clone());
    for asked in listed("schedules.json") {
        let name = name(&asked);
        let document = json!({"_schedules": asked["given"],
            "export": {"name": name, "search": {}, "json": true}});
        let made_at = Timestamp::now();
        let export = guest.puts(&document).await;
        let shown = guest.0.get(&export).await.unwrap().body;
        assert_eq!((&shown["_schedules"], &shown["_state"]), (&asked["shown"], &json!("new")));
        let next: Timestamp = shown["_next_run_at"].as_str().unwrap().parse().unwrap();
        assert!(next > made_at, "{name}: {next}");
        let zone = asked["shown"][0]["timezone"].as_str().unwrap();
        let next = next.to_zoned(TimeZoneDatabase::bundled().get(zone).unwrap());
        for (list, value) in [
            ("weekdays", json!(next.strftime("%A").to_string())),
            ("days", json!(next.day())),
            ("hours", json!(next.hour())),
            ("minutes", json!(next.minute())),
        ] {
            assert!(has(&asked["next"][list], &value), "{name}: {next} has {value} in {list}");
        }
    }
}
