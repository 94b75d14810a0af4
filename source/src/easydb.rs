//! An easydb catalogue: whole objects in the order of their `_system_object_id`, from its server, or from a folder
//! with answers of its search.
//!
//! A slice is a range of those numbers, each with exactly as many objects as a batch is to have when the
//! plan is made. A number is never given twice, so that a slice reads the same a second time unless its
//! own objects were changed.

mod scan;
mod index;
mod folder;
mod search;
mod cutter;
mod survey;
mod rows;
mod provision;
mod server;

use std::sync::Arc;

use proto::source::{EasydbSpec, Rights};

use self::folder::FolderSource;
use crate::{Context, Source, SourceError};

/// Opens a catalogue. Reads at most the files with secrets; connects to nothing.
pub(crate) fn open(spec: &EasydbSpec, context: &Context) -> Result<Arc<dyn Source>, SourceError> {
    match (&spec.path, &spec.url) {
        (Some(path), None) => {
            if spec.rights == Rights::Caller || spec.keep_passwords {
                return Err(SourceError::Refused {
                    what: "an easydb with a `path` has no users, and no `rights = \"caller\"`"
                        .to_owned(),
                });
            }
            let assets = spec.assets.as_deref().unwrap_or(path);
            Ok(Arc::new(FolderSource::open(path, assets, context)?))
        }
        (None, Some(_)) => server::open(spec, context),
        (None, None) | (Some(_), Some(_)) => Err(SourceError::Refused {
            what: "an easydb has either a `path` or a `url`".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
