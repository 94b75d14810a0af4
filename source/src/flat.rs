//! Records as the rows of a table: values within a field become columns of their own.
//!
//! Three steps, so that a plan says which columns there are and every batch writes the same ones:
//! [`Rules`] come from the definition, a [`Learner`] looks over all records for the plan, and a
//! [`Flattener`] takes the pages of a batch apart. Text is borrowed from the page all the way; only
//! strings with escapes and joined lists are put together anew.

mod rules;
mod tree;
mod scatter;
pub mod holds;
mod learn;
mod apply;

pub use self::apply::Flattener;
pub use self::learn::{Learner, Unlearned};
pub use self::rules::{NoField, Rules};

#[cfg(test)]
mod tests;
