//! A server's API, as the commands that speak to it see it: requests with the token, answers as JSON,
//! refusals told.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use proto::id::ExportId;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::cli::Server;
use crate::exit::{self, Exit};

/// Where `serve` leaves its token.
const TOKEN: &str = ".longshore/token";

/// How long the server may say nothing while it answers. Who follows an export hears from it every 15 s.
const SILENCE: Duration = Duration::from_mins(2);

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
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(SILENCE)
            .build()?;
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

    /// Whether programs read what is printed.
    pub(super) fn wants_json(&self) -> bool {
        self.server.json
    }

    /// Prints an answer: JSON where it was asked for, else what `show` makes of it.
    pub(super) fn show(&self, answer: &Value, show: impl FnOnce(&Value)) {
        if self.wants_json() { exit::print(&answer.to_string()) } else { show(answer) }
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

/// The items of a list; none of what is no list.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A value on one line, without control characters that a terminal would obey.
pub(super) fn text(value: &Value) -> String {
    let text = value.as_str().map_or_else(
        || if value.is_null() { String::new() } else { value.to_string() },
        ToOwned::to_owned,
    );
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
