//! What becomes of a file whose class is converted.

use bytes::Bytes;
use futures::stream::BoxStream;
use proto::definition::Convert;
use source::SourceError;
use source::asset::{Assets, shown};

use super::naming::{Naming, Wanted};
use crate::Worker;
use crate::assets::converters::{ConvertError, Converted};
use crate::error::BatchError;

impl Worker {
    /// Converts a file, of which the beginning is read already.
    pub(super) async fn converted(
        &self,
        naming: &Naming<'_>,
        assets: &Assets,
        wanted: &Wanted,
        convert: &Convert,
        head: Vec<u8>,
        rest: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<Converted, BatchError> {
        let place = &wanted.reference.place;
        let written = wanted.written(convert);
        let converted = self.convert(assets, place, convert, &written, head, rest).await;
        converted.map_err(|error| {
            let is_unknown = matches!(error, ConvertError::WatermarkUnknown(_));
            // What a record asks for in vain costs that record.
            if is_unknown && naming.is_overridden(wanted) {
                let why = error.to_string();
                return BatchError::Unconvertible { reference: shown(place), why };
            }
            BatchError::of_conversion(error, place)
        })
    }
}
