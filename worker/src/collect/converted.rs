//! From a file as it was fetched to what it is converted to.

use bytes::Bytes;
use futures::stream::BoxStream;
use proto::definition::Convert;
use source::SourceError;
use source::asset::shown;

use super::naming::{Naming, Wanted};
use crate::Worker;
use crate::assets::converters::{ConvertError, Converted};
use crate::batch::Task;
use crate::error::BatchError;

impl Worker {
    /// Converts a file, of which the beginning is read already.
    pub(super) async fn converted(
        &self,
        naming: &Naming<'_>,
        task: &Task,
        wanted: &Wanted,
        convert: &Convert,
        head: Vec<u8>,
        rest: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<Converted, BatchError> {
        let place = &wanted.reference.place;
        let written = wanted.written(convert);
        let mut converted = self.converters.convert(convert, written.clone(), head, rest).await;
        if let Err(ConvertError::Worn) = converted {
            let again = self.catalog.assets(&*task.source).open(place).await?;
            converted = self.converters.convert_anew(convert, written, again.bytes).await;
        }
        let unconvertible = |why| BatchError::Unconvertible { reference: shown(place), why };
        converted.map_err(|error| match error {
            ConvertError::Refused(why) => unconvertible(why),
            // What a record asks for in vain costs that record.
            ConvertError::WatermarkUnknown(_) if naming.is_overridden(wanted) => {
                unconvertible(error.to_string())
            }
            ConvertError::WatermarkUnknown(name) => BatchError::WatermarkUnknown(name),
            ConvertError::Source(error) => BatchError::Source(error),
            ConvertError::Process(error) => BatchError::Converter(error),
            ConvertError::Worn => BatchError::Converter(std::io::ErrorKind::BrokenPipe.into()),
        })
    }
}
