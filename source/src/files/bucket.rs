//! Files in a bucket: one object, or those that a glob names.

use std::fmt;
use std::sync::Arc;

use fabric::store::{Entry, Store, StoreError, Tag};
use glob::Pattern;
use proto::key::{Key, Prefix};
use proto::plan::FileRange;
use tokio::runtime::Handle;

use super::Listed;
use super::pattern::{GLOB, folder, has_glob, pattern};
use super::reader::{BucketReader, Opened};
use super::surveyed::{check_same, not_covered};
use crate::{Context, SourceError};

/// What paths of buckets begin with.
pub(crate) const BUCKET_SCHEME: &str = "s3://";

/// Entries asked for at once.
const LIST_ENTRIES: usize = 1000;

/// Objects of a bucket, by key or glob.
#[derive(Clone)]
pub(crate) struct BucketFiles {
    store: Arc<dyn Store>,
    bucket: String,
    key: String,
    pattern: Pattern,
}

impl fmt::Debug for BucketFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BucketFiles({})", self.named(&self.key))
    }
}

/// A bucket by its name, and the rest of a path without its scheme.
pub(crate) fn bucket_named<'p>(
    path: &'p str,
    context: &Context,
) -> Result<(Arc<dyn Store>, &'p str, &'p str), SourceError> {
    let (name, key) = path.split_once('/').unwrap_or((path, ""));
    match context.buckets.bucket(name) {
        Some(store) if !name.is_empty() => Ok((store, name, key)),
        Some(_) => {
            Err(SourceError::Refused { what: format!("{BUCKET_SCHEME}{path} names no bucket") })
        }
        None => Err(SourceError::Refused {
            what: format!("{BUCKET_SCHEME}{path} cannot be read, for no S3 server is configured"),
        }),
    }
}

impl BucketFiles {
    /// The objects of a path without its scheme.
    pub(super) fn open(path: &str, context: &Context) -> Result<Self, SourceError> {
        let (store, name, key) = bucket_named(path, context)?;
        if key.is_empty() || key.ends_with('/') {
            return Err(SourceError::Refused {
                what: format!(
                    "{BUCKET_SCHEME}{path} names no object; write which, such as {BUCKET_SCHEME}{name}/*.csv"
                ),
            });
        }
        Ok(Self { store, bucket: name.to_owned(), key: key.to_owned(), pattern: pattern(key)? })
    }

