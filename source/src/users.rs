//! The users of a source's own server, where everybody exports what they may see there.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::pass::{Caller, Pass, Token};
use crate::{Source, SourceError};

/// Users that a source knows.
#[async_trait]
pub trait Users: Send + Sync {
    /// The source as somebody sees it. Reads nothing yet.
    fn as_caller(&self, caller: Caller) -> Arc<dyn Source>;

    /// Signs in; nothing where nobody is known by this login and password.
    async fn enter(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Option<Pass>, SourceError>;

    /// The pass of whoever has a token of the server; nothing where it does not know the token.
    async fn whose(&self, token: &Token) -> Result<Option<Pass>, SourceError>;
}
