//! An error for stages that do nothing.

use std::convert::Infallible;

use fabric::task::Verdict;
use proto::message::TaskResult;

/// There is nothing to go wrong.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Never(Infallible);

impl Verdict for Never {
    fn verdict(&self) -> TaskResult {
        match self.0 {}
    }
}
