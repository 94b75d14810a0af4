//! Assets in a folder on a disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use tokio_util::io::ReaderStream;

use super::below::{below, missing};
use super::whole::{CHUNK_BYTES, Length, whole};
use super::{Asset, AssetRoot};
use crate::SourceError;

/// Too many symbolic links (errno(3), Linux); the standard library has no stable name for it.
const ELOOP: i32 = 40;

/// Files below a folder. Symbolic links are followed as long as they stay below it.
#[derive(Debug, Clone)]
pub struct FileAssets {
    root: PathBuf,
}

impl FileAssets {
    /// The files below a folder, which need not be there yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }
}

#[async_trait]
impl AssetRoot for FileAssets {
    async fn open(&self, reference: &str) -> Result<Asset, SourceError> {
        let path: PathBuf = below(reference)?.into_iter().collect();
        let (root, owned) = (self.root.clone(), reference.to_owned());
        let opening = tokio::task::spawn_blocking(move || open_below(&root, &path, &owned));
        let (file, len) = opening
            .await
            .map_err(|error| SourceError::Unavailable { what: error.to_string() })??;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(CHUNK_BYTES);
        let named = reference.to_owned();
        let bytes = ReaderStream::with_capacity(file, CHUNK_BYTES)
            .map_err(move |error| SourceError::Unavailable { what: format!("{named}: {error}") });
        let named = reference.to_owned();
        let bytes = whole(bytes.boxed(), Length::Exactly(len), move |seen| SourceError::Changed {
            what: format!("the asset {named:?} had {len} bytes and has {seen} or more"),
        });
        Ok(Asset { len: Some(len), name: None, is_object: false, is_checked: false, bytes })
    }
}

/// Opens a file that lies below a root after all links are followed.
fn open_below(root: &Path, path: &Path, reference: &str) -> Result<(File, u64), SourceError> {
    let failed = |error: io::Error| failure(reference, &error);
    // Without it nothing can be said of what is in it: it may not be mounted here.
    let real_root = root.canonicalize().map_err(|error| SourceError::Unavailable {
        what: format!("the folder of the source's files: {error}"),
    })?;
    let real = root.join(path).canonicalize().map_err(failed)?;
    if !real.starts_with(&real_root) {
        return Err(SourceError::AddressRefused {
            reference: reference.to_owned(),
            why: "a symbolic link leads out of the source's folder".to_owned(),
        });
    }
    // Asked before opening, for opening a pipe would wait for its other end.
    let before = real.symlink_metadata().map_err(failed)?;
    if !before.is_file() {
        return Err(missing(reference, "it is no file".to_owned()));
    }
    let file = File::open(&real).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    // The path was checked, and then opened: had someone put a link there in between, this would
    // be another file.
    if (opened.dev(), opened.ino()) != (before.dev(), before.ino()) {
        return Err(SourceError::Changed {
            what: format!("the asset {reference:?} was replaced while it was opened"),
        });
    }
    Ok((file, opened.len()))
}

/// Why a file cannot be had. Only what its own name, place or rights say counts as missing: a disk that
/// fails, or too many open files, are this machine's trouble, and another one may read it.
fn failure(reference: &str, error: &io::Error) -> SourceError {
    // Without the place on this machine: what is left out is named in the archive, which strangers
    // read, and which must not depend on where the source lies.
    let kind = error.kind();
    let is_absent = matches!(
        kind,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    );
    if is_absent {
        missing(reference, "there is no such file below the source's folder".to_owned())
    } else if kind == io::ErrorKind::PermissionDenied || error.raw_os_error() == Some(ELOOP) {
        missing(reference, format!("it cannot be read: {error}"))
    } else {
        SourceError::Unavailable { what: format!("{reference}: {error}") }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("root/sub")).unwrap();
        fs::write(dir.path().join("root/sub/a.txt"), "hello").unwrap();
        fs::write(dir.path().join("outside.txt"), "secret").unwrap();
        symlink("../outside.txt", dir.path().join("root/out")).unwrap();
        symlink("sub/a.txt", dir.path().join("root/in")).unwrap();
        symlink("..", dir.path().join("root/up")).unwrap();
        symlink("round", dir.path().join("root/round")).unwrap();
        dir
    }

    async fn check(reference: &str, expected: Result<&str, &str>) {
        let dir = folder();
        let opened = FileAssets::new(dir.path().join("root")).open(reference).await;
        let read = match opened {
            Ok(asset) => {
                let chunks: Vec<bytes::Bytes> = asset.bytes.try_collect().await.unwrap();
                assert_eq!(asset.len, Some(chunks.concat().len() as u64));
                Ok(String::from_utf8(chunks.concat()).unwrap())
            }
            Err(error) => Err(error.fault().code.as_str()),
        };
        assert_eq!(read.as_deref().map_err(|code| *code), expected, "{reference}");
    }

    #[tokio::test]
    async fn files_below_the_root_are_read() {
        check("sub/a.txt", Ok("hello")).await;
        check("./sub//a.txt", Ok("hello")).await;
        check("in", Ok("hello")).await;
    }

    #[tokio::test]
    async fn nothing_leads_out_of_the_root() {
        check("../outside.txt", Err("address_refused")).await;
        check("sub/../../outside.txt", Err("address_refused")).await;
        check("/etc/passwd", Err("address_refused")).await;
        check("out", Err("address_refused")).await;
        check("up/outside.txt", Err("address_refused")).await;
        check("a\0b", Err("address_refused")).await;
    }

    #[tokio::test]
    async fn what_is_no_file_is_missing() {
        check("none.txt", Err("asset_missing")).await;
        check("sub", Err("asset_missing")).await;
        check("sub/a.txt/b", Err("asset_missing")).await;
        check(&"long".repeat(100), Err("asset_missing")).await;
        check("", Err("asset_missing")).await;
        check("round", Err("asset_missing")).await;
    }

    #[tokio::test]
    async fn of_a_folder_that_is_not_there_nothing_is_missing() {
        let dir = folder();
        let opened = FileAssets::new(dir.path().join("unmounted")).open("sub/a.txt").await;
        let Err(error) = opened else { panic!("it was opened") };
        assert!(error.is_transient(), "{error}");
    }

    #[test]
    fn what_ails_the_machine_is_no_fault_of_the_file() {
        for (errno, code) in [
            (2, "asset_missing"),
            (13, "asset_missing"),
            (5, "source_unavailable"),
            (24, "source_unavailable"),
            (116, "source_unavailable"),
        ] {
            let told = failure("a.txt", &io::Error::from_raw_os_error(errno)).fault();
            assert_eq!(told.code.as_str(), code, "{errno}");
        }
    }

    #[tokio::test]
    async fn a_file_that_shrinks_meanwhile_has_changed() {
        let dir = folder();
        let path = dir.path().join("root/sub/a.txt");
        let asset = FileAssets::new(dir.path().join("root")).open("sub/a.txt").await.unwrap();
        fs::write(path, "h").unwrap();
        let read: Result<Vec<bytes::Bytes>, SourceError> = asset.bytes.try_collect().await;
        assert!(matches!(read, Err(SourceError::Changed { .. })));
    }
}
