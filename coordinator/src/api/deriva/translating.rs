//! From a configuration to a definition: what its queries for variables find is asked for on the way.

use std::sync::Arc;

use jiff::Timestamp;
use proto::deriva::translation::{Next, Translated, Translation};
use source::Source;

use super::trouble::Trouble;

/// What a translation comes to. Everything is asked for at one snapshot: the one that is wanted, or that of now.
pub(super) async fn translated(
    source: &Arc<dyn Source>,
    mut translation: Translation,
    wanted: Option<&str>,
    now: Timestamp,
) -> Result<Translated, Trouble> {
    let view = source.view(wanted).await?;
    translation.set_view(view.clone());
    loop {
        match translation.next(now)? {
            Next::Ask { path } => {
                let row = source.first(&path, view.as_deref()).await?;
                translation.answer(row);
            }
            Next::Done(translated) => return Ok(*translated),
        }
    }
}
