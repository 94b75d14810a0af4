//! A disk without space: nothing half-made, and on it goes once there is space.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::desk::Desk;
use super::material::busy;
use super::tool::tool;

/// Puts a small disk in memory at a place, in a namespace where whoever runs the tests may mount one, and keeps it
/// there until nobody speaks to it any more.
const SMALL: &str = r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && echo here && exec cat"#;

/// A folder that is a small disk for runs on it ([`super::desk::Ask::on`]), until it is enlarged. It is gone with this
/// value.
pub(super) struct Disk {
    place: PathBuf,
    keeper: Child,
}

impl Disk {
    /// A small one.
    pub(super) fn new(place: PathBuf, size: &str) -> Self {
        std::fs::create_dir_all(&place).unwrap();
        let mut keeper = Command::new("unshare")
            .args(["--map-root-user", "--mount", "--", "sh", "-c", SMALL, "sh", size])
            .arg(&place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "here\n", "no disk can be mounted in a namespace");
        Self { place, keeper }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.place
    }

    /// What runs a program in a folder where the disk is there; the program follows.
    pub(super) fn around(&self, folder: &Path) -> Vec<String> {
        let (keeper, folder) = (self.keeper.id().to_string(), folder.display());
        let folder = format!("--wdns={folder}");
        let around =
            ["nsenter", "--target", &keeper, "--user", "--mount", "--preserve-credentials"];
        around.into_iter().chain([folder.as_str(), "--"]).map(str::to_owned).collect()
    }

    /// Gives it all the space that there is.
    pub(super) fn enlarge(&self) {
        let around = self.around(Path::new("/"));
        let enlarged = Command::new(&around[0])
            .args(&around[1..])
            .args(["mount", "-o", "remount,size=1g"])
            .arg(&self.place)
            .status();
        assert!(enlarged.unwrap().success());
    }

    /// Shows what is on it to those who have no small disk there.
    pub(super) fn show(&self) {
        let seen = format!("/proc/{}/root{}/.", self.keeper.id(), self.place.display());
        tool("cp", ["-a".as_ref(), seen.as_ref(), self.place.as_os_str()]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[tokio::test]
async fn a_run_whose_data_fill_the_disk_goes_on_where_it_was_once_there_is_space() {
    let desk = Desk::new();
    let small = Disk::new(desk.path("disk"), "1536k");
    let data = small.path().join("data");
    let ask = || desk.define(&busy(500)).config("[coordinator]\nattempts = 2\n");
    let ran = ask().data(&data).on(&small).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[disk_full]"]);
    ran.assert_nothing_made();

    small.enlarge();
    let ran = ask().data(&data).on(&small).done().await;
    ran.assert_said(&["going on with the run that "]);
    let elsewhere = ask().apart("elsewhere").done().await;
    assert_eq!(ran.sha256(), elsewhere.sha256());
}

#[tokio::test]
async fn an_output_folder_without_space_shows_no_half_archive() {
    let desk = Desk::new();
    let small = Disk::new(desk.path("disk"), "256k");
    let ask = || desk.define(&busy(5000)).out(small.path());
    let ran = ask().on(&small).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    small.show();
    ran.assert_nothing_made();
    small.enlarge();
    let ran = ask().on(&small).done().await;
    small.show();
    let elsewhere = desk.define(&busy(5000)).apart("elsewhere").done().await;
    assert_eq!(ran.sha256(), elsewhere.sha256());
}
