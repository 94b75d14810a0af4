//! What goes wrong between a cluster and a server: operators that die, changes that collide, a history that is
//! forgotten, lists that are refused, a token that does not hold.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{CLUSTER_TOKEN, until};

use super::{DEADLINE, Scene, condition, definition, holds};

#[tokio::test]
async fn however_often_an_operator_begins_anew_a_resource_is_one_export() {
    let mut scene = Scene::set("").await;
    for name in ["one", "two", "three"] {
        // Status writes collide, and what the operator has seen last is forgotten.
        if let Some(stand_in) = scene.cluster.stand_in() {
            stand_in.conflict(3);
        }
        scene
            .cluster
            .apply("Export", name, &json!({"definition": definition(name)}))
            .await
            .unwrap();
        scene.replace_operator().await;
        if let Some(stand_in) = scene.cluster.stand_in() {
            until("conflicts", DEADLINE, async || Ok((stand_in.conflicts() == 0).then_some(())))
                .await
                .unwrap();
            stand_in.forget();
        }
        scene.done(name).await;
    }
    scene.replace_operator().await;
    scene
        .cluster
        .apply("Export", "four", &json!({"definition": definition("four")}))
        .await
        .unwrap();
    scene.done("four").await;
    assert_eq!(scene.count().await, 4);
}

#[tokio::test]
async fn a_watch_goes_on_after_its_history_is_forgotten() {
    let scene = Scene::set("").await;
    for name in ["one", "two"] {
        scene
            .cluster
            .apply("Export", name, &json!({"definition": definition(name)}))
            .await
            .unwrap();
        scene.done(name).await;
        if let Some(stand_in) = scene.cluster.stand_in() {
            stand_in.forget();
        }
    }
    assert_eq!(scene.count().await, 2);
    scene.told("one", &["Submitted", "Started", "Done"]).await;
}

#[tokio::test]
async fn a_cluster_that_is_away_for_a_while_is_watched_again() {
    let scene = Scene::set("").await;
    for name in ["one", "two"] {
        scene
            .cluster
            .apply("Export", name, &json!({"definition": definition(name)}))
            .await
            .unwrap();
        scene.done(name).await;
        if let Some(stand_in) = scene.cluster.stand_in() {
            // Watches end, and kinds are listed in vain.
            stand_in.refuse(2);
            stand_in.forget();
            until("refusals", DEADLINE, async || Ok((stand_in.refusals() == 0).then_some(())))
                .await
                .unwrap();
            // It is told at once, and not after minutes of trying.
            until("word of it", DEADLINE, async || {
                let log = scene.operator.log()?;
                Ok(log.contains("the server is away for a while").then_some(()))
            })
            .await
            .unwrap();
        }
    }
    assert_eq!(scene.count().await, 2);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_until_a_token_holds() {
    let scene = Scene::set("").await;
    let file = scene.served.path("token");
    let token = fs::read_to_string(&file).unwrap();
    fs::write(&file, "lsh_none").unwrap();
    for name in ["flights", "dropped"] {
        let spec = json!({"definition": definition(name)});
        scene.cluster.apply("Export", name, &spec).await.unwrap();
        let unheard = scene
            .cluster
            .until("Export", name, |resource| condition(resource, "Followed")["status"] == "False")
            .await
            .unwrap();
        assert_eq!(condition(&unheard, "Accepted")["status"], "Unknown");
        assert!(!holds(&unheard, "Done") && !holds(&unheard, "Failed"), "{unheard:#}");
    }
    // Whether the server has taken it is not known, so it waits.
    scene.cluster.delete("Export", "dropped").await.unwrap();
    until("event", DEADLINE, async || {
        let told = scene.cluster.events("dropped").await?;
        Ok(told.iter().any(|reason| reason == "DeletionWaits").then_some(()))
    })
    .await
    .unwrap();
    fs::write(&file, &token).unwrap();
    let done = scene.done("flights").await;
    scene.cluster.gone("Export", "dropped").await.unwrap();
    assert_eq!(scene.count().await, 1);
    let log = scene.operator.log().unwrap();
    assert!(log.contains("resource not seen to"), "{log}");
    for secret in [token.trim(), "lsh_none", CLUSTER_TOKEN] {
        assert!(!log.contains(secret) && !done.to_string().contains(secret), "{log}{done:#}");
    }
}

/// Sends a definition as an operator does that is never heard of again.
async fn send_unheard(scene: &Scene, resource: &Value, definition: &Value) {
    let key = format!("kubernetes/{}", resource["metadata"]["uid"].as_str().unwrap());
    let request = scene.served.api.request(Method::POST, "/v1/exports");
    let answer = request.header("idempotency-key", key).json(definition).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn what_was_taken_unheard_is_found_though_its_definition_was_changed() {
    let scene = Scene::set("").await;
    let file = scene.served.path("token");
    let token = fs::read_to_string(&file).unwrap();
    fs::write(&file, "lsh_none").unwrap();
    for (name, on_delete) in [("flights", "Stop"), ("dropped", "Delete")] {
        let spec = json!({"definition": definition(name), "onDelete": on_delete});
        let resource = scene.cluster.apply("Export", name, &spec).await.unwrap();
        scene
            .cluster
            .until("Export", name, |resource| condition(resource, "Followed")["status"] == "False")
            .await
            .unwrap();
        send_unheard(&scene, &resource, &definition(name)).await;
        let changed = json!({"spec": {"definition": {"name": "Trains"}}});
        scene.cluster.change("Export", name, &changed).await.unwrap();
    }
    assert_eq!(scene.count().await, 2);
    scene.cluster.delete("Export", "dropped").await.unwrap();
    fs::write(&file, token).unwrap();
    let done = scene.done("flights").await;
    assert_eq!(condition(&done, "Accepted")["reason"], "DefinitionChanged", "{done:#}");
    scene.cluster.gone("Export", "dropped").await.unwrap();
    assert_eq!(scene.count().await, 1);
}