    /// The one object; nothing where there is none.
    pub(super) async fn find(&self) -> Result<Option<Listed>, SourceError> {
        match self.store.head(&Key::listed(self.key.clone())).await {
            Ok(entry) => Ok(Some(self.listed(&entry))),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The objects, in the order of their keys; at least one.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, SourceError> {
        match self.store.head(&Key::listed(self.key.clone())).await {
            Ok(entry) => return Ok(vec![self.listed(&entry)]),
            Err(StoreError::Missing { .. }) if has_glob(&self.key) => {}
            Err(StoreError::Missing { .. }) => {
                return Err(SourceError::Refused {
                    what: format!("there is no object {}", self.named(&self.key)),
                });
            }
            Err(error) => return Err(error.into()),
        }
        let plain = self.key.find(['*', '?', '[']).unwrap_or(self.key.len());
        let prefix = Prefix::listed(self.key[..plain].to_owned());
        let mut files = Vec::new();
        let mut after: Option<Key> = None;
        loop {
            let entries = self.store.list(&prefix, after.as_ref(), LIST_ENTRIES).await?;
            let is_last = entries.len() < LIST_ENTRIES;
            let matching = entries.iter().filter(|entry| self.covers(entry.key.as_str()));
            files.extend(matching.map(|entry| self.listed(entry)));
            after = entries.into_iter().next_back().map(|entry| entry.key);
            if is_last {
                break;
            }
        }
        if files.is_empty() {
            return Err(SourceError::Refused {
                what: format!("no object matches {}", self.named(&self.key)),
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The folder that the objects are in.
    pub(super) fn folder(&self) -> String {
        self.named(folder(&self.key).unwrap_or(""))
    }

    /// Opens an object at the beginning of a range. Blocks.
    pub(super) fn read(&self, range: &FileRange, handle: Handle) -> Result<Opened, SourceError> {
        let key = range
            .path
            .strip_prefix(BUCKET_SCHEME)
            .and_then(|path| path.strip_prefix(&self.bucket))
            .and_then(|path| path.strip_prefix('/'))
            .filter(|key| *key == self.key || self.covers(key))
            .ok_or_else(|| not_covered(&range.path, &self.named(&self.key)))?;
        let key = Key::listed(key.to_owned());
        let Entry { len, tag, .. } = match handle.block_on(self.store.head(&key)) {
            Ok(entry) => entry,
            Err(StoreError::Missing { .. }) => {
                return Err(SourceError::Changed { what: format!("{} is gone", range.path) });
            }
            Err(error) => return Err(error.into()),
        };
        check_same(range, len, Some(tag.0.as_str()).filter(|tag| !tag.is_empty()))?;
        Ok(Opened::Bucket(self.reader(key, tag, handle)))
    }

    fn reader(&self, key: Key, tag: Tag, handle: Handle) -> BucketReader {
        BucketReader::new(Arc::clone(&self.store), key, tag, handle)
    }

    fn covers(&self, key: &str) -> bool {
        !key.ends_with('/') && self.pattern.matches_with(key, GLOB)
    }

    fn listed(&self, entry: &Entry) -> Listed {
        let version = Some(entry.tag.0.clone()).filter(|tag| !tag.is_empty());
        Listed { path: self.named(entry.key.as_str()), len: entry.len, version }
    }

    fn named(&self, key: &str) -> String {
        format!("{BUCKET_SCHEME}{}/{key}", self.bucket)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use fabric::store::DirectoryStore;
    use tempfile::TempDir;

    use super::*;
    use crate::asset::root_at;
    use crate::reading::{Asked, context, folder, read};
    use crate::{Buckets, open};
    use proto::source::SourceSpec;

    /// One bucket, `b`.
    struct OneBucket(Arc<dyn Store>);

    impl Buckets for OneBucket {
        fn bucket(&self, name: &str) -> Option<Arc<dyn Store>> {
            (name == "b").then(|| Arc::clone(&self.0))
        }
    }

    async fn bucket(objects: &[(&str, &str)]) -> (Context, TempDir) {
        let dir = folder(&[]);
        let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(dir.path()).unwrap());
        for (key, text) in objects {
            let key = Key::listed((*key).to_owned());
            store.put_if_absent(&key, Bytes::from((*text).to_owned())).await.unwrap();
        }
        (context(dir.path(), Arc::new(OneBucket(store))), dir)
    }

    async fn check(path: &str, expected: Result<&[&str], &str>) {
        let objects = [
            ("in/2.csv", "a\n3\n"),
            ("in/1.csv", "a\n1\n2\n"),
            ("in/sub/3.csv", "b\n"),
            ("x.csv", "a"),
        ];
        let (context, _dir) = bucket(&objects).await;
        let spec = format!(r#"{{"kind":"csv","path":"{path}"}}"#);
        let spec: SourceSpec = serde_json::from_str(&spec).unwrap();
        let given = match open(&spec, &context) {
            Ok(source) => read(&*source, &Asked::all().batch_size(1)).await,
            Err(error) => Err(error),
        };
        let texts = given.map(|given| {
            given.rows.into_iter().map(|mut row| row.remove(0).1).collect::<Vec<String>>()
        });
        match (texts, expected) {
            (Ok(texts), Ok(expected)) => assert_eq!(texts, expected),
            (texts, expected) => {
                let (error, expected) = (texts.unwrap_err().to_string(), expected.unwrap_err());
                assert!(error.contains(expected), "{error} does not say {expected}");
            }
        }
    }

    #[tokio::test]
    async fn objects_are_read_like_files() {
        check("s3://b/in/*.csv", Ok(&["1", "2", "3"])).await;
        check("s3://b/in/2.csv", Ok(&["3"])).await;
        check("s3://b/none.csv", Err("there is no object s3://b/none.csv")).await;
        check("s3://b/none*.csv", Err("no object matches s3://b/none*.csv")).await;
        check("s3://c/x.csv", Err("no S3 server is configured")).await;
        check("s3://b/in/", Err("names no object")).await;
    }

    #[tokio::test]
    async fn assets_lie_below_the_prefix_only() {
        let (context, _dir) = bucket(&[("media/a.jpg", "image"), ("secret", "x")]).await;
        let root = root_at("s3://b/media", &context).unwrap();
        assert_eq!(root.open("a.jpg").await.unwrap().len, Some(5));
        let code = |reference: &'static str| {
            let root = Arc::clone(&root);
            async move { root.open(reference).await.map(drop).unwrap_err().fault().code.as_str() }
        };
        assert_eq!(code("b.jpg").await, "asset_missing");
        assert_eq!(code("../secret").await, "address_refused");
    }
}
