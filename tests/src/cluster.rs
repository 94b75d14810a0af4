//! A namespace of a Kubernetes cluster: of a stand-in, unless `LONGSHORE_TEST_KUBERNETES` names a real one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::env;
use crate::kubernetes_server::{CLUSTER_TOKEN, KubernetesServer};
use crate::namespace::Namespace;
use crate::wait::until;

/// How long something may take to be as it should.
const DEADLINE: Duration = Duration::from_mins(2);

/// The kinds of Longshore.
const GROUP: &str = "/apis/longshore.dev/v1alpha1";

/// A namespace of a cluster that knows the kinds of Longshore.
pub struct Cluster {
    url: String,
    api: Api,
    namespace: String,
    stand_in: Option<KubernetesServer>,
}

impl Cluster {
    /// A namespace with nothing in it.
    pub async fn start() -> Result<Self> {
        let (api, url, stand_in) = match env::kubernetes() {
            Some(url) => (Api::new(&url)?, url, None),
            None => {
                let server = KubernetesServer::start().await?;
                let api = Api::new(&server.url)?.with_token(CLUSTER_TOKEN);
                (api, server.url.clone(), Some(server))
            }
        };
        let namespace = Namespace::new().name().to_owned();
        let cluster = Self { url, api, namespace, stand_in };
        let name = json!({"name": cluster.namespace});
        cluster
            .make(
                "/api/v1/namespaces",
                &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": name}),
            )
            .await?;
        for kind in ["exports", "exportschedules"] {
            cluster.define(kind).await?;
        }
        Ok(cluster)
    }

    /// The stand-in, where it is one.
    pub fn stand_in(&self) -> Option<&KubernetesServer> {
        self.stand_in.as_ref()
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Writes the file by which programs find the cluster.
    pub fn kubeconfig(&self, folder: &Path) -> Result<PathBuf> {
        let file = folder.join("kubeconfig");
        let named = |name: &str, kind: &str, value: Value| json!([{"name": name, kind: value}]);
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "tests",
            "clusters": named("tests", "cluster", json!({"server": self.url})),
            "users": named("tests", "user", json!({"token": self.api.token()})),
            "contexts": named("tests", "context", json!({"cluster": "tests", "user": "tests"})),
        });
        std::fs::write(&file, config.to_string())?;
        Ok(file)
    }

    /// Makes a resource of Longshore.
    pub async fn apply(&self, kind: &str, name: &str, spec: &Value) -> Result<Value> {
        self.create(json!({"apiVersion": "longshore.dev/v1alpha1", "kind": kind,
            "metadata": {"name": name}, "spec": spec}))
            .await
    }

    /// Makes a ConfigMap with one key.
    pub async fn config_map(&self, name: &str, key: &str, text: &str) -> Result<Value> {
        self.create(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {key: text},
            "metadata": {"name": name}}))
            .await
    }

    /// Makes an object of the namespace.
    pub async fn create(&self, mut object: Value) -> Result<Value> {
        object["metadata"]["namespace"] = self.namespace.as_str().into();
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        self.make(&self.of(&kind), &object).await
    }

    /// A resource of Longshore; nothing where there is none.
    pub async fn get(&self, kind: &str, name: &str) -> Result<Option<Value>> {
        let answer = self.api.get(&format!("{}/{name}", self.of(kind))).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        well(answer).map(Some)
    }

    /// Lays changes over a resource.
    pub async fn change(&self, kind: &str, name: &str, changes: &Value) -> Result<Value> {
        let request = self.api.request(Method::PATCH, &format!("{}/{name}", self.of(kind)));
        let request = request
            .header("content-type", "application/merge-patch+json")
            .body(changes.to_string());
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success(), "{status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Asks for the end of a resource.
    pub async fn delete(&self, kind: &str, name: &str) -> Result<()> {
        well(self.api.delete(&format!("{}/{name}", self.of(kind))).await?).map(drop)
    }

    /// Waits until a resource is as it should; that.
    pub async fn until(
        &self,
        kind: &str,
        name: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let mut last = None;
        let found = until("resource as it should be", DEADLINE, async || {
            last = self.get(kind, name).await?;
            Ok(last.clone().filter(&is_so))
        })
        .await;
        found.with_context(|| format!("{kind} {name}: {last:#?}"))
    }

    /// Waits until a resource is gone.
    pub async fn gone(&self, kind: &str, name: &str) -> Result<()> {
        until("end of the resource", DEADLINE, async || {
            Ok(self.get(kind, name).await?.is_none().then_some(()))
        })
        .await
    }

    /// The events about a resource, by their reasons, in their order.
    pub async fn events(&self, name: &str) -> Result<Vec<String>> {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{}/events", self.namespace);
        let list = well(self.api.get(&path).await?)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let events = list["items"].as_array().into_iter().flatten();
        let about = events.filter(|event| event["regarding"]["name"] == name);
        let mut found: Vec<(String, String)> =
            about.map(|event| (text(&event["eventTime"]), text(&event["reason"]))).collect();
        found.sort();
        Ok(found.into_iter().map(|(_, reason)| reason).collect())
    }

    /// Defines a kind as it is shipped, and waits until the cluster serves it.
    async fn define(&self, kind: &str) -> Result<()> {
        let file = format!("{}/../deploy/kubernetes/{kind}.yaml", env!("CARGO_MANIFEST_DIR"));
        let definition: Value = serde_saphyr::from_str(&std::fs::read_to_string(file)?)?;
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let made = self.api.post(definitions, &definition).await?;
        // A real cluster has it from the test before.
        ensure!(made.status.is_success() || made.status == 409, "{made:?}");
        self.api.serves(&format!("{GROUP}/{kind}"), DEADLINE).await
    }

    async fn make(&self, path: &str, object: &Value) -> Result<Value> {
        well(self.api.post(path, object).await?)
    }

    /// Where objects of a kind are.
    fn of(&self, kind: &str) -> String {
        let group = if kind == "ConfigMap" { "/api/v1" } else { GROUP };
        format!("{group}/namespaces/{}/{}s", self.namespace, kind.to_lowercase())
    }
}

/// What was answered, if that was success.
fn well(answer: Answer) -> Result<Value> {
    ensure!(answer.status.is_success(), "{answer:?}");
    Ok(answer.body)
}
