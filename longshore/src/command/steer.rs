//! `start`, `stop`, `retry` and `delete`: one request each, with nothing to show.

use reqwest::Method;

use super::client::{Client, json};
use crate::cli;
use crate::exit::Exit;

/// Starts another run.
pub(crate) async fn start(args: cli::Start) -> anyhow::Result<Exit> {
    let path = if args.full { "/start?full=true" } else { "/start" };
    act(args.selected, Method::POST, path).await
}

/// Ends the run under way.
pub(crate) async fn stop(args: cli::Selected) -> anyhow::Result<Exit> {
    act(args, Method::POST, "/stop").await
}

/// Takes a failed or stopped run up again, or one transport of the last run.
pub(crate) async fn retry(args: cli::Retry) -> anyhow::Result<Exit> {
    let Some(transport) = args.transport else {
        return act(args.selected, Method::POST, "/retry").await;
    };
    let client = Client::new(args.selected.server)?;
    let export = args.selected.export;
    let run = match client.export(export).await? {
        Ok(shown) => shown["run"]["run"].as_u64().unwrap_or_default(),
        Err(exit) => return Ok(exit),
    };
    let path = format!("exports/{export}/runs/{run}/transports/{transport}/retry");
    send(&client, Method::POST, &path).await
}

/// Takes an export away.
pub(crate) async fn delete(args: cli::Selected) -> anyhow::Result<Exit> {
    let (client, export) = (Client::new(args.server)?, args.export);
    match json(client.request(Method::DELETE, &format!("exports/{export}"))?.send().await?).await? {
        // The API answers nothing about what is gone.
        Ok(_) => {
            client.show(&serde_json::json!({"deleted": export.to_string()}), |_| {});
            Ok(Exit::Done)
        }
        Err(exit) => Ok(exit),
    }
}

async fn act(args: cli::Selected, method: Method, path: &str) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    send(&client, method, &format!("exports/{}{path}", args.export)).await
}

async fn send(client: &Client, method: Method, path: &str) -> anyhow::Result<Exit> {
    match json(client.request(method, path)?.send().await?).await? {
        Ok(answer) => {
            client.show(&answer, |_| {});
            Ok(Exit::Done)
        }
        Err(exit) => Ok(exit),
    }
}
