//! `parked`: messages that were set aside.

use reqwest::Method;
use serde_json::json;

use super::client::{self, Client, items, text};
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
    let answer = match client::json(request.send().await?).await? {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    // The API answers nothing about a message that is no longer set aside.
    let answer = match args.action {
        None => answer,
        Some(ParkedAction::Retry { id }) => json!({"retried": id}),
        Some(ParkedAction::Discard { id }) => json!({"discarded": id}),
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::{Cli, Command, Parked, ParkedAction};

    #[test]
    fn what_is_said_of_the_server_stands_before_or_behind_what_is_done_with_parked_messages() {
        let flags = "--json --token t --url http://h/";
        for line in [
            format!("longshore parked {flags} retry m"),
            format!("longshore parked retry {flags} m"),
            format!("longshore parked retry m {flags}"),
            "longshore parked --token t retry --url http://h/ m --json".to_owned(),
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            let Command::Parked(Parked { action, server }) = cli.command else {
                panic!("{line} is another command")
            };
            assert!(matches!(action, Some(ParkedAction::Retry { id }) if id == "m"), "{line}");
            assert!(server.json, "{line}");
            assert_eq!(server.url.as_str(), "http://h/", "{line}");
            assert_eq!(server.token.as_deref(), Some("t"), "{line}");
        }
        let cli = Cli::try_parse_from(["longshore", "parked", "discard", "m"]).unwrap();
        assert!(matches!(cli.command, Command::Parked(Parked { server, .. }) if !server.json));
    }
}
