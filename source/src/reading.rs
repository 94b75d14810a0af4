//! Reads sources whole, as tests want them.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use proto::definition::OnError;
use proto::filter::Where;
use proto::plan::{FileRange, Slice};
use proto::source::SourceSpec;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::address::AddressRules;
use crate::asset::{HttpAssets, HttpLimits};
use crate::page::Kind;
use crate::{Buckets, Chunk, Context, NoBuckets, Read, Source, SourceError, Wanted, open};

/// What a test asks of a source.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) wanted: Wanted,
    pub(crate) on_error: OnError,
}

/// What a source gave: rows, and what it left out, as `line:byte why`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) slices: usize,
    pub(crate) records: Option<u64>,
    pub(crate) rows: Vec<Vec<(Kind, String)>>,
    pub(crate) broken: Vec<(String, String)>,
}

impl Asked {
    /// Everything, in one slice.
    pub(crate) fn all() -> Self {
        let wanted = Wanted {
            fields: None,
            besides: Vec::new(),
            filter: Where::new(),
            batch_size: Some(0),
            target_bytes: 1 << 20,
            needs_columns: false,
            search: None,
            query: None,
            view: None,
        };
        Self { wanted, on_error: OnError::Fail }
    }

    pub(crate) fn fields(mut self, fields: &[&str]) -> Self {
        self.wanted.fields = Some(fields.iter().map(|field| (*field).to_owned()).collect());
        self
    }

    pub(crate) fn batch_size(mut self, size: u64) -> Self {
        self.wanted.batch_size = Some(size);
        self
    }

    pub(crate) fn target_bytes(mut self, target: u64) -> Self {
        self.wanted.batch_size = None;
        self.wanted.target_bytes = target;
        self
    }

    pub(crate) fn filter(mut self, filter: &str) -> Self {
        self.wanted.filter = serde_json::from_str(filter).unwrap();
        self
    }

    pub(crate) fn warn(mut self) -> Self {
        self.on_error = OnError::Warn;
        self
    }
}

/// A folder with files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

/// What sources in a folder have besides.
pub(crate) fn context(base: &Path, buckets: Arc<dyn Buckets>) -> Context {
    // Once for all tests, for it reads the machine's certificates.
    static HTTP: LazyLock<Arc<HttpAssets>> = LazyLock::new(|| {
        Arc::new(HttpAssets::new(HttpLimits::default(), AddressRules::default()).unwrap())
    });
    Context { base: base.to_owned(), buckets, http: Arc::clone(&HTTP) }
}

/// A source, given as JSON, of files in a folder.
pub(crate) fn source(base: &Path, spec: &str) -> Result<Arc<dyn Source>, SourceError> {
    let context = context(base, Arc::new(NoBuckets));
    let spec: SourceSpec = serde_json::from_str(spec).unwrap();
    open(&spec, &context)
}

/// Reads every slice that a survey makes.
pub(crate) async fn read(source: &dyn Source, asked: &Asked) -> Result<Given, SourceError> {
    let survey = source.survey(&asked.wanted).await?;
    let mut given = Given {
        fields: survey.fields.clone(),
        slices: survey.slices.len(),
        records: survey.records,
        rows: Vec::new(),
        broken: Vec::new(),
    };
    for slice in survey.slices {
        read_slice(source, asked, slice, &mut given).await?;
    }
    Ok(given)
}

/// Reads one slice.
pub(crate) async fn read_slice(
    source: &dyn Source,
    asked: &Asked,
    slice: Slice,
    given: &mut Given,
) -> Result<(), SourceError> {
    let read = Read {
        slice,
        fields: given.fields.clone(),
        besides: asked.wanted.besides.clone(),
        filter: asked.wanted.filter.clone(),
        search: asked.wanted.search.clone(),
        query: asked.wanted.query.clone(),
        view: None,
        on_error: asked.on_error,
    };
    let (out, mut chunks) = mpsc::channel(2);
    let receive = async {
        while let Some(chunk) = chunks.recv().await {
            match chunk {
                Chunk::Page(page) => given.rows.extend(page.rows().map(|row| {
                    row.cells(page.width()).map(|cell| (cell.kind, cell.text.to_owned())).collect()
                })),
                Chunk::Broken { fault, text } => {
                    let place = fault.place.unwrap_or_default();
                    given.broken.push((format!("{place}: {}", fault.message), text));
                }
            }
        }
    };
    tokio::join!(source.rows(&read, out), receive).0
}

/// Cuts a file at some places, as a survey that does not look at it might.
pub(crate) fn cut(path: &str, len: u64, places: &[u64]) -> Vec<Slice> {
    let mut places: Vec<u64> = places.iter().copied().filter(|place| *place < len).collect();
    places.extend([0, len]);
    places.sort_unstable();
    places.dedup();
    places
        .windows(2)
        .map(|ends| {
            let (start, end) = (ends[0], ends[1]);
            let path = path.to_owned();
            Slice::Files(vec![FileRange {
                path,
                file_len: len,
                version: None,
                start,
                end,
                line: None,
            }])
        })
        .collect()
}
