//! `watch`: follows an export to the end of its run.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use anyhow::bail;
use futures::TryStreamExt;
use proto::id::ExportId;
use proto::run::State;
use reqwest::Method;
use serde_json::Value;

use super::client::{Client, text};
use super::show::{counts, describe};
use crate::cli;
use crate::exit::{self, Exit};

/// How long to wait before a broken connection is made anew.
const RECONNECT: Duration = Duration::from_secs(2);

/// Follows an export to the end of its run.
pub(crate) async fn watch(args: cli::Selected) -> anyhow::Result<Exit> {
    follow(&Client::new(args.server)?, args.export).await
}

/// Follows the events, across broken connections, until the run has ended.
pub(super) async fn follow(client: &Client, id: ExportId) -> anyhow::Result<Exit> {
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
            if client.wants_json() {
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
                "assembled" => format!("transport {} is packed", text(&event["transport"])),
                "delivering" => format!(
                    "transport {}: {} of {} bytes",
                    text(&event["transport"]),
                    text(&event["bytes"]),
                    text(&event["of"])
                ),
                "delivered" => format!("transport {} delivered", text(&event["transport"])),
                "transport_failed" => format!(
                    "transport {} failed: {} [{}]",
                    text(&event["transport"]),
                    text(&event["message"]),
                    text(&event["code"])
                ),
                other => other.to_owned(),
            };
            exit::say(&format!("{}  {what}", text(&event["at"])));
        }
    }
}
