//! The API as programs use it that are not `longshore`.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::block::Block;
use super::{Scene, example};

/// What a line printed, as JSON; nothing where that is nothing.
fn json(said: &str) -> Value {
    match said {
        "" => Value::Null,
        said => serde_json::from_str(said).unwrap_or_else(|error| panic!("{error}: {said}")),
    }
}

pub(super) async fn exports(scene: &Scene, commands: &Block) {
    let older = scene.export(&example("The definition"), "done").await;
    let mut other = example("The definition");
    other["lifetime"] = json!("2d");
    let id = scene.export(&other, "done").await;
    for id in [&older, &id] {
        scene.listed(id).await;
    }
    let newest = scene.served.api.get("/v1/exports?limit=1").await.unwrap().body;
    let next = newest["next"].as_str().unwrap();
    let events = format!("/v1/exports/{id}/events?follow=run");
    let events = scene.served.api.events(&events, None, "no event has this").await.unwrap();
    let event = events.lines().rev().find_map(|line| line.strip_prefix("id:")).unwrap().trim();
    let said = scene.shell(&id, &[("NEXT", next), ("EVENT", event)]).run_each(commands);
    let [made, by_key, found, after, shown, changed, started, all, rest, resumed, run] =
        <[String; 11]>::try_from(said).unwrap();

    let made = json(&made);
    assert_eq!((&made["state"], &made["run"]), (&json!("new"), &Value::Null));
    assert_eq!(sent_again(scene).await["id"], made["id"]);
    assert_eq!(json(&by_key)["exports"][0]["id"], made["id"], "{by_key}");
    let (found, after) = (json(&found), json(&after));
    assert_eq!(found["exports"].as_array().unwrap().len(), 1, "{found:#}");
    assert_eq!(found["exports"][0]["state"], "done", "{found:#}");
    assert_eq!(after["exports"].as_array().unwrap().len(), 1, "{after:#}");
    assert_ne!(after["exports"][0]["id"], next, "{after:#}");
    assert_eq!(json(&shown)["version"], 1);
    let changed = json(&changed);
    assert_eq!(changed["version"], 2);
    assert_ne!(changed["definition"]["lifetime"], json(&shown)["definition"]["lifetime"]);
    assert_eq!(json(&started)["run"], 2);
    let planned = |run: u32| format!("\"run\":{run},\"event\":\"planned\"");
    assert!(all.contains(&planned(1)) && all.contains(&planned(2)), "{all}");
    for later in [rest, resumed] {
        assert!(!later.contains(&planned(1)) && later.contains(&planned(2)), "{later}");
    }
    let run = json(&run);
    assert_eq!((&run["state"], &run["full"]), (&json!("done"), &json!(true)), "{run:#}");
}

/// What the first request of the manual gives when it is made once more.
async fn sent_again(scene: &Scene) -> Value {
    let definition = fs::read_to_string(scene.site.desk.path("flights.json")).unwrap();
    let request = scene.served.api.request(Method::POST, "/v1/exports?start=false");
    let request = request.header("idempotency-key", "july").body(definition);
    request.send().await.unwrap().json().await.unwrap()
}

pub(super) async fn files(scene: &Scene, commands: &Block) {
    let mut two = example("The definition");
    let more = json!({"to": "flights.jsonl", "from": "flights", "format": "jsonl"});
    two["outputs"].as_array_mut().unwrap().push(more);
    two["transports"] = json!([{"type": "download"}, {"type": "download", "packer": "none"}]);
    let id = scene.export(&two, "done").await;
    let first = scene.shown(&id, "/runs/1/files?limit=1").await;
    let file = first["files"][0]["id"].as_str().unwrap();
    let run = scene.shown(&id, "/runs/1").await;
    let (archive, tree) = (&run["downloads"][0], &run["downloads"][1]);
    let (volume, token) = (signed(&archive["volumes"][0]["url"]), signed(&tree["url"]));
    let asked = json!({"transport": 0});
    let links = format!("/v1/exports/{id}/runs/1/links");
    let link = scene.served.api.post(&links, &asked).await.unwrap().body;
    let link = link["id"].as_str().unwrap();
    let variables =
        [("FILE", file), ("LINK", link), ("TOKEN", token.as_str()), ("VOLUME", volume.as_str())];
    let said = scene.shell(&id, &variables).run_each(commands);
    let [one, two, part, links, made, _, listed, rest, of_file, of_archive, parked, scaling, _] =
        <[String; 13]>::try_from(said).unwrap();

    for (page, path) in [(&one, "flights.csv"), (&two, "flights.jsonl")] {
        assert_eq!(json(page)["files"][0]["path"], path, "{page}");
    }
    for (page, path) in [(&listed, "flights.csv"), (&rest, "flights.jsonl")] {
        let page = json(page);
        assert_eq!(page["files"].as_array().unwrap().len(), 1, "{page:#}");
        assert!(page["files"][0]["path"].as_str().unwrap().ends_with(path), "{page:#}");
    }
    assert_eq!((part.as_str(), of_file.as_str()), ("flight,car", "flight,car"));
    assert_eq!(of_archive, "PK\u{3}\u{4}");
    let links = json(&links);
    let mut links = links["links"].as_array().unwrap().iter();
    assert!(links.any(|shown| shown["id"] == link));
    assert_eq!(json(&made)["transport"], 1);
    assert!(json(&parked)["parked"].is_array(), "{parked}");
    assert!(json(&scaling)["batches"]["outstanding"].is_u64(), "{scaling}");
    assert_eq!(scene.served.api.get(&format!("/v1/exports/{id}")).await.unwrap().status, 404);
}

/// The part of a URL by which it opens something.
fn signed(url: &Value) -> String {
    let (_, path) = url.as_str().unwrap().split_once("/d/").unwrap();
    path.split('/').next().unwrap().to_owned()
}
