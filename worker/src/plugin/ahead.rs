//! Pages that are read before they are asked for: the next page of entries while the plugin works on this one, and
//! with it the annotations and media that it asked for of the pages before.
//!
//! One page is on its way at most, and what of the two that were given last is still to be asked for is kept: so much
//! is in memory, however many entries there are. What is asked for otherwise is read when it is asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::Shared;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use source::SourceError;
use source::datasets::{Datasets, Filter, Record, RecordKind};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

/// How many pages that were given are remembered: a plugin may ask for the next one first, and then what belongs to
/// this one.
const GIVEN: usize = 2;

/// What is read ahead of one page besides its entries, at most.
const MOST_WANTS: usize = 4;

/// Which page of entries is meant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageOf {
    pub(super) dataset: String,
    pub(super) filter: Filter,
    pub(super) after: Option<String>,
}

/// What is wanted of entries.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Want {
    pub(super) kind: RecordKind,
    pub(super) filter: Filter,
}

/// A list for each entry.
type OfEach = Vec<Vec<Record>>;

/// The ids of a page's entries, in their order.
type Ids = Arc<[String]>;

/// Reads for a plugin, and ahead of it.
pub(super) struct Ahead {
    datasets: Arc<dyn Datasets>,
    next: Option<Next>,
    given: VecDeque<Given>,
}

/// A page on its way.
struct Next {
    page: PageOf,
    coming: AbortOnDropHandle<Result<(Vec<Record>, Ids), SourceError>>,
    ids: Shared<oneshot::Receiver<Ids>>,
    related: Vec<Related>,
}

/// A page that was given.
struct Given {
    ids: Ids,
    wants: Vec<Want>,
    related: Vec<Related>,
}

/// What belongs to a page, on its way or there; nothing where the page itself was not read.
struct Related {
    want: Want,
    coming: AbortOnDropHandle<Option<Result<OfEach, SourceError>>>,
}

#[derive(Deserialize)]
struct Named {
    id: Value,
}

impl Ahead {
    pub(super) fn new(datasets: Arc<dyn Datasets>) -> Self {
        Self { datasets, next: None, given: VecDeque::new() }
    }

    /// A page of entries.
    pub(super) async fn entries(&mut self, page: PageOf) -> Result<Vec<Record>, SourceError> {
        let next = self.next.take().filter(|next| next.page == page);
        let ((entries, ids), related) = match next {
            Some(next) => {
                (next.coming.await.expect("the reading task does not panic")?, next.related)
            }
            None => (read(&*self.datasets, &page).await?, Vec::new()),
        };
        if let Some(last) = ids.last() {
            let mut next = Next::read(&self.datasets, PageOf { after: Some(last.clone()), ..page });
            for want in self.given.iter().flat_map(|given| &given.wants) {
                next.read_too(&self.datasets, want);
            }
            self.next = Some(next);
            self.given.truncate(GIVEN - 1);
            self.given.push_front(Given { ids, wants: Vec::new(), related });
        }
        Ok(entries)
    }

    /// What belongs to these entries, which are those of a page most of the time.
    pub(super) async fn related(
        &mut self,
        want: Want,
        ids: &[String],
    ) -> Result<OfEach, SourceError> {
        let Some(given) = self.given.iter_mut().find(|given| *given.ids == *ids) else {
            return read_related(&*self.datasets, &want, ids).await;
        };
        let known = given.related.iter().position(|related| related.want == want);
        let coming = match known.map(|known| given.related.swap_remove(known).coming) {
            Some(coming) => coming.await.expect("the reading task does not panic"),
            None => None,
        };
        let found = match coming {
            Some(found) => found?,
            None => read_related(&*self.datasets, &want, ids).await?,
        };
        if let Some(next) = &mut self.next {
            next.read_too(&self.datasets, &want);
        }
        if given.wants.len() < MOST_WANTS && !given.wants.contains(&want) {
            given.wants.push(want);
        }
        Ok(found)
    }
}

impl Next {
    fn read(datasets: &Arc<dyn Datasets>, page: PageOf) -> Self {
        let (known, ids) = oneshot::channel();
        let (datasets, of) = (Arc::clone(datasets), page.clone());
        let coming = tokio::spawn(async move {
            let (entries, ids) = read(&*datasets, &of).await?;
            // Nobody waits where nothing else is wanted.
            let _known = known.send(Arc::clone(&ids));
            Ok::<_, SourceError>((entries, ids))
        });
        let coming = AbortOnDropHandle::new(coming);
        Self { page, coming, ids: ids.shared(), related: Vec::new() }
    }

    /// Reads this of the page's entries, too.
    fn read_too(&mut self, datasets: &Arc<dyn Datasets>, want: &Want) {
        let is_known = self.related.iter().any(|related| related.want == *want);
        if is_known || self.related.len() == MOST_WANTS {
            return;
        }
        let (datasets, wanted, ids) = (Arc::clone(datasets), want.clone(), self.ids.clone());
        let coming = tokio::spawn(async move {
            let ids = ids.await.ok()?;
            Some(read_related(&*datasets, &wanted, &ids).await)
        });
        let coming = AbortOnDropHandle::new(coming);
        self.related.push(Related { want: want.clone(), coming });
    }
}

