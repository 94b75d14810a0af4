//! `stop`, `retry` and `delete`: one request each, with nothing to show.

use reqwest::Method;

use super::client::{Client, json};
use crate::cli;
use crate::exit::Exit;

/// Ends the run under way.
pub(crate) async fn stop(args: cli::Selected) -> anyhow::Result<Exit> {
    act(args, Method::POST, "/stop").await
}

/// Takes a failed or stopped run up again.
pub(crate) async fn retry(args: cli::Selected) -> anyhow::Result<Exit> {
    act(args, Method::POST, "/retry").await
}

/// Takes an export away.
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
