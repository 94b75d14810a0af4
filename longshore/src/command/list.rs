//! `list`: exports, newest first.

use comfy_table::{Table, presets};
use reqwest::Method;

use super::client::{Client, items, json, text};
use crate::cli;
use crate::exit::{self, Exit};

/// Lists exports, newest first.
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
