//! What a catalogue answers, byte for byte: of rows the answer to them all at once, though it is asked for page by
//! page, and of documents the whole.
//!
//! Tables are asked for as such, for nothing else spells values as they do. An object is written alike in a list and
//! on a line of its own, so that both come from lists, which cannot break off unseen.

mod lines;
mod table;
mod objects;

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use proto::definition::Verbatim;
use proto::plan::Slice;
use tokio::sync::mpsc;

use super::pages::Pages;
use super::question::Question;
use super::rows::changed;
use super::server::Server;
use crate::feed::Receiver;
use crate::files::in_thread;
use crate::http::Answer;
use crate::{Read, SourceError, Text, TextStream};

/// Parts that may wait for whoever takes them.
const WAITING: usize = 2;

/// The answer to a slice of a question, read while it is taken.
pub(super) fn texts(
    server: Arc<Server>,
    question: Question,
    read: Read,
    form: Verbatim,
) -> TextStream {
    let (out, texts) = mpsc::channel(WAITING);
    let reading = async move {
        let asked = Arc::clone(&server);
        let reading = in_thread(move |stop| {
            let pages = Pages::new(&asked, read.view.as_deref(), &stop);
            answer(&pages, &question, &read, form, &Sending { out })
        });
        reading.await?;
        server.is_held().await
    };
    // It gives nothing but the error that it ends with, and is driven by whoever takes the texts.
    let ended = stream::once(reading).filter_map(|read| ready(read.err().map(Err)));
    let texts = stream::unfold(texts, |mut texts: mpsc::Receiver<Text>| async move {
        let text = texts.recv().await?;
        Some((Ok(text), texts))
    });
    stream::select(texts, ended).boxed()
}

fn answer(
    pages: &Pages<'_>,
    question: &Question,
    read: &Read,
    form: Verbatim,
    sending: &Sending,
) -> Result<(), SourceError> {
    let query = match question {
        Question::Document(document) => {
            sending.document(&pages.document(document)?);
            return Ok(());
        }
        Question::Rows(query) => query,
    };
    let Slice::Pages(range) = &read.slice else {
        return Err(changed("the plan names other things than rows of a catalogue"));
    };
    let names = read.fields.as_deref().unwrap_or_default();
    match form {
        Verbatim::Csv => table::send(pages, query, (range, names), sending),
        Verbatim::Json | Verbatim::JsonStream => {
            objects::send(pages, query, (range, names), form, sending)
        }
    }
}

/// Texts on their way out.
struct Sending {
    out: mpsc::Sender<Text>,
}

impl Sending {
    fn text(&self, bytes: impl Into<Bytes>, records: u64) -> Receiver {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Receiver::Listens;
        }
        match self.out.blocking_send(Text { bytes, records }) {
            Ok(()) => Receiver::Listens,
            Err(_) => Receiver::Gone,
        }
    }

    /// A document is one record, unless there is nothing in it.
    fn document(&self, answer: &Answer) {
        let body = answer.body();
        let is_bare = matches!(body.trim(), "" | "[]" | "{}");
        self.text(body.to_owned(), u64::from(!is_bare));
    }
}
