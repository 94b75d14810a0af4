//! The scripts that change several things on the server at once.

use redis::Script;

/// Every script, hashed once; the server compiles each when it first meets it.
pub(super) struct Scripts {
    pub(super) mark: Script,
    pub(super) show: Script,
    pub(super) list: Script,
    pub(super) remove: Script,
    pub(super) events: Script,
    pub(super) lease: Script,
    pub(super) release: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            mark: Script::new(include_str!("scripts/mark.lua")),
            show: Script::new(include_str!("scripts/show.lua")),
            list: Script::new(include_str!("scripts/list.lua")),
            remove: Script::new(include_str!("scripts/remove.lua")),
            events: Script::new(include_str!("scripts/events.lua")),
            lease: Script::new(include_str!("scripts/lease.lua")),
            release: Script::new(include_str!("scripts/release.lua")),
        }
    }
}
