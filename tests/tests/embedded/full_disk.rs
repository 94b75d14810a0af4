//! A disk without space: nothing half-made, and on it goes once there is space.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::desk::Desk;
use super::material::busy;
use super::tool::tool;

/// A small disk in memory, which goes with the test.
pub(super) struct Disk(PathBuf);

impl Disk {
    /// Mounts one; nothing where the test may not.
    pub(super) fn mount(place: PathBuf, size: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skipped();
            return None;
        }
        fs::create_dir_all(&place).unwrap();
        let options = format!("size={size}");
        tool(
            "mount",
            ["-t", "tmpfs", "-o", &options, "tmpfs", place.to_str().unwrap()].map(AsRef::as_ref),
        );
        Some(Self(place))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it more space.
    pub(super) fn enlarge(&self, size: &str) {
        let options = format!("remount,size={size}");
        tool("mount", ["-o".as_ref(), options.as_ref(), self.0.as_os_str()]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, for a test that failed may have left a process on it.
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skipped() {
    eprintln!("skipped: mounting a small disk takes root");
}

#[tokio::test]
async fn a_run_whose_data_fill_the_disk_goes_on_where_it_was_once_there_is_space() {
    let desk = Desk::new();
    let Some(small) = Disk::mount(desk.path("disk"), "1536k") else { return };
    let data = small.0.join("data");
    let ask = || desk.define(&busy(500)).config("[coordinator]\nattempts = 2\n");
    let ran = ask().data(&data).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[disk_full]"]);
    ran.assert_nothing_made();

    small.enlarge("64m");
    let ran = ask().data(&data).done().await;
    ran.assert_said(&["going on with the run that "]);
    let elsewhere = ask().apart("elsewhere").done().await;
    assert_eq!(ran.sha256(), elsewhere.sha256());
}

#[tokio::test]
async fn an_output_folder_without_space_shows_no_half_archive() {
    let desk = Desk::new();
    let Some(small) = Disk::mount(desk.path("disk"), "256k") else { return };
    let ask = || desk.define(&busy(5000)).out(&small.0);
    let ran = ask().for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_nothing_made();
    small.enlarge("64m");
    let sum = ask().done().await.sha256();
    assert_eq!(desk.define(&busy(5000)).apart("elsewhere").done().await.sha256(), sum);
}
