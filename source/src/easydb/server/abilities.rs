//! What a server was seen not to be able to do. Whoever asks it next does not ask for that again; what comes out is the
//! same, for it comes in other pages alone.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What a server can do, as far as it was seen.
pub(super) struct Abilities {
    most: AtomicU32,
    gives_changes: AtomicBool,
}

/// What a server cannot do, once it answers what is asked instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// To give more whole objects than these in the time that there is.
    Time {
        /// How many it gives.
        most: u32,
    },
    /// To give objects with their changes.
    Changes,
}

impl Abilities {
    /// Those of a server of which nothing was seen yet, and which is asked for so many whole objects at once.
    pub(super) fn new(most: u32) -> Self {
        Self { most: AtomicU32::new(most), gives_changes: AtomicBool::new(true) }
    }

    /// Most whole objects that it is asked for at once.
    pub(super) fn most(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }

    /// Whether it may know the format that has the changes of objects.
    pub(super) fn gives_changes(&self) -> bool {
        self.gives_changes.load(Ordering::Relaxed)
    }

    /// Remembers something that it cannot do.
    pub(super) fn lack(&self, lack: Lack) {
        match lack {
            Lack::Time { most } => {
                self.most.fetch_min(most, Ordering::Relaxed);
            }
            Lack::Changes => self.gives_changes.store(false, Ordering::Relaxed),
        }
    }
}
