//! A text that each row fills in.

use proto::deriva::engine::Interpolation;

use super::record::{Record, text};

/// Appends the text with the values of a row in it. Names that are no columns stay as they are.
pub(super) fn row(template: &Interpolation, record: &Record, out: &mut Vec<u8>) {
    template.rendered(|column| record.value(column).map(text), out);
}
