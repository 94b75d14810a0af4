//! How images are converted: `[images]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImageConfig {
    #[schemars(range(min = 1))]
    pub(crate) at_once: u16,
    #[schemars(with = "String")]
    pub(crate) memory: ByteSize,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) processor_time: Duration,
    #[schemars(with = "String")]
    pub(crate) max_bytes: ByteSize,
    #[schemars(range(min = 1))]
    pub(crate) max_pixels: u64,
    pub(crate) cmyk_profile: PathBuf,
    pub(crate) watermarks: PathBuf,
}

impl Default for ImageConfig {
    fn default() -> Self {
        Self {
            at_once: 2,
            memory: ByteSize::gib(2),
            processor_time: Duration::from_mins(1),
            max_bytes: ByteSize::mib(256),
            max_pixels: 100_000_000,
            cmyk_profile: PathBuf::new(),
            watermarks: PathBuf::new(),
        }
    }
}

impl ImageConfig {
    /// The same for a worker of this program. An error where the profile is not there or is not one, for
    /// then no image of CMYK would be what it should.
    pub(crate) fn images(&self) -> anyhow::Result<worker::Images> {
        let cmyk_profile = given(&self.cmyk_profile).map(|path| {
            profile_at(path).with_context(|| format!("images.cmyk_profile {}", path.display()))
        });
        Ok(worker::Images {
            program: std::env::current_exe().context("this program")?,
            at_once: self.at_once,
            memory_bytes: self.memory.as_u64(),
            // Less than a second is not measured.
            processor_seconds: self.processor_time.as_secs().max(1),
            most_bytes: self.max_bytes.as_u64(),
            most_pixels: self.max_pixels,
            cmyk_profile: cmyk_profile.transpose()?,
            watermarks: given(&self.watermarks).map(Path::to_owned),
        })
    }

    /// The names of the watermarks; nothing where their folder is not on this machine, for only
    /// workers need it, or is empty, as one that is not mounted yet.
    pub(crate) fn known_watermarks(&self) -> Option<BTreeSet<String>> {
        let entries = given(&self.watermarks)?.read_dir().ok()?;
        let paths = entries.flatten().map(|entry| entry.path());
        let names = paths.filter(|path| path.extension().is_some_and(|end| end == "png"));
        let names = names.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
        Some(names.collect()).filter(|names: &BTreeSet<String>| !names.is_empty())
    }
}

/// Where a profile of CMYK is, without links.
fn profile_at(path: &Path) -> anyhow::Result<PathBuf> {
    let path = path.canonicalize()?;
    anyhow::ensure!(
        worker::is_cmyk_profile(&std::fs::read(&path)?),
        "it is no ICC profile of CMYK"
    );
    Ok(path)
}

fn given(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_starts_is_told_of_a_profile_that_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("profile.icc");
        std::fs::write(&file, "no profile").unwrap();
        let images = |path: &Path| {
            ImageConfig { cmyk_profile: path.to_owned(), ..ImageConfig::default() }.images()
        };
        let error = format!("{:#}", images(&file).unwrap_err());
        assert!(error.ends_with("profile.icc: it is no ICC profile of CMYK"), "{error}");
        images(&dir.path().join("missing")).unwrap_err();
    }

    #[test]
    fn an_empty_folder_has_no_watermarks_that_are_known() {
        let dir = tempfile::tempdir().unwrap();
        let images = ImageConfig { watermarks: dir.path().to_owned(), ..ImageConfig::default() };
        assert_eq!(images.known_watermarks(), None);
        std::fs::write(dir.path().join("logo.png"), "").unwrap();
        assert_eq!(images.known_watermarks(), Some(BTreeSet::from(["logo".to_owned()])));
    }
}
