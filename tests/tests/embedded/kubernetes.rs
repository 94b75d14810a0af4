//! Exports as resources of a Kubernetes cluster: `longshore operator` between a server and the API of a cluster.
//!
//! The cluster is a stand-in of the tests' own (`tests/src/kubernetes_server.rs`), which keeps to what a real one does
//! with versions, schemas, finalizers and watches. With `LONGSHORE_TEST_KUBERNETES=http://127.0.0.1:8001` behind
//! `kubectl proxy` the same tests are run on a real one.

mod changes;
mod mishaps;

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Cluster, Program, Receiver, Reply, until};

use super::served::Served;

/// How long something may take to be as it should.
const DEADLINE: Duration = Duration::from_mins(2);

/// A cluster and a server, and the operator between them.
struct Scene {
    cluster: Cluster,
    served: Served,
    operator: Program,
}

impl Scene {
    /// With a source of three records, and more of a configuration.
    async fn set(more: &str) -> Self {
        let sources = "[sources.flights]\nkind = \"csv\"\npath = \"{folder}/flights.csv\"\n";
        let served = Served::start(&format!("{sources}{more}")).await;
        fs::write(served.path("flights.csv"), "id\n1\n2\n3\n").unwrap();
        let token = fs::read_to_string(served.path("data/token")).unwrap();
        fs::write(served.path("token"), token).unwrap();
        let cluster = Cluster::start().await.unwrap();
        let operator = operate(&cluster, &served);
        Self { cluster, served, operator }
    }

    /// Ends the operator at once, and starts another one.
    async fn replace_operator(&mut self) {
        self.operator.kill().await.unwrap();
        self.operator = operate(&self.cluster, &self.served);
    }

    /// How many exports there are on the server.
    async fn count(&self) -> usize {
        let list = self.served.api.get("/v1/exports?limit=200").await.unwrap().body;
        list["exports"].as_array().unwrap().len()
    }

    /// Waits until a resource is done; that.
    async fn done(&self, name: &str) -> Value {
        self.cluster.until("Export", name, |resource| holds(resource, "Done")).await.unwrap()
    }

    /// Waits until events tell this of a resource, and nothing else.
    async fn told(&self, name: &str, expected: &[&str]) {
        let mut last = Vec::new();
        let told = until("events", DEADLINE, async || {
            last = self.cluster.events(name).await?;
            Ok((last == expected).then_some(()))
        })
        .await;
        assert!(told.is_ok(), "{last:?} and not {expected:?}");
    }
}

fn operate(cluster: &Cluster, served: &Served) -> Program {
    let config = format!(
        "[operator]\nurl = \"{}\"\ntoken_file = \"{}\"\nnamespace = \"{}\"\ninterval = \"100ms\"\n",
        served.url,
        served.path("token").display(),
        cluster.namespace(),
    );
    let file = served.path("operator.toml");
    fs::write(&file, config).unwrap();
    let kubeconfig = cluster.kubeconfig(served.fleet.dir()).unwrap();
    let arguments = ["operator", "--config", file.to_str().unwrap()];
    let variables = [("KUBECONFIG", kubeconfig.to_str().unwrap())];
    served.fleet.command_with("operator", &arguments, &variables).unwrap()
}

/// A definition of the three records.
fn definition(name: &str) -> Value {
    json!({"name": name, "outputs": [{"to": "flights.csv", "from": "flights", "format": "csv"}]})
}

/// A condition of a resource.
fn condition<'r>(resource: &'r Value, kind: &str) -> &'r Value {
    let mut conditions = resource["status"]["conditions"].as_array().into_iter().flatten();
    conditions.find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

fn holds(resource: &Value, kind: &str) -> bool {
    condition(resource, kind)["status"] == "True"
}

