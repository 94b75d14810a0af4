//! One example of the manual, run: what holds for every one of them, and what the manual says of it.
//!
//! `longshore run` runs it, or a server where it has schedules, for these mean nothing to `run`. One with
//! incremental outputs is run twice there; in between, each file `NAME.then.EXTENSION` of the scenario
//! takes the place of `NAME.EXTENSION`.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::Value;
use tests::Fleet;

use super::super::desk::below;
use super::super::served::Served;
use super::block::Block;
use super::claims::claims;
use super::configuration::configuration;
use super::left::Left;
use super::site::Site;

/// Runs an example; what is wrong with it.
pub(super) async fn run(site: &Site, example: &Block) -> Result<()> {
    site.cleared();
    let definition = example.json();
    if definition.get("schedules").is_some() {
        serve(site, example, &definition).await?;
    } else {
        let file = site.desk.write("example.json", site.put(&example.text));
        let ran = site.desk.ask(&file).config(&site.config()).run().await;
        ensure!(ran.code == 0, "it ended with {}: {}", ran.code, ran.said);
        ensure!(ran.said.contains("\"state\":\"done\""), "it is not done: {}", ran.said);
    }
    let left = site.left().await;
    every_transport_left_something(&definition, &left)?;
    every_output_is_there(&definition, &left)?;
    for (_, file, content) in claims().filter(|(name, ..)| *name == example.name) {
        claimed(&left, file, content)?;
    }
    Ok(())
}

/// Runs it on a server.
async fn serve(site: &Site, example: &Block, definition: &Value) -> Result<()> {
    let served = Served::configured(Fleet::new("")?, &site.config(), &site.url).await;
    let document: Value = serde_json::from_str(&site.put(&example.text))?;
    let made = served.api.post("/v1/exports?start=true", &document).await?;
    ensure!(made.status == 201, "it is refused: {:#}", made.body);
    let next = &made.body["schedule"]["next"];
    ensure!(next.is_string() || definition["paused"] == true, "nothing is due: {:#}", made.body);
    let id = made.body["id"].as_str().unwrap_or_default().to_owned();
    let export = format!("/v1/exports/{id}");
    download(site, &served, &id, 1, "").await?;
    if example.text.contains("\"incremental\"") {
        for file in below(&site.desk.path("")) {
            let name = file.display().to_string();
            if name.contains(".then.") {
                fs::rename(&file, name.replace(".then.", "."))?;
            }
        }
        served.start_run(&export).await;
        download(site, &served, &id, 2, "again/").await?;
    }
    Ok(())
}

/// Waits for a run, and fetches what it left.
async fn download(site: &Site, served: &Served, id: &str, run: u32, to: &str) -> Result<()> {
    let ended = served.ended(&format!("/v1/exports/{id}"), run).await;
    ensure!(ended["state"] == "done", "run {run} is not done: {ended:#}");
    let out = site.desk.path("out").join(to).display().to_string();
    let token = fs::read_to_string(served.path("data").join("token"))?;
    let asked = ["--out", &out, "--url", &served.url, "--token", token.trim()];
    let got = site.desk.command(&[&["download", id][..], &asked].concat()).await;
    ensure!(got.code == 0, "nothing to download: {}", got.said);
    Ok(())
}

/// That each transport left something where it delivers to.
fn every_transport_left_something(definition: &Value, left: &Left) -> Result<()> {
    let implied = [serde_json::json!({"type": "download"})];
    let transports = definition["transports"].as_array().map_or(&implied[..], Vec::as_slice);
    let configuration = configuration();
    for transport in transports {
        let kind = transport["type"].as_str().unwrap_or_default();
        let target = transport["target"].as_str().unwrap_or_default();
        let own = &definition["targets"][target];
        let configured = configuration.get("targets").and_then(|all| all.get(target));
        let target = match configured {
            Some(configured) if own.is_null() => configured.to_string(),
            _ => own.to_string(),
        };
        let place = match kind {
            "download" => "out/".to_owned(),
            "email" => "mail/".to_owned(),
            "http" => "received/".to_owned(),
            // The host that its target names, which is what the place is called.
            _ => {
                let path = transport["path"].as_str().map_or(String::new(), |it| format!("{it}/"));
                let host = left.hosts().into_iter().find(|host| target.contains(host.as_str()));
                ensure!(host.is_some(), "there is no place for {target}, {:?}", left.names());
                format!("{}/{path}", host.unwrap_or_default())
            }
        };
        let is_there = |name: &str| name.starts_with(&place);
        let found = left.like(is_there).iter().any(|content| !content.is_empty());
        ensure!(found, "{transport} left nothing in {place}: {:?}", left.names());
    }
    Ok(())
}

/// That each output is in the result, and has something in it. Records that are sent leave no files, and
/// assets that stay where they are leave their names.
fn every_output_is_there(definition: &Value, left: &Left) -> Result<()> {
    let sends_files = definition["transports"]
        .as_array()
        .is_none_or(|transports| transports.iter().any(|sent| sent.get("records").is_none()));
    for output in definition["outputs"].as_array().into_iter().flatten() {
        let to = output["to"].as_str().unwrap_or_default();
        let begin = to.split('{').next().unwrap_or_default();
        let found = if output["assets"]["remote"].is_object() && output["format"].is_null() {
            let lists = left.like(|name| name.ends_with("/fetch.txt"));
            lists.iter().any(|list| String::from_utf8_lossy(list).contains(begin))
        } else {
            let is_it = |name: &str| {
                let is_below = begin != to || to.ends_with('/');
                name.ends_with(&format!("/{to}")) || is_below && name.contains(&format!("/{begin}"))
            };
            left.like(is_it).iter().any(|content| !content.is_empty())
        };
        ensure!(found || !sends_files, "{to} is not in {:?}", left.names());
    }
    Ok(())
}

/// That a file has something in it, or is not there.
fn claimed(left: &Left, file: &str, content: &str) -> Result<()> {
    if let Some(file) = file.strip_prefix('!') {
        ensure!(left.text(file).is_none(), "{file} is there: {:?}", left.names());
        return Ok(());
    }
    if let Some(begin) = file.strip_suffix('*') {
        let all = left.like(|name| name.starts_with(begin));
        let is_in = all.iter().any(|text| String::from_utf8_lossy(text).contains(content));
        ensure!(is_in, "{content:?} is in none of {:?}", left.names());
        return Ok(());
    }
    match left.text(file) {
        None => anyhow::bail!("{file} is not in {:?}", left.names()),
        Some(text) => ensure!(text.contains(content), "{content:?} is not in {file}:\n{text}"),
    }
    Ok(())
}
