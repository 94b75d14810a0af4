//! `parked`: messages that were set aside.

use reqwest::Method;

use super::client::{Client, items, json, text};
use crate::cli::{self, ParkedAction};
use crate::exit::{self, Exit};

/// Looks at messages that were set aside, or releases one.
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
