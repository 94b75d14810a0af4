//! The export templates of a table, and the requests to an export service that they become.
//!
//! They are what the clients of Deriva derive in the browser: from the annotations of the table, its schema and
//! its catalogue, with fragments put in their places, or from the columns and tables that are shown where the
//! annotations say nothing. Text in, text out: nothing here asks a server.

mod context;
mod reference;
mod annotated;
mod fragments;
mod template;
mod flaw;
mod bag;
mod asset;
mod source;
mod filter;
mod shown;
mod usual;
mod related;
mod candidate;
mod rows;
mod fetch;
mod rows_alone;
mod request;
mod configured;
mod listing;
mod file_name;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::annotated::{Annotated, annotated};
pub use self::configured::{Configured, configured};
pub use self::flaw::{Dropped, Flaw};
use self::fragments::Fragments;
pub use self::reference::Reference;
pub use self::request::{
    BagOptions, LeftOut, QueriedCatalogue, QueryProcessor, Request, Requested, requested,
};
pub use self::template::{Api, Destination, Kind, Output, Source, Template};
use super::schema::TableIn;

/// The longest path that is sent to ERMrest, in characters: what servers and browsers between take.
pub const MAX_PATH_LEN: usize = 4000;

/// The templates of a table in a context.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Templates {
    /// Those that can be used.
    pub valid: Vec<Template>,
    /// Those that cannot, and why.
    pub dropped: Vec<Dropped>,
    /// The rows of the table in one file, which is there whatever is annotated.
    pub csv: Option<Template>,
}

/// What a table offers whose annotations say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unannotated {
    /// A bag of its rows, its files and what is related to them, in the context `detailed`.
    Bag,
    /// Nothing, as `disableDefaultExport` of a Chaise asks for.
    Nothing,
}

impl Templates {
    /// The templates that a table has in a context, such as `detailed`, `compact` or `compact/select`: those of
    /// the first of its own annotations, its schema's and its catalogue's to name any for the context, and beside
    /// them a file of its rows.
    pub fn of(table: TableIn<'_>, context: &str, unannotated: Unannotated) -> Self {
        let mut templates = Self::default();
        match annotated(table, context) {
            Annotated::Nowhere => {
                if context == "detailed" && unannotated == Unannotated::Bag {
                    templates.valid.extend(bag::template(table));
                }
            }
            Annotated::Malformed { place } => {
                templates.dropped.push(Dropped { place, displayname: None, flaw: Flaw::NoList });
            }
            Annotated::There { place, list } => {
                let fragments = Fragments::of(table);
                for (index, raw) in list.iter().enumerate() {
                    templates.take(&format!("{place}.templates[{index}]"), raw, &fragments);
                }
            }
        }
        if templates.named(rows_alone::DISPLAY_NAME).is_none() {
            templates.csv = rows_alone::template(table, context);
        }
        templates
    }

    /// Takes a template as it is annotated. A fragment may stand for several.
    fn take(&mut self, place: &str, raw: &Value, fragments: &Fragments<'_>) {
        let dropped = |template: &Value, flaw| Dropped {
            place: place.to_owned(),
            displayname: template.get("displayname").and_then(Value::as_str).map(str::to_owned),
            flaw,
        };
        let whole = match fragments.put_into(raw) {
            Ok(Value::Array(several)) => several,
            Ok(one) => vec![one],
            Err(flaw) => return self.dropped.push(dropped(raw, flaw)),
        };
        for template in whole {
            match Template::read(&template) {
                Ok(read) => self.valid.push(read),
                Err(flaw) => self.dropped.push(dropped(&template, flaw)),
            }
        }
    }
}
