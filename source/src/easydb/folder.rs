//! A folder with answers of the search, as they were saved, and a description of the catalogue.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use glob::Pattern;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::index::{Index, Objects};
use super::search::Query;
use super::{provision, rows, survey};
use crate::asset::{self, AssetRoot};
use crate::catalogue::{About, Catalogue, UserNames};
use crate::files::{BUCKET_SCHEME, Files, Listed, MAX_RECORD_BYTES, in_thread};
use crate::{Chunk, Context, Holding, Read, Search, Source, SourceError, Survey, Wanted};

/// The file that tells what holds for all objects.
const ABOUT: &str = "catalogue.json";

/// Where stylesheets are, by the numbers that they have as files of a catalogue: `4711.xsl`.
const STYLESHEETS: &str = "stylesheets";

/// Where mapping profiles are, by their numbers or names: `12.json`.
const MAPPINGS: &str = "mappings";

/// A folder as a source.
pub(crate) struct FolderSource {
    folder: Arc<Folder>,
    assets: Arc<dyn AssetRoot>,
}

/// A folder, and what was last seen in it.
pub(super) struct Folder {
    files: Files,
    /// The files in it and below.
    own: Arc<dyn AssetRoot>,
    seen: Mutex<Option<Arc<Seen>>>,
}

/// What a folder held when it was looked through.
pub(super) struct Seen {
    /// Digest of the listing: what tells that the folder is still the same.
    pub(super) view: String,
    /// Where the objects are.
    pub(super) index: Index,
    about: Option<Arc<About>>,
    user_names: Arc<UserNames>,
}

/// What a description tells besides [`About`].
#[derive(Default, Deserialize)]
#[serde(default)]
struct Besides {
    users: UserNames,
}

impl FolderSource {
    /// The folder at a place of the configuration, and that with the files; reads nothing yet.
    pub(crate) fn open(path: &str, assets: &str, context: &Context) -> Result<Self, SourceError> {
        let folder = path.trim_end_matches('/');
        let files = if folder.starts_with(BUCKET_SCHEME) {
            format!("{folder}/*.json")
        } else {
            format!("{}/*.json", Pattern::escape(folder))
        };
        let files = Files::open(&files, context)?;
        let own = asset::root_at(folder, context)?;
        let folder = Arc::new(Folder { files, own, seen: Mutex::new(None) });
        Ok(Self { folder, assets: asset::root_at(assets, context)? })
    }
}

#[async_trait]
impl Source for FolderSource {
    fn kind(&self) -> &'static str {
        "easydb"
    }

    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        let listed = self.folder.files.list().await?;
        let (folder, wanted) = (Arc::clone(&self.folder), wanted.clone());
        in_thread(move |stop| {
            let seen = folder.look(listed, &stop)?;
            survey::survey(&folder, &seen, &wanted, &stop)
        })
        .await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let listed = self.folder.files.list().await?;
        let (folder, read) = (Arc::clone(&self.folder), read.clone());
        in_thread(move |stop| {
            let seen = folder.look(listed, &stop)?;
            rows::rows(&folder, &seen, &read, out, &stop)
        })
        .await
    }

    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        self.folder.files.holdings().await
    }

    fn catalogue(&self) -> Option<Arc<dyn Catalogue>> {
        Some(Arc::clone(&self.folder) as Arc<dyn Catalogue>)
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        Some(Arc::clone(&self.assets))
    }
}

#[async_trait]
impl Catalogue for Folder {
    async fn about(&self) -> Result<Arc<About>, SourceError> {
        let (seen, ()) = self.with_seen(|_, _, _| Ok(())).await?;
        seen.about.clone().ok_or_else(|| SourceError::Refused {
            what: format!("the folder has no {ABOUT}, which tells the fields of its objects"),
        })
    }

    async fn user_names(&self) -> Result<Arc<UserNames>, SourceError> {
        let (seen, ()) = self.with_seen(|_, _, _| Ok(())).await?;
        Ok(Arc::clone(&seen.user_names))
    }

    async fn objects(&self, ids: &[u64]) -> Result<Vec<Option<String>>, SourceError> {
        let ids = ids.to_vec();
        let (_, found) = self
            .with_seen(move |files, seen, stop| {
                let mut objects = Objects::new(files, &seen.index, stop);
                // In the order in which they stand in the files, whatever order they are asked for in.
                let mut places: Vec<_> = ids
                    .iter()
                    .enumerate()
                    .filter_map(|(nth, id)| Some((*seen.index.find(*id)?, nth)))
                    .collect();
                places.sort_unstable_by_key(|(entry, _)| (entry.file, entry.at));
                let mut found = vec![None; ids.len()];
                for (entry, nth) in places {
                    let text = objects.read(&entry)?;
                    found[nth] = Some(String::from_utf8_lossy(text).into_owned());
                }
                Ok(found)
            })
            .await?;
        Ok(found)
    }

