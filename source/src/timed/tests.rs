//! A source that is timed gives what it gives otherwise.

use std::sync::atomic::{AtomicU32, Ordering};

use proto::definition::OnError;
use proto::fault::{Code, Fault};
use proto::filter::Where;
use proto::plan::Slice;

use super::*;

/// Counts for as long as anybody listens.
#[derive(Default)]
struct Counting {
    most: u32,
    sent: Arc<AtomicU32>,
}

#[async_trait]
impl Source for Counting {
    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(SourceError::Refused { what: "it is only read".to_owned() })
    }

    async fn rows(&self, _read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        for number in 0..self.most {
            let fault = Fault::new(Code::SourceRefused, "not a record");
            if out.send(Chunk::Broken { fault, text: number.to_string() }).await.is_err() {
                return Ok(());
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

fn read() -> Read {
    Read {
        slice: Slice::Files(Vec::new()),
        fields: None,
        besides: Vec::new(),
        filter: Where::default(),
        search: None,
        query: None,
        view: None,
        on_error: OnError::Warn,
    }
}

#[tokio::test]
async fn rows_come_as_the_source_sends_them() {
    let timed = Timed::over(Arc::new(Counting { most: 100, ..Counting::default() }));
    let (out, mut chunks) = mpsc::channel(4);
    let reading = tokio::spawn(async move { timed.rows(&read(), out).await });
    let mut came = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        let Chunk::Broken { text, .. } = chunk else { panic!("{chunk:?}") };
        came.push(text);
    }
    reading.await.unwrap().unwrap();
    assert_eq!(came, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_source_stops_where_nobody_listens_any_more() {
    let sent = Arc::new(AtomicU32::new(0));
    let counting = Counting { most: u32::MAX, sent: Arc::clone(&sent) };
    let (out, mut chunks) = mpsc::channel(1);
    let timed = Timed::over(Arc::new(counting));
    let reading = tokio::spawn(async move { timed.rows(&read(), out).await });
    assert!(chunks.recv().await.is_some());
    drop(chunks);
    reading.await.unwrap().unwrap();
    assert!(sent.load(Ordering::Relaxed) <= 8);
}

/// What is not passed on would be what the trait says of sources that have nothing of the kind.
#[test]
fn whatever_a_source_can_be_asked_is_passed_on() {
    let (_, methods) = include_str!("../lib.rs").split_once("pub trait Source").unwrap();
    let (methods, _) = methods.split_once("\n}\n").unwrap();
    let (_, passed_on) = include_str!("../timed.rs").split_once("impl Source for Timed").unwrap();
    let names = methods.split("fn ").skip(1).filter_map(|rest| rest.split_once('('));
    let mut count = 0;
    for (name, _) in names {
        assert!(passed_on.contains(&format!("fn {name}(")), "{name} is not passed on");
        count += 1;
    }
    assert!(count > 10);
}
