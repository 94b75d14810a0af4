//! The commands that speak to a server's API.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use bytesize::ByteSize;
use comfy_table::{Table, presets};
use futures::TryStreamExt;
use proto::id::ExportId;
use proto::run::State;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::cli::{self, ParkedAction, Server};
use crate::exit::{self, Exit};

/// Where `serve` leaves its token.
const TOKEN: &str = ".longshore/token";

/// How long to wait before a broken connection is made anew.
const RECONNECT: Duration = Duration::from_secs(2);

/// A server, with the token that opens it.
pub(super) struct Client {
    http: reqwest::Client,
    server: Server,
    token: String,
}

impl Client {
    pub(super) fn new(server: Server) -> anyhow::Result<Self> {
        let token = match &server.token {
            Some(token) => token.clone(),
            None => std::fs::read_to_string(Path::new(TOKEN)).with_context(|| {
                format!("no --token, no LONGSHORE_TOKEN, and {TOKEN} cannot be read")
            })?,
        };
        let http = reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).build()?;
        Ok(Self { http, server, token: token.trim().to_owned() })
    }

    /// A request to a path below `/v1`.
    pub(super) fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let url = self.server.url.join(&format!("v1/{path}")).context("the server's URL")?;
        Ok(self.http.request(method, url).bearer_auth(&self.token))
    }

    /// A request to wherever the server pointed.
    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.http.get(url)
    }

    /// What an export is now.
    pub(super) async fn export(&self, id: ExportId) -> anyhow::Result<Result<Value, Exit>> {
        json(self.request(Method::GET, &format!("exports/{id}"))?.send().await?).await
    }

    /// Prints an answer: JSON where it was asked for, else what `show` makes of it.
    fn show(&self, answer: &Value, show: impl FnOnce(&Value)) {
        if self.server.json { exit::print(&answer.to_string()) } else { show(answer) }
    }
}

/// The JSON of an answer; a refusal is told and ends the command.
pub(super) async fn json(response: Response) -> anyhow::Result<Result<Value, Exit>> {
    let status = response.status();
    let text = response.text().await?;
    if status.is_success() {
        return Ok(Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? }));
    }
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    let faults: Vec<proto::fault::Fault> =
        serde_json::from_value(problem.get("faults").cloned().unwrap_or_default())
            .unwrap_or_default();
    if status == StatusCode::UNPROCESSABLE_ENTITY && !faults.is_empty() {
        return Ok(Err(exit::bad_input("the definition", &faults)));
    }
    let told = match faults.first() {
        Some(fault) => exit::describe(fault),
        None => problem["detail"].as_str().unwrap_or(status.as_str()).to_owned(),
    };
    exit::say(&format!("error: {told}"));
    Ok(Err(Exit::Failed))
}

/// `submit`: sends a definition and starts it.
pub(crate) async fn submit(args: cli::Submit) -> anyhow::Result<Exit> {
    let text = std::fs::read_to_string(&args.definition)
        .with_context(|| format!("reading {}", args.definition.display()))?;
    let client = Client::new(args.server)?;
    let mut request = client
        .request(Method::POST, "exports")?
        .header("content-type", "application/json")
        .body(text);
    if let Some(key) = &args.idempotency_key {
        request = request.header("idempotency-key", key);
    }
    let answer = match json(request.send().await?).await? {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    if !args.watch {
        client.show(&answer, |answer| exit::print(answer["id"].as_str().unwrap_or_default()));
        return Ok(Exit::Done);
    }
    let id = answer["id"].as_str().context("the server gave no id")?.parse()?;
    follow(&client, id).await
}

/// `list`: exports, newest first.
pub(crate) async fn list(args: cli::List) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let mut request =
        client.request(Method::GET, "exports")?.query(&[("limit", args.limit.to_string())]);
    for (key, value) in [("state", args.state), ("name", args.name)] {
        if let Some(value) = value {
            request = request.query(&[(key, value)]);
        }
    }
    let answer = match json(request.send().await?).await? {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    client.show(&answer, |answer| {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_HORIZONTAL_ONLY)
            .set_header(["export", "name", "run", "state"]);
        for export in items(&answer["exports"]) {
            table.add_row([
                text(&export["id"]),
                text(&export["name"]),
                text(&export["run"]),
                text(&export["state"]),
            ]);
        }
        exit::print(&table.to_string());
    });
    Ok(Exit::Done)
}

/// `show`: one export.
pub(crate) async fn show(args: cli::Selected) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let answer = match client.export(args.export).await? {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    client.show(&answer, describe);
    Ok(Exit::Done)
}

fn describe(export: &Value) {
    let run = &export["run"];
    exit::print(&format!("{}  {}", text(&export["id"]), text(&export["name"])));
    exit::print(&format!(
        "run {}: {}, {}",
        text(&run["run"]),
        text(&run["state"]),
        counts(&run["finished"])
    ));
    for (kind, key) in [("error", "faults"), ("warning", "warnings")] {
        for fault in items(&run[key]) {
            exit::print(&format!(
                "{kind}: {} {} [{}]",
                text(&fault["place"]),
                text(&fault["message"]),
                text(&fault["code"])
            ));
        }
    }
    for link in items(&run["downloads"]) {
        for volume in items(&link["volumes"]) {
            exit::print(&format!("{}  until {}", text(&volume["url"]), text(&link["expires"])));
        }
    }
}

