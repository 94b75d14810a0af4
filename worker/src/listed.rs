//! Documents that the planner has listed in the store, as a source of their own.

use std::sync::Arc;

use async_trait::async_trait;
use fabric::store::Store;
use futures::TryStreamExt;
use proto::plan::Slice;
use serde_json::{Map, Value};
use source::asset::AssetRoot;
use source::page::{Kind, Page};
use source::{Chunk, Read, Source, SourceError, Survey, Wanted};
use tokio::sync::mpsc;

/// Reads slices that are listed; it cannot be planned from.
pub(crate) struct ListedSource {
    store: Arc<dyn Store>,
}

impl ListedSource {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Source for ListedSource {
    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(SourceError::Refused { what: "a list is made by a plan, and makes none".to_owned() })
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let Slice::Listed(listed) = &read.slice else {
            return Err(SourceError::Changed { what: "it is a list".to_owned() });
        };
        let mut bytes = self.store.read(&listed.key, 0..listed.len, None).await?;
        let width = read.fields.as_ref().map_or(1, Vec::len);
        let (mut page, mut begun) = (Page::new(width), Vec::new());
        while let Some(chunk) = bytes.try_next().await? {
            let mut rest = &chunk[..];
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                begun.extend_from_slice(&rest[..end]);
                rest = &rest[end + 1..];
                push(&begun, read.fields.as_deref(), &mut page).ok_or_else(|| {
                    SourceError::Changed { what: format!("{} is no list of documents", listed.key) }
                })?;
                begun.clear();
                if page.is_full() {
                    let full = std::mem::replace(&mut page, Page::new(width));
                    if out.send(Chunk::Page(full)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            begun.extend_from_slice(rest);
        }
        if !page.is_empty() {
            // A receiver that is gone wants no more.
            let _ = out.send(Chunk::Page(page)).await;
        }
        Ok(())
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

/// Appends a document whole, or what it has in some fields; nothing where it is none.
fn push(line: &[u8], fields: Option<&[String]>, page: &mut Page) -> Option<()> {
    let line = std::str::from_utf8(line).ok()?;
    let Some(fields) = fields else {
        page.push(Kind::Json, line);
        return Some(());
    };
    let document: Map<String, Value> = serde_json::from_str(line).ok()?;
    for field in fields {
        match document.get(field) {
            None | Some(Value::Null) => page.push(Kind::Null, ""),
            Some(Value::String(text)) => page.push(Kind::Text, text),
            Some(Value::Bool(value)) => page.push(Kind::Bool, &value.to_string()),
            Some(Value::Number(number)) => page.push(Kind::Number, &number.to_string()),
            Some(other @ (Value::Array(_) | Value::Object(_))) => {
                page.push(Kind::Json, &other.to_string());
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_given_whole_or_by_its_fields() {
        let line = br#"{"id":7,"name":"a","tags":["x"],"old":null}"#;
        let mut page = Page::new(1);
        push(line, None, &mut page).unwrap();
        assert_eq!(page.rows().next().unwrap().cell(0).text.as_bytes(), line);
        let fields = ["name", "id", "tags", "old", "gone"].map(str::to_owned);
        let mut page = Page::new(fields.len());
        push(line, Some(&fields), &mut page).unwrap();
        let row = page.rows().next().unwrap();
        let cells: Vec<_> = row.cells(fields.len()).map(|cell| (cell.kind, cell.text)).collect();
        let none = (Kind::Null, "");
        let expected =
            [(Kind::Text, "a"), (Kind::Number, "7"), (Kind::Json, "[\"x\"]"), none, none];
        assert_eq!(cells, expected);
        assert!(push(b"[", Some(&fields), &mut page).is_none());
    }
}
