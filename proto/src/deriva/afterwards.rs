//! What is done with the result of an export besides keeping it, with all variables filled in.
//!
//! What is brought to a bucket is a transport of the definition like any other, and goes to targets alone that the
//! operator lets requests name: never to an address from outside. The rest are steps that can be kept, and say where
//! results are and what is to be registered of them once they are there. Nothing here asks a server.

mod brought;
mod step;

use std::collections::BTreeMap;

use jiff::Timestamp;

use self::brought::brought;
pub use self::step::{Brought, Identified, Output, Rewritten, Step, places};
use self::step::{identified, rewritten};
use super::engine::{Class, Mistake, PostProcessor, Refused, UnknownVariable, Variables, Way};
use crate::definition::{Packer, Transport};
use crate::fault::Code;
use crate::target::S3Target;

/// What is asked for, and whose.
#[derive(Debug, Clone, Copy)]
pub struct Afterwards<'a> {
    /// What is done, in its order.
    pub post_processors: &'a [PostProcessor],
    /// What variables have for values after the last query.
    pub variables: &'a Variables,
    /// How the result is packed.
    pub packer: &'a Packer,
    /// The buckets that may be named, by the names of their targets.
    pub buckets: &'a BTreeMap<String, S3Target>,
    /// The MD5 of what tells apart those who export, in hexadecimal; results of each have a folder of their own.
    pub owner_md5: &'a str,
    /// Which way the configuration came.
    pub way: Way,
    /// When.
    pub now: Timestamp,
}

/// What comes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// What brings the result somewhere besides.
    pub transports: Vec<Transport>,
    /// What is to be told or done once it is there, in its order.
    pub steps: Vec<Step>,
    /// What of it has no effect.
    pub warnings: Vec<String>,
}

impl Afterwards<'_> {
    /// Prepares all of it; every mistake is told.
    pub fn prepared(&self) -> Result<Prepared, Refused> {
        let (mut prepared, mut mistakes) = (Prepared::default(), Vec::new());
        for (n, post_processor) in self.post_processors.iter().enumerate() {
            let place = Place(format!("/post_processors/{n}/processor_params"));
            match post_processor {
                PostProcessor::CloudUpload(upload) => match brought(self, upload, &place) {
                    Ok((transport, there)) => {
                        prepared.transports.push(transport);
                        prepared.steps.push(Step::Brought(there));
                        prepared.warnings.extend(brought::idle(upload, &place));
                    }
                    Err(mistake) => mistakes.push(*mistake),
                },
                PostProcessor::Identifier(identifier) => {
                    match identified(identifier, self.variables, &prepared.steps, &place) {
                        Ok(registered) => prepared.steps.push(Step::Identified(registered)),
                        Err(mistake) => mistakes.push(*mistake),
                    }
                }
                PostProcessor::UrlRewrite(rewrite) => {
                    match rewritten(rewrite, self.variables, &place) {
                        Ok(addresses) => prepared.steps.push(Step::Rewritten(addresses)),
                        Err(mistake) => mistakes.push(*mistake),
                    }
                    prepared.warnings.extend(self.unseen(n));
                }
            }
        }
        if mistakes.is_empty() { Ok(prepared) } else { Err(Refused { mistakes }) }
    }

    /// What is told of another address of a bag, which clients get at the service alone.
    fn unseen(&self, n: usize) -> Option<String> {
        let is_read = |after: &PostProcessor| matches!(after, PostProcessor::Identifier(_));
        let is_seen = self.way == Way::Files || self.post_processors[n..].iter().any(is_read);
        let why = "clients get a bag at the service alone, and nothing is registered";
        (!is_seen).then(|| format!("/post_processors/{n} has no effect: {why}"))
    }
}

/// Where the parameters of a step are.
struct Place(String);

#[expect(clippy::unnecessary_box_returns, reason = "they are errors, which are to be small")]
impl Place {
    fn at(&self, key: &str) -> String {
        if key.is_empty() { self.0.clone() } else { format!("{}/{key}", self.0) }
    }

    fn mistake(&self, class: Class, key: &str, message: String, hint: &str) -> Box<Mistake> {
        let (code, hint) = (Code::InvalidValue, hint.to_owned());
        Box::new(Mistake { code, class, place: self.at(key), message, hint })
    }

    fn unset(&self, key: &str, error: &UnknownVariable) -> Box<Mistake> {
        const HINT: &str = "set it in \"env\", or by an env processor whose query finds a row";
        self.mistake(Class::Failed, key, error.to_string(), HINT)
    }
}

#[cfg(test)]
mod tests;
