//! A batch of what a source itself answers: its bytes become a share as they are.
//!
//! What stands around and between the shares is for whoever joins them, but for what parts a share from those before.

use futures::StreamExt;
use proto::definition::Verbatim;
use source::{SourceError, Text, TextStream};
use tokio::sync::mpsc;

use crate::Worker;
use crate::batch::{Made, Place, Task};
use crate::error::BatchError;
use crate::laying::Laying;
use crate::segment::Segments;
use crate::table::{CHANNEL, Reading, Rendered, Rendering, WRITTEN, share};

impl Worker {
    /// Lays an answer down as a share.
    pub(crate) async fn verbatim(
        &self,
        task: &Task,
        form: Verbatim,
        segments: &mut Segments<'_>,
    ) -> Result<Made, BatchError> {
        let Some(stream) = task.source.verbatim(&task.read, form).await? else {
            return Err(SourceError::Refused { what: "it gives records alone".to_owned() }.into());
        };
        let (out, parts) = mpsc::channel(WRITTEN);
        let laying = Laying::share(&task.asked, separator(task.place, form), out);
        share(lay_down(stream, laying), parts, segments).await
    }
}

/// What parts a share from those before it.
fn separator(place: Place, form: Verbatim) -> &'static [u8] {
    let [_, between, _] = form.frame();
    match place {
        Place::First => b"",
        Place::Later => between.as_bytes(),
    }
}

/// Lays texts down as they come.
fn lay_down(mut stream: TextStream, mut laying: Laying) -> (Reading, Rendering) {
    let (out, mut texts) = mpsc::channel::<Text>(CHANNEL);
    let reading = tokio::spawn(async move {
        while let Some(text) = stream.next().await {
            if out.send(text?).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let rendering = tokio::task::spawn_blocking(move || {
        let mut records = 0;
        while let Some(text) = texts.blocking_recv() {
            records += text.records;
            if laying.content(&text.bytes).is_break() {
                break;
            }
        }
        Ok(Rendered { pieces: laying.finish(), records, warnings: Vec::new() })
    });
    (reading, rendering)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::stream;
    use proto::lay::Asked;

    use super::*;
    use crate::plain_zip::plain_zip;

    /// The length of the share of these texts, and how many records are in it.
    async fn laid(texts: &[(&'static str, u64)], place: Place) -> (u64, u64, Vec<u8>) {
        let texts: Vec<_> = texts
            .iter()
            .map(|(text, records)| {
                Ok(Text { bytes: Bytes::from_static(text.as_bytes()), records: *records })
            })
            .collect();
        let (out, mut parts) = mpsc::channel(WRITTEN);
        let asked = Asked { is_stored: true, ..plain_zip() };
        let laying = Laying::share(&asked, separator(place, Verbatim::Json), out);
        let (reading, rendering) = lay_down(stream::iter(texts).boxed(), laying);
        let mut bytes = Vec::new();
        while let Some((_, part)) = parts.recv().await {
            bytes.extend_from_slice(&part);
        }
        reading.await.unwrap().unwrap();
        let rendered = rendering.await.unwrap().unwrap();
        (rendered.pieces[0].1.size, rendered.records, bytes)
    }

    #[tokio::test]
    async fn a_share_is_the_very_text_of_the_source() {
        let texts = [("{\"a\":\"x\r\n\"}", 1), (",\n {\"a\":2}", 1)];
        let (size, records, first) = laid(&texts, Place::First).await;
        assert_eq!((size, records), (21, 2));
        let (_, _, later) = laid(&texts, Place::Later).await;
        assert!(later.len() > first.len() && later.ends_with(&first), "{later:?} {first:?}");
    }

    #[tokio::test]
    async fn where_there_is_no_text_nothing_parts_it_from_others() {
        assert_eq!(laid(&[], Place::Later).await.2, laid(&[], Place::First).await.2);
    }
}
