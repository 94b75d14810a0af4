//! `token`: API tokens, straight in the store.

use coordinator::token;

use crate::cli::{self, TokenAction};
use crate::compose;
use crate::config::{Config, StoreConfig};
use crate::exit::{self, Exit};

/// Makes, lists or revokes tokens.
pub(crate) async fn token(args: cli::Token, config: Config) -> anyhow::Result<Exit> {
    let mut place = config.store;
    if place == StoreConfig::default() {
        place.path = args.data.join("store");
    }
    let store = compose::store(&place).await?;
    let now = jiff::Timestamp::now();
    match args.action {
        TokenAction::New { owner, admin } => {
            let rights = if admin { token::Rights::Admin } else { token::Rights::Owner };
            let made = token::create(&*store, owner, rights, now).await?;
            exit::print(crate::config::expose(&made));
        }
        TokenAction::List => {
            for (id, token) in token::list(&store).await? {
                exit::print(&format!(
                    "{id}  {}  {}  {}",
                    token.owner,
                    token.rights.as_str(),
                    token.created
                ));
            }
        }
        TokenAction::Revoke { id } => {
            if !token::revoke(&*store, &id).await? {
                exit::say("there is no such token");
                return Ok(Exit::Failed);
            }
        }
    }
    Ok(Exit::Done)
}
