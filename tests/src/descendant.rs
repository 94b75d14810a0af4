//! Processes that a program of a test started by itself.

use std::fs;

use rustix::process::Pid;

/// A process of that name below another.
pub fn descendant(of: u32, name: &str) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).ok()?;
    let mut children: Vec<u32> =
        children.split_whitespace().filter_map(|child| child.parse().ok()).collect();
    // Any thread may have started it.
    for task in fs::read_dir(format!("/proc/{of}/task")).ok()?.flatten() {
        let more = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.extend(more.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    children.into_iter().find_map(|child| {
        let called = fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
        if called.trim() == name {
            return Pid::from_raw(i32::try_from(child).ok()?);
        }
        descendant(child, name)
    })
}