/// The items of a list; none of what is no list.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn counts(counts: &Value) -> String {
    let number = |key: &str| counts[key].as_u64().unwrap_or_default();
    let bytes = ByteSize::b(number("bytes"));
    format!(
        "{} records, {bytes} in {} batches, {} warnings",
        number("records"),
        number("batches"),
        number("warnings")
    )
}

fn text(value: &Value) -> String {
    let text = value.as_str().map_or_else(
        || if value.is_null() { String::new() } else { value.to_string() },
        ToOwned::to_owned,
    );
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `watch`: follows an export to the end of its run.
pub(crate) async fn watch(args: cli::Selected) -> anyhow::Result<Exit> {
    follow(&Client::new(args.server)?, args.export).await
}

/// Follows the events, across broken connections, until the run has ended.
async fn follow(client: &Client, id: ExportId) -> anyhow::Result<Exit> {
    let mut last = None;
    loop {
        let export = match client.export(id).await {
            Ok(Ok(export)) => export,
            Ok(Err(exit)) => return Ok(exit),
            Err(error) => {
                exit::say(&format!("{error:#}; trying again"));
                tokio::time::sleep(RECONNECT).await;
                continue;
            }
        };
        let state: State =
            serde_json::from_value(export["run"]["state"].clone()).unwrap_or(State::New);
        if state.is_final() {
            client.show(&export, describe);
            return Ok(Exit::of_run(state));
        }
        if let Err(error) = events(client, id, &mut last).await {
            exit::say(&format!("{error:#}; trying again"));
            tokio::time::sleep(RECONNECT).await;
        }
    }
}

/// Tells events as they come, until the server ends the stream.
async fn events(client: &Client, id: ExportId, last: &mut Option<String>) -> anyhow::Result<()> {
    let mut request = client.request(Method::GET, &format!("exports/{id}/events?follow=run"))?;
    if let Some(last) = last {
        request = request.header("last-event-id", last.as_str());
    }
    let response = request.send().await?;
    if !response.status().is_success() {
        bail!("the server answers {}", response.status());
    }
    let mut stream = response.bytes_stream();
    let mut buffer = Vec::new();
    while let Some(chunk) = stream.try_next().await? {
        buffer.extend_from_slice(&chunk);
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            tell(client, &event, last);
        }
    }
    Ok(())
}

fn tell(client: &Client, event: &[u8], last: &mut Option<String>) {
    for line in BufReader::new(event).lines().map_while(Result::ok) {
        if let Some(id) = line.strip_prefix("id:") {
            *last = Some(id.trim().to_owned());
        } else if let Some(data) = line.strip_prefix("data:") {
            let event: Value = serde_json::from_str(data.trim()).unwrap_or_default();
            if client.server.json {
                exit::print(&event.to_string());
                continue;
            }
            let what = match event["event"].as_str().unwrap_or_default() {
                "state" => text(&event["state"]),
                "planned" => format!("planned: {} batches", text(&event["batches"])),
                "progress" => counts(&event),
                "retrying" => {
                    format!("trying again: {} [{}]", text(&event["message"]), text(&event["code"]))
                }
                "delivered" => format!("transport {} delivered", text(&event["transport"])),
                other => other.to_owned(),
            };
            exit::say(&format!("{}  {what}", text(&event["at"])));
        }
    }
}

/// `stop`: ends the run under way.
pub(crate) async fn stop(args: cli::Selected) -> anyhow::Result<Exit> {
    act(args, Method::POST, "/stop").await
}

/// `retry`: takes a failed or stopped run up again.
pub(crate) async fn retry(args: cli::Selected) -> anyhow::Result<Exit> {
    act(args, Method::POST, "/retry").await
}

/// `delete`: takes an export away.
pub(crate) async fn delete(args: cli::Selected) -> anyhow::Result<Exit> {
    act(args, Method::DELETE, "").await
}

async fn act(args: cli::Selected, method: Method, path: &str) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let request = client.request(method, &format!("exports/{}{path}", args.export))?;
    match json(request.send().await?).await? {
        Ok(answer) => {
            client.show(&answer, |_| {});
            Ok(Exit::Done)
        }
        Err(exit) => Ok(exit),
    }
}

/// `parked`: looks at messages that were set aside, and releases them.
pub(crate) async fn parked(args: cli::Parked) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let request = match &args.action {
        None => client.request(Method::GET, "parked")?,
        Some(ParkedAction::Retry { id }) => {
            client.request(Method::POST, &format!("parked/{id}/retry"))?
        }
        Some(ParkedAction::Discard { id }) => {
            client.request(Method::DELETE, &format!("parked/{id}"))?
        }
    };
    let answer = match json(request.send().await?).await? {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    client.show(&answer, |answer| {
        for message in items(&answer["parked"]) {
            let fault = &message["fault"];
            exit::print(&format!(
                "{}  {}  {} [{}]",
                text(&message["id"]),
                text(&message["lane"]),
                text(&fault["message"]),
                text(&fault["code"])
            ));
        }
    });
    Ok(Exit::Done)
}
