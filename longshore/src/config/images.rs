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
    /// The same for a worker of this program. An error where the profile is not there, for then no
    /// image of CMYK would be what it should.
    pub(crate) fn images(&self) -> anyhow::Result<worker::Images> {
        let cmyk_profile = given(&self.cmyk_profile).map(|path| {
            path.canonicalize().with_context(|| format!("images.cmyk_profile {}", path.display()))
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
    /// workers need it.
    pub(crate) fn known_watermarks(&self) -> Option<BTreeSet<String>> {
        let entries = given(&self.watermarks)?.read_dir().ok()?;
        let paths = entries.flatten().map(|entry| entry.path());
        let names = paths.filter(|path| path.extension().is_some_and(|end| end == "png"));
        Some(names.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
    }
}

fn given(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}
