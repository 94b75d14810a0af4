//! `change`, `pause` and `resume`: another definition for an export that is there.

use proto::id::ExportId;
use reqwest::Method;
use serde_json::Value;

use super::client::{Client, json};
use super::definition;
use crate::cli;
use crate::exit::{self, Exit};

/// Gives an export the definition of a file.
pub(crate) async fn change(args: cli::Change) -> anyhow::Result<Exit> {
    let text = match definition::read(&args.definition) {
        Ok(text) => text,
        Err(faults) => return Ok(exit::bad_input(&args.definition.display().to_string(), &faults)),
    };
    put(&Client::new(args.server)?, args.export, text, args.version).await
}

/// Lets the schedules of an export rest.
pub(crate) async fn pause(args: cli::Selected) -> anyhow::Result<Exit> {
    set_paused(args, true).await
}

/// Lets the schedules of an export go on.
pub(crate) async fn resume(args: cli::Selected) -> anyhow::Result<Exit> {
    set_paused(args, false).await
}

async fn set_paused(args: cli::Selected, paused: impl Into<Value>) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let export = match client.export(args.export).await? {
        Ok(export) => export,
        Err(exit) => return Ok(exit),
    };
    let mut definition = export["definition"].clone();
    definition["paused"] = paused.into();
    let version = export["version"].as_u64().and_then(|version| u32::try_from(version).ok());
    put(&client, args.export, definition.to_string(), version).await
}

/// Changes an export, where it is still in the version that is changed.
async fn put(
    client: &Client,
    export: ExportId,
    definition: String,
    version: Option<u32>,
) -> anyhow::Result<Exit> {
    let mut request = client
        .request(Method::PUT, &format!("exports/{export}"))?
        .header("content-type", "application/json")
        .body(definition);
    if let Some(version) = version {
        request = request.header("if-match", format!("\"{version}\""));
    }
    match json(request.send().await?).await? {
        Ok(answer) => {
            client.show(&answer, |answer| {
                exit::print(&format!("version {}", answer["version"]));
            });
            Ok(Exit::Done)
        }
        Err(exit) => Ok(exit),
    }
}