async fn read(datasets: &dyn Datasets, page: &PageOf) -> Result<(Vec<Record>, Ids), SourceError> {
    let entries = datasets.entries(&page.dataset, &page.filter, page.after.as_deref()).await?;
    // Nothing is read ahead of records that have none.
    let ids = entries.iter().map(|entry| id_of(entry)).collect::<Option<Ids>>();
    Ok((entries, ids.unwrap_or_default()))
}

async fn read_related(
    datasets: &dyn Datasets,
    want: &Want,
    ids: &[String],
) -> Result<OfEach, SourceError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match want.kind {
        RecordKind::Annotation => datasets.annotations(ids, &want.filter).await,
        RecordKind::Media => datasets.medias(ids, &want.filter).await,
        // Nothing else belongs to entries.
        RecordKind::Dataset | RecordKind::Entry => Ok(Vec::new()),
    }
}

/// The id of a record; nothing where it has none.
fn id_of(record: &RawValue) -> Option<String> {
    match serde_json::from_str::<Named>(record.get()).ok()?.id {
        Value::String(id) => Some(id),
        Value::Number(id) => Some(id.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use serde_json::{Map, json};
    use source::asset::Asset;
    use tokio::sync::mpsc;

    use super::*;

    /// Six entries in pages of two, with an annotation each; tells what is read.
    struct Told(mpsc::Sender<String>);

    fn record(value: &Value) -> Record {
        RawValue::from_string(value.to_string()).unwrap()
    }

    #[async_trait]
    impl Datasets for Told {
        async fn ids(&self) -> Result<Vec<String>, SourceError> {
            Ok(Vec::new())
        }

        async fn dataset(&self, _id: &str) -> Result<Option<Record>, SourceError> {
            Ok(None)
        }

        async fn entries(
            &self,
            _dataset: &str,
            _filter: &Filter,
            after: Option<&str>,
        ) -> Result<Vec<Record>, SourceError> {
            self.0.send(format!("after {}", after.unwrap_or("none"))).await.unwrap();
            let begin = after.map_or(0, |after| after[1..].parse::<usize>().unwrap() + 1);
            let entry = |number| record(&json!({"id": format!("e{number}")}));
            Ok((begin..6).take(2).map(entry).collect())
        }

        async fn annotations(
            &self,
            entries: &[String],
            _filter: &Filter,
        ) -> Result<Vec<Vec<Record>>, SourceError> {
            self.0.send(format!("of {}", entries.join(" "))).await.unwrap();
            Ok(entries.iter().map(|entry| vec![record(&json!({"of": entry}))]).collect())
        }

        async fn medias(
            &self,
            entries: &[String],
            filter: &Filter,
        ) -> Result<Vec<Vec<Record>>, SourceError> {
            self.annotations(entries, filter).await
        }

        async fn media(&self, _media: &Record) -> Result<Asset, SourceError> {
            Err(SourceError::Refused { what: "there are no files".to_owned() })
        }
    }

    fn page(after: Option<&str>) -> PageOf {
        let after = after.map(str::to_owned);
        PageOf { dataset: "d".to_owned(), filter: Filter(Map::new()), after }
    }

    async fn annotations(ahead: &mut Ahead, entries: [&str; 2]) {
        let want = Want { kind: RecordKind::Annotation, filter: Filter(Map::new()) };
        let found = ahead.related(want, &entries.map(str::to_owned)).await.unwrap();
        let found: Vec<&str> = found.iter().map(|of| of[0].get()).collect();
        assert_eq!(found, entries.map(|entry| format!("{{\"of\":\"{entry}\"}}")));
    }

    #[tokio::test]
    async fn what_was_asked_for_of_a_page_is_read_of_the_next_before_it_is_asked_for() {
        let (told, mut read) = mpsc::channel(64);
        let mut ahead = Ahead::new(Arc::new(Told(told)));
        ahead.entries(page(None)).await.unwrap();
        assert_eq!(read.recv().await.unwrap(), "after none");
        assert_eq!(read.recv().await.unwrap(), "after e1");
        annotations(&mut ahead, ["e0", "e1"]).await;
        assert_eq!(read.recv().await.unwrap(), "of e0 e1");
        assert_eq!(read.recv().await.unwrap(), "of e2 e3");
        assert_eq!(ahead.entries(page(Some("e1"))).await.unwrap().len(), 2);
        assert_eq!(read.recv().await.unwrap(), "after e3");
        assert_eq!(read.recv().await.unwrap(), "of e4 e5");
        annotations(&mut ahead, ["e2", "e3"]).await;
        ahead.entries(page(Some("e3"))).await.unwrap();
        annotations(&mut ahead, ["e4", "e5"]).await;
        assert!(ahead.entries(page(Some("e5"))).await.unwrap().is_empty());
        assert_eq!(read.recv().await.unwrap(), "after e5");
        drop(ahead);
        assert_eq!(read.recv().await, None, "nothing is read twice, nor more than one page ahead");
    }

    #[tokio::test]
    async fn a_page_that_nobody_expected_is_read_when_it_is_asked_for() {
        let (told, _read) = mpsc::channel(64);
        let mut ahead = Ahead::new(Arc::new(Told(told)));
        ahead.entries(page(None)).await.unwrap();
        let jumped = ahead.entries(page(Some("e2"))).await.unwrap();
        assert_eq!(jumped[0].get(), "{\"id\":\"e3\"}");
        annotations(&mut ahead, ["e3", "e4"]).await;
    }
}
