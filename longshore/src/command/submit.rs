//! `submit`: sends a definition and starts it.

use anyhow::Context;
use reqwest::Method;

use super::client::{Client, json};
use super::definition;
use super::watch::follow;
use crate::cli;
use crate::exit::{self, Exit};

/// Sends a definition and starts it.
pub(crate) async fn submit(args: cli::Submit) -> anyhow::Result<Exit> {
    let text = match definition::read(&args.definition) {
        Ok(text) => text,
        Err(faults) => return Ok(exit::bad_input(&args.definition.display().to_string(), &faults)),
    };
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
