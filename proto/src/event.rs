//! What followers of an export are told, in order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::run::{Counts, State};

/// Something that happened to an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The run; 0 for the export itself.
    pub run: u32,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// The run is in another state.
    State {
        /// The new state.
        state: State,
    },
    /// The plan is made.
    Planned {
        /// How many batches there are.
        batches: u32,
        /// How many records there are, as far as the source can tell.
        records: Option<u64>,
    },
    /// More is finished than before.
    Progress {
        /// What is finished.
        #[serde(flatten)]
        counts: Counts,
    },
    /// A task failed and will be tried again.
    Retrying {
        /// Why.
        #[serde(flatten)]
        fault: Fault,
    },
    /// What a transport hands over is whole and checked.
    Assembled {
        /// Its place in the definition.
        transport: u32,
    },
    /// A transport is delivering; told now and then.
    Delivering {
        /// Its place in the definition.
        transport: u32,
        /// How many bytes have arrived.
        bytes: u64,
        /// How many there are.
        of: u64,
    },
    /// A transport delivered.
    Delivered {
        /// Its place in the definition.
        transport: u32,
    },
    /// A transport failed for good; the others go on.
    TransportFailed {
        /// Its place in the definition.
        transport: u32,
        /// Why.
        #[serde(flatten)]
        fault: Fault,
    },
}
