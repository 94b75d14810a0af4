//! The configuration of an export, as deriva-download and deriva-web take it.
//!
//! A [`Configuration`] is read from JSON once, and everything that is wrong with it is told at once, with
//! the class of the answer that the service gives. Keys that nobody knows are named in a warning. Texts
//! with variables are templates from then on: what they are given as values is never read as a template,
//! and neither paths nor queries lead out of where they begin. Credentials are not shown.

mod configuration;
mod catalog;
mod bag;
mod query;
mod paging;
mod transform;
mod interpolation;
mod substitution;
mod dialect;
mod column;
mod fasta;
mod post;
mod processor;
mod template;
mod variables;
mod path;
mod outputs;
mod secret;
mod reading;
mod mistake;
#[cfg(test)]
mod tests;

pub use self::bag::{Archiver, Bag};
pub use self::catalog::{Catalog, Host, HostError};
pub use self::configuration::{Asked, Configuration, Read, Way};
pub use self::dialect::{Dialect, LineEnd, Quotes};
pub use self::interpolation::Interpolation;
pub use self::mistake::{Class, Mistake, Refused};
pub use self::outputs::{Given, Outputs};
pub use self::paging::Paging;
pub use self::path::{OutputPath, PathError};
pub use self::post::{Bucket, CloudUpload, Identifier, PostProcessor, UrlRewrite};
pub use self::processor::Classes;
pub use self::query::{Processor, Query, QueryError};
pub use self::secret::{Credential, Secret};
pub use self::substitution::{Substitution, SubstitutionError};
pub use self::template::{Template, TemplateError, UnknownVariable};
pub use self::transform::{Making, Transform};
pub use self::variables::{Values, Variables, argument};
