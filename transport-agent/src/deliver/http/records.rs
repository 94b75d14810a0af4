//! Records to an API: the lines of a JSONL file, a page of them in each request.
//!
//! Pages are cut by count and by length, so that the same file gives the same pages. One page is held
//! in memory. A delivery that goes on reads from the byte after the last page that was taken.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use proto::archive::StepsDone;
use proto::definition::Records;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use super::content::Content;
use super::server::{Ask, Server};
use crate::deliver::progress::Progress;
use crate::deliver::steps::Steps;
use crate::deliver::{Delivery, DeliveryError};
use crate::error::AgentError;
use crate::parcel::{Parcel, Tally};

/// Most bytes of records in a request (8 MiB), unless a single one has more.
const MOST_BYTES: usize = 8 << 20;

/// Sends every page that was not taken before; the tally of the file that they are cut from.
pub(super) async fn send(
    server: &Server<'_>,
    steps: &mut Steps<'_>,
    records: &Records,
) -> Result<Tally, AgentError> {
    let delivery = server.delivery();
    let mut tally = Tally::default();
    let Some(file) = file(delivery, records).await? else { return Ok(tally) };
    let file = Parcel::of_tree(file);
    // A page that was taken cannot be taken back.
    file.check(&delivery.agent.store).await?;
    let mut bytes = file.read_from(&delivery.agent.store, steps.done().offset).await?;
    let progress = Mutex::new(Progress::new(delivery));
    progress.lock().await.add(steps.done().offset).await;
    let (mut rest, mut page, mut ended) = (BytesMut::new(), Page::default(), false);
    loop {
        while let Some(end) = memchr::memchr(b'\n', &rest) {
            page.add(rest.split_to(end + 1).freeze());
            if page.is_full(records.per_request) {
                post(server, steps, records, std::mem::take(&mut page), &progress).await?;
            }
        }
        if ended {
            break;
        }
        match bytes.try_next().await? {
            Some(chunk) => rest.extend_from_slice(&chunk),
            None => ended = true,
        }
    }
    if !rest.is_empty() {
        page.add(rest.freeze());
    }
    if !page.lines.is_empty() {
        post(server, steps, records, page, &progress).await?;
    }
    tally.add(&file);
    Ok(tally)
}

/// How long the file is that the records are in.
pub(super) async fn len_bytes(
    delivery: &Delivery<'_>,
    records: &Records,
) -> Result<u64, AgentError> {
    Ok(file(delivery, records).await?.map_or(0, |file| file.size))
}

/// The file that the records are in; nothing where there are none.
async fn file(
    delivery: &Delivery<'_>,
    records: &Records,
) -> Result<Option<tree::File>, AgentError> {
    let outputs = delivery.plan.definition.outputs.iter().zip(&delivery.plan.outputs);
    let found = outputs.clone().find(|(output, _)| output.to == records.of);
    let (_, planned) =
        found.ok_or(AgentError::NotPlanned { transport: delivery.archive.transport })?;
    let id = tree::FileId::Batch { ordinal: planned.first, place: None };
    Ok(tree::find(&delivery.agent.store, delivery.run, id).await?)
}

/// Lines for one request.
#[derive(Default)]
struct Page {
    lines: Vec<Bytes>,
    bytes: usize,
}

impl Page {
    fn add(&mut self, line: Bytes) {
        self.bytes += line.len();
        self.lines.push(line);
    }

    fn is_full(&self, lines: u32) -> bool {
        self.lines.len() >= lines as usize || self.bytes >= MOST_BYTES
    }

    /// The list of the records: each as it stands in its line.
    fn list(&self) -> String {
        let mut list = String::with_capacity(self.bytes + 2);
        list.push('[');
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                list.push(',');
            }
            list.push_str(String::from_utf8_lossy(line).trim_end());
        }
        list.push(']');
        list
    }
}

async fn post(
    server: &Server<'_>,
    steps: &mut Steps<'_>,
    records: &Records,
    page: Page,
    progress: &Mutex<Progress<'_>>,
) -> Result<(), AgentError> {
    let done = steps.done().clone();
    let number = done.sent + 1;
    let body = body(records, &page).map_err(|error| DeliveryError::Unusable {
        target: server.name().to_owned(),
        what: format!("page {number} is not JSON: {error}"),
    })?;
    let content = Content::Page(body);
    server.send(steps, &Ask { number, path: &records.of }, &content, progress).await?;
    let offset = done.offset + page.bytes as u64;
    let answer = server.answer().await;
    steps.step(StepsDone { sent: number, offset, answer, not_before: None }).await?;
    progress.lock().await.add(page.bytes as u64).await;
    Ok(())
}

/// The records, in the place that is for them.
fn body(records: &Records, page: &Page) -> Result<Bytes, serde_json::Error> {
    let Some(template) = &records.body else { return Ok(page.list().into()) };
    let (place, text) = if records.is_single() {
        (Records::ONE, page.lines.first().map_or_else(String::new, |line| record(line)))
    } else {
        (Records::LIST, page.list())
    };
    // A text that is exactly this stands in the template once; as JSON it has quotes around it.
    let (place, text) = (serde_json::to_string(place)?, RawValue::from_string(text)?);
    Ok(serde_json::to_string(template)?.replacen(&place, text.get(), 1).into())
}

/// The record of a line.
fn record(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn records_stand_in_their_place_as_they_are() {
        let check = |template: Value, lines: &[&str], expected: Option<&str>| {
            let records = json!({"of": "all.jsonl", "body": template});
            let mut page = Page::default();
            for line in lines {
                page.add(Bytes::copy_from_slice(line.as_bytes()));
            }
            let made = body(&serde_json::from_value(records).unwrap(), &page);
            assert_eq!(made.ok().as_deref(), expected.map(str::as_bytes), "{expected:?}");
        };
        let two = ["{\"n\":1.0}\r\n", "{\"n\":2e3}"];
        check(Value::Null, &two, Some(r#"[{"n":1.0},{"n":2e3}]"#));
        let list = json!({"items": "{records}", "source": "longshore"});
        let expected = r#"{"items":[{"n":1.0},{"n":2e3}],"source":"longshore"}"#;
        check(list.clone(), &two, Some(expected));
        check(list, &["{\n"], None);
        check(json!("{record}"), &two[..1], Some(r#"{"n":1.0}"#));
        check(json!({"a": ["{record}"]}), &two[1..], Some(r#"{"a":[{"n":2e3}]}"#));
    }

    #[test]
    fn a_page_is_full_by_its_records_or_by_its_length() {
        let mut page = Page::default();
        page.add(Bytes::from_static(b"{}\n"));
        assert!(page.is_full(1) && !page.is_full(2));
        page.add(vec![b' '; MOST_BYTES].into());
        assert!(page.is_full(100));
    }
}
