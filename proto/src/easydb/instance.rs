//! What an export document means at one installation.

use std::collections::BTreeMap;
use std::time::Duration;

use super::free::FreeHosts;
use super::place::Places;
use crate::definition::Metadata;

/// The installation that documents are read for.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The source that all exports of the dialect read, by its name in the configuration.
    pub source: String,
    /// The zone of schedules that name none, and of the times that exports and their folders are called by.
    pub zone: Option<String>,
    /// The watermark that `"watermark": true` means.
    pub watermark: Option<String>,
    /// The operator's stylesheets, by the number of the asset that documents name.
    pub stylesheets: BTreeMap<String, String>,
    /// The operator's profiles of metadata, by the ids that documents name.
    pub metadata: BTreeMap<String, Metadata>,
    /// Where transports may lead.
    pub places: Places,
    /// The hosts that they may lead to besides, with what documents say of how to get in.
    pub free: FreeHosts,
    /// How long a finished run is kept.
    pub lifetime: Duration,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            source: String::new(),
            zone: None,
            watermark: None,
            stylesheets: BTreeMap::new(),
            metadata: BTreeMap::new(),
            places: Places::default(),
            free: FreeHosts::default(),
            lifetime: Duration::from_hours(7 * 24),
        }
    }
}
