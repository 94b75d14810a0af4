//! Reading the answers that a file is made of, one after the other.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use source::{SourceError, Text};
use tokio::sync::mpsc;

use crate::batch::{Table, Task};

/// Reads all answers; how many records they have.
pub(super) async fn read_all(
    task: Arc<Task>,
    out: Vec<mpsc::Sender<Bytes>>,
) -> Result<u64, SourceError> {
    let mut records = 0;
    for (table, out) in task.sheets.iter().zip(out) {
        records += read(table, out).await?;
    }
    Ok(records)
}

/// Reads an answer: all of it, as if it were asked for at once. One without any record is empty.
async fn read(table: &Table, out: mpsc::Sender<Bytes>) -> Result<u64, SourceError> {
    let Some(form) = table.output.verbatim else { return Ok(0) };
    // Documents, which have no columns, are whole.
    let is_document = table.reads.iter().any(|read| read.fields.is_none());
    let frame = if is_document { [""; 3] } else { form.frame() };
    let mut sending = Sending::new(frame, out);
    for read in &table.reads {
        let Some(mut texts) = table.source.verbatim(read, form).await? else {
            return Err(SourceError::Refused { what: "it gives records alone".to_owned() });
        };
        sending.goes_on = true;
        while let Some(text) = texts.next().await {
            if sending.text(text?).await.is_break() {
                // Whoever took it says why it does no more.
                return Ok(sending.records);
            }
        }
    }
    Ok(sending.finish().await)
}

/// An answer on its way to what is made of it.
struct Sending {
    between: &'static str,
    close: &'static str,
    out: mpsc::Sender<Bytes>,
    /// What goes before the first record, as long as there is none.
    held: Vec<Bytes>,
    /// Whether the next text is the first one of a slice.
    goes_on: bool,
    records: u64,
}

impl Sending {
    fn new([open, between, close]: [&'static str; 3], out: mpsc::Sender<Bytes>) -> Self {
        let held = vec![Bytes::from_static(open.as_bytes())];
        Self { between, close, out, held, goes_on: false, records: 0 }
    }

    async fn text(&mut self, text: Text) -> ControlFlow<()> {
        let is_first = std::mem::replace(&mut self.goes_on, false);
        if self.records == 0 && text.records == 0 {
            self.held.push(text.bytes);
            return ControlFlow::Continue(());
        }
        if is_first && self.records > 0 {
            self.send(Bytes::from_static(self.between.as_bytes())).await?;
        }
        for held in std::mem::take(&mut self.held) {
            self.send(held).await?;
        }
        self.records += text.records;
        self.send(text.bytes).await
    }

    /// Sends what goes behind the last record; how many there are.
    async fn finish(mut self) -> u64 {
        if self.records > 0 {
            // Nobody there to take it: whoever it was says so.
            let _taken = self.send(Bytes::from_static(self.close.as_bytes())).await;
        }
        self.records
    }

    async fn send(&mut self, bytes: Bytes) -> ControlFlow<()> {
        if bytes.is_empty() {
            return ControlFlow::Continue(());
        }
        match self.out.send(bytes).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::definition::Verbatim;

    use super::*;

    /// What is sent of slices of texts, each with how many records it has.
    async fn sent(form: Verbatim, slices: &[&[(&'static str, u64)]]) -> (String, u64) {
        let (out, mut parts) = mpsc::channel(100);
        let mut sending = Sending::new(form.frame(), out);
        for slice in slices {
            sending.goes_on = true;
            for (text, records) in *slice {
                let bytes = Bytes::from_static(text.as_bytes());
                let taken = sending.text(Text { bytes, records: *records }).await;
                assert!(taken.is_continue());
            }
        }
        let records = sending.finish().await;
        let mut all = Vec::new();
        while let Some(part) = parts.recv().await {
            all.extend_from_slice(&part);
        }
        (String::from_utf8(all).unwrap(), records)
    }

    #[tokio::test]
    async fn slices_are_one_answer() {
        let slices: [&[_]; 3] =
            [&[("{\"a\":1}", 1)], &[], &[("{\"a\":2}", 1), (",\n {\"a\":3}", 1)]];
        let expected = "[{\"a\":1},\n {\"a\":2},\n {\"a\":3}]\n".to_owned();
        assert_eq!(sent(Verbatim::Json, &slices).await, (expected, 3));
        let slices: [&[_]; 2] = [&[("a,b\n", 0), ("1,2\n", 1)], &[("3,4\n", 1)]];
        assert_eq!(sent(Verbatim::Csv, &slices).await, ("a,b\n1,2\n3,4\n".to_owned(), 2));
    }

    #[tokio::test]
    async fn an_answer_without_records_is_empty() {
        assert_eq!(sent(Verbatim::Csv, &[&[("a,b\n", 0)]]).await, (String::new(), 0));
        assert_eq!(sent(Verbatim::Json, &[&[]]).await, (String::new(), 0));
    }
}