#[tokio::test]
async fn a_resource_becomes_an_export_that_is_followed_to_its_end() {
    let mut scene = Scene::set("").await;
    let spec = json!({"definition": definition("Flights")});
    scene.cluster.apply("Export", "flights", &spec).await.unwrap();
    let done = scene.done("flights").await;
    let status = &done["status"];
    assert_eq!((&status["state"], &status["run"]["number"]), (&json!("done"), &json!(1)));
    assert_eq!(status["run"]["finished"]["records"], 3, "{done:#}");
    assert_eq!(condition(&done, "Accepted")["reason"], "Submitted");
    assert_eq!(condition(&done, "Failed")["status"], "False");
    assert_eq!(done["spec"]["onDelete"], "Stop");
    let file = &status["run"]["downloads"][0];
    let archive = scene.served.path("archive.zip");
    let url = file["url"].as_str().unwrap();
    let len_bytes = scene.served.api.download(url, &archive).await.unwrap();
    assert_eq!(file["bytes"], len_bytes);
    let export = format!("/v1/exports/{}", status["export"].as_str().unwrap());
    let shown = scene.served.api.get(&export).await.unwrap().body;
    assert_eq!(shown["definition"]["name"], "Flights");
    scene.told("flights", &["Submitted", "Started", "Done"]).await;
    assert!(scene.operator.terminate(DEADLINE).await.unwrap().success());
}

#[tokio::test]
async fn a_refused_definition_is_sent_again_once_it_is_mended() {
    let scene = Scene::set("").await;
    let mut wrong = definition("Flights");
    wrong["outputs"][0]["from"] = json!("trains");
    scene.cluster.apply("Export", "flights", &json!({"definition": wrong})).await.unwrap();
    let refused = scene
        .cluster
        .until("Export", "flights", |resource| holds(resource, "Failed"))
        .await
        .unwrap();
    let accepted = condition(&refused, "Accepted");
    assert_eq!((&accepted["status"], &accepted["reason"]), (&json!("False"), &json!("Refused")));
    assert!(accepted["message"].as_str().unwrap().contains("[unknown_source]"), "{accepted:#}");
    let mended = json!({"spec": {"definition": definition("Flights")}});
    scene.cluster.change("Export", "flights", &mended).await.unwrap();
    scene.done("flights").await;
    assert_eq!(scene.count().await, 1);
    scene.told("flights", &["Refused", "Submitted", "Started", "Done"]).await;
}

/// A scene with an export that does not end by itself, for nobody takes what it brings; its path on the server.
async fn endless(on_delete: &str) -> (Scene, Receiver, String) {
    let receiver = Receiver::start(|_, _| Reply::Status(503, String::new())).await.unwrap();
    let target = format!(
        "[targets.files]\nkind = \"http\"\nurl = \"http://127.0.0.1:{}/{{path}}\"\n",
        receiver.port
    );
    let scene = Scene::set(&target).await;
    let mut definition = definition("Flights");
    definition["transports"] = json!([{"type": "http", "target": "files"}]);
    let spec = json!({"definition": definition, "onDelete": on_delete});
    scene.cluster.apply("Export", "flights", &spec).await.unwrap();
    receiver.saw(1, |_| true).await.unwrap();
    let under_way = scene
        .cluster
        .until("Export", "flights", |resource| holds(resource, "Progressing"))
        .await
        .unwrap();
    let export = format!("/v1/exports/{}", under_way["status"]["export"].as_str().unwrap());
    (scene, receiver, export)
}

#[tokio::test]
async fn the_run_of_a_deleted_resource_is_stopped() {
    let (scene, _receiver, export) = endless("Stop").await;
    scene.cluster.delete("Export", "flights").await.unwrap();
    scene.cluster.gone("Export", "flights").await.unwrap();
    let ended = scene.served.ended(&export, 1).await;
    assert_eq!(ended["state"], "stopped", "{ended:#}");
}

#[tokio::test]
async fn the_export_of_a_deleted_resource_goes_with_it_or_stays() {
    let (scene, _receiver, export) = endless("Delete").await;
    scene.cluster.delete("Export", "flights").await.unwrap();
    scene.cluster.gone("Export", "flights").await.unwrap();
    assert_eq!(scene.served.api.get(&export).await.unwrap().status, 404);
    let spec = json!({"definition": definition("Flights"), "onDelete": "Keep"});
    scene.cluster.apply("Export", "kept", &spec).await.unwrap();
    let kept = scene.done("kept").await;
    scene.cluster.delete("Export", "kept").await.unwrap();
    scene.cluster.gone("Export", "kept").await.unwrap();
    let export = format!("/v1/exports/{}", kept["status"]["export"].as_str().unwrap());
    assert_eq!(scene.served.api.get(&export).await.unwrap().body["state"], "done");
}
