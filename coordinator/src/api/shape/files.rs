//! The files of a run, as lists show them.

use proto::archive::Volume;
use serde::Serialize;
use tree::File;
use utoipa::ToSchema;

/// A file of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Listing {
    /// What it is called in URLs.
    pub(in crate::api) id: String,
    /// Its path in the result.
    pub(in crate::api) path: String,
    /// Its length in bytes.
    pub(in crate::api) size: u64,
    /// CRC-32 of its content, as 8 hexadecimal digits.
    pub(in crate::api) crc32: String,
    /// SHA-256 of its content in hexadecimal, where it was made in one piece.
    pub(in crate::api) sha256: Option<String>,
    /// What it was to be called, where it is called otherwise: that was not safe everywhere, or another
    /// file had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) original: Option<String>,
    /// Where it is fetched.
    pub(in crate::api) href: String,
}

/// A page of the files of a run, in the order of the result.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Files {
    /// The files.
    pub(in crate::api) files: Vec<Listing>,
    /// The `cursor` of the next page; nothing at the end.
    pub(in crate::api) next: Option<String>,
}

impl Files {
    /// A page of files that are fetched at `href`; full ones say where the next one begins.
    pub(in crate::api) fn page(
        files: &[File],
        limit: usize,
        href: impl Fn(&str, &str) -> String,
    ) -> Self {
        let next =
            if files.len() == limit { files.last().map(|file| file.id.to_string()) } else { None };
        let files = files.iter().map(|file| {
            let id = file.id.to_string();
            Listing {
                href: href(&id, file.name()),
                id,
                path: file.path.clone(),
                size: file.size,
                crc32: format!("{:08x}", file.crc32),
                sha256: file.sha256.clone(),
                original: file.original.clone(),
            }
        });
        Self { files: files.collect(), next }
    }

    /// The same with a bag's texts, where it is the last page.
    pub(in crate::api) fn with_texts(
        self,
        texts: &[Volume],
        href: impl Fn(&str, &str) -> String,
    ) -> Self {
        let Self { mut files, next } = self;
        if next.is_none() {
            files.extend(Self::volumes(texts, href).files);
        }
        Self { files, next }
    }

    /// The volumes of an archive, fetched at `href` by `v` and their numbers.
    pub(in crate::api) fn volumes(volumes: &[Volume], href: impl Fn(&str, &str) -> String) -> Self {
        let files = volumes.iter().enumerate().map(|(number, volume)| {
            let id = format!("v{number}");
            Listing {
                href: href(&id, &volume.name),
                id,
                path: volume.name.clone(),
                size: volume.len,
                crc32: format!("{:08x}", volume.crc32),
                sha256: volume.sha256.clone(),
                original: None,
            }
        });
        Self { files: files.collect(), next: None }
    }
}
