//! From a file as it was fetched to what it is converted to.

use bytes::Bytes;
use futures::stream::BoxStream;
use proto::definition::Convert;
use source::SourceError;
use source::asset::Assets;

use super::converters::{ConvertError, Converted};
use crate::Worker;

impl Worker {
    /// Converts the file at a place, of which the beginning is read already; `written` are the texts for
    /// its file. Another time, from the beginning, where others may have had a part in its failure.
    pub(crate) async fn convert(
        &self,
        assets: &Assets,
        place: &str,
        convert: &Convert,
        written: &[(String, String)],
        head: Vec<u8>,
        rest: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<Converted, ConvertError> {
        match self.converters.convert(convert, written.to_vec(), head, rest).await {
            Err(ConvertError::Worn) => {
                let again = assets.open(place).await?;
                self.converters.convert_anew(convert, written.to_vec(), again.bytes).await
            }
            converted => converted,
        }
    }
}
