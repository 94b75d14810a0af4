//! Plugins, as configurations name them.

use std::path::PathBuf;

use crate::workspace;

/// The section of a configuration that has the plugins of some folders, with the runtime for those in Ruby and further
/// keys of the section, each on a line.
pub fn plugins_section(folders: &[PathBuf], keys: &str) -> String {
    let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let runtime = workspace("sdk/ruby");
    format!("[plugins]\nfolders = {folders:?}\nruntime = '{}'\n{keys}\n", runtime.display())
}
