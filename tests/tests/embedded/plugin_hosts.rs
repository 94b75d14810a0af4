//! Plugins that reach the hosts alone that they are allowed, through the real sandbox. Their API is at 0.0.0.0, which
//! leads to this machine: Ruby asks no proxy for what begins with 127.

use serde_json::{Value, json};
use tests::{Receiver, Reply, workspace};

use super::desk::Desk;
use super::ran::Ran;
use super::trial;

/// Where the server is for whoever is not on this machine.
fn address(receiver: &Receiver) -> String {
    format!("0.0.0.0:{}", receiver.port)
}

async fn receiver() -> Receiver {
    Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap()
}

/// The example that posts to an API, where it may reach a host, beside one that reaches nothing.
async fn posted(desk: &Desk, receiver: &Receiver, allowed: &str) -> Ran {
    let options =
        json!({"url": format!("http://{}/datasets", address(receiver)), "api_key": "canary-key"});
    let definition = json!({"name": "Posted", "sources": trial::sources(), "outputs": [
        {"to": "posted/", "from": "labels", "plugin": "post-datasets", "options": options},
        {"to": "tree/", "from": "labels", "plugin": "one-file"},
    ]});
    let plugins = format!("allow_hosts = {{ \"post-datasets\" = [{allowed:?}] }}");
    desk.define(&definition).config(&config(desk, &plugins)).run().await
}

fn config(desk: &Desk, plugins: &str) -> String {
    let folders = [workspace("examples/plugins"), desk.path("plugins")];
    trial::config(&folders, &desk.path("scratch"), &format!("needs_sandbox = true\n{plugins}"))
}

#[tokio::test]
async fn a_host_that_is_allowed_is_posted_to() {
    let (desk, receiver) = (Desk::new(), receiver().await);
    let ran = posted(&desk, &receiver, &address(&receiver)).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let seen = receiver.seen();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen.iter().all(|request| request.method == "POST" && request.path == "/datasets"));
    assert!(seen.iter().all(|request| request.header("authorization") == "Bearer canary-key"));
    let names: Vec<Value> =
        seen.iter().map(|request| request.json().unwrap()["name"].clone()).collect();
    assert!(names.iter().all(Value::is_string), "{names:?}");
}

#[tokio::test]
async fn any_other_host_is_refused_with_its_name_and_the_key_that_would_allow_it() {
    let (desk, receiver) = (Desk::new(), receiver().await);
    let ran = posted(&desk, &receiver, "api.example.org").await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["plugin_failed", &address(&receiver), "[plugins] allow_hosts"]);
    ran.assert_nothing_made();
    assert!(receiver.seen().is_empty());
}

#[tokio::test]
async fn who_does_not_ask_the_proxy_reaches_nothing() {
    let (desk, receiver) = (Desk::new(), receiver().await);
    let ruby = "require \"socket\"\nhost, port = context.options.values_at(:host, :port)\n\
        reached = [host, \"127.0.0.1\"].map do |to|\n\
        \x20 TCPSocket.new(to, port).close || :reached\nrescue SystemCallError => error\n\
        \x20 error.class.name\nend\n\
        context.io.file(format: \"txt\").puts(reached)";
    trial::write(&desk.path("plugins"), ruby);
    let definition = trial::definition(&json!({"host": "0.0.0.0", "port": receiver.port}));
    let allowed = format!("allow_hosts = {{ trial = [{:?}] }}", address(&receiver));
    let ran = desk.define(&definition).config(&config(&desk, &allowed)).done().await;
    let reached = trial::only(&ran);
    assert_eq!(reached, "Errno::ECONNREFUSED\nErrno::ECONNREFUSED\n");
    assert!(receiver.seen().is_empty());
}