    async fn found(&self, search: &Search, ids: &[u64]) -> Result<Vec<bool>, SourceError> {
        let (query, ids) = (Query::new(Some(search))?, ids.to_vec());
        let (_, found) = self
            .with_seen(move |files, seen, stop| {
                let mut objects = Objects::new(files, &seen.index, stop);
                let mut is_found = |id: &u64| match seen.index.find(*id) {
                    Some(entry) if query.may_give(*id) => {
                        Ok(!query.must_read() || query.gives(objects.read(entry)?))
                    }
                    Some(_) | None => Ok(false),
                };
                ids.iter().map(&mut is_found).collect::<Result<Vec<bool>, SourceError>>()
            })
            .await?;
        Ok(found)
    }

    async fn stylesheet(&self, id: &str) -> Result<Option<Vec<u8>>, SourceError> {
        for extension in ["xsl", "xslt"] {
            let found = self.provided(STYLESHEETS, id, extension).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn mapping(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.provided(MAPPINGS, name, "json").await
    }
}

impl Folder {
    /// What is in a file of a folder in this one; nothing where what it is asked for by is no name.
    async fn provided(
        &self,
        folder: &str,
        name: &str,
        extension: &str,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let is_name =
            !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        if !is_name {
            return Ok(None);
        }
        let place = format!("{folder}/{name}.{extension}");
        provision::whole(self.own.open(&place).await, &place).await
    }

    /// The files.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// What is in the folder: as it was seen before, where the listing is the same. Blocks; who comes
    /// meanwhile waits for the one who looks.
    fn look(
        &self,
        listed: Vec<Listed>,
        stop: &CancellationToken,
    ) -> Result<Arc<Seen>, SourceError> {
        let view = digest(&listed);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_ref().filter(|seen| seen.view == view) {
            return Ok(Arc::clone(seen));
        }
        let (about, answers): (Vec<Listed>, Vec<Listed>) =
            listed.into_iter().partition(|file| file.path.rsplit('/').next() == Some(ABOUT));
        let about = about.first().map(|file| about_in(&self.files, file, stop)).transpose()?;
        let index = Index::new(&self.files, answers, stop)?;
        let (about, besides) = about.unzip();
        let user_names = Arc::new(besides.unwrap_or_default().users);
        let new = Arc::new(Seen { view, index, about: about.map(Arc::new), user_names });
        *seen = Some(Arc::clone(&new));
        Ok(new)
    }

    /// Does something with what was last seen, or is seen now where nobody has looked yet. A file that was
    /// written since is noticed when it is opened.
    async fn with_seen<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files, &Seen, &CancellationToken) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<(Arc<Seen>, T), SourceError> {
        let known = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let files = self.files.clone();
        let seen = match known {
            Some(seen) => seen,
            None => {
                let listed = self.files.list().await?;
                let own = Arc::clone(&self.own);
                let looker = Folder { files: files.clone(), own, seen: Mutex::new(None) };
                let seen = in_thread(move |stop| looker.look(listed, &stop)).await?;
                let mut known = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(known.get_or_insert(seen))
            }
        };
        let given = Arc::clone(&seen);
        let done = in_thread(move |stop| work(&files, &given, &stop)).await?;
        Ok((seen, done))
    }
}

fn about_in(
    files: &Files,
    file: &Listed,
    stop: &CancellationToken,
) -> Result<(About, Besides), SourceError> {
    let damaged = |why: String| SourceError::Damaged { file: file.path.clone(), byte: None, why };
    let len = usize::try_from(file.len).ok().filter(|len| *len <= MAX_RECORD_BYTES);
    let len = len.ok_or_else(|| damaged("it is longer than 64 MiB".to_owned()))?;
    let mut reader = files.read(&file.range(0..file.len, None), stop)?;
    let (mut text, mut filled) = (vec![0; len], 0);
    while filled < len {
        filled += reader.read(&mut text[filled..])?;
    }
    let broken = |error: serde_json::Error| damaged(error.to_string());
    let about = serde_json::from_slice(&text).map_err(broken)?;
    Ok((about, serde_json::from_slice(&text).map_err(broken)?))
}

/// What a listing goes by.
fn digest(listed: &[Listed]) -> String {
    let mut digest = Sha256::new();
    for file in listed {
        for part in [&file.path, &file.len.to_string(), file.version.as_deref().unwrap_or("")] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
    }
    URL_SAFE_NO_PAD.encode(digest.finalize())
}
