//! A disk without space: nothing half-made, and on it goes once there is space.

use std::fs;
use std::path::{Path, PathBuf};

use super::desk::Desk;
use super::material::busy;

/// Runs a program with a small disk in memory at a place, in a namespace where whoever runs the tests may mount
/// one, and keeps beside it what is there at the end: the disk goes with the program.
const SMALL: &str = r#"
place=$2
mount -t tmpfs -o "size=$1" tmpfs "$place" || exit 99
shift 2
setpriv --pdeathsig KILL -- "$@"
code=$?
cp -a "$place/." "$place.kept" || exit 99
exit $code
"#;

/// A folder that is a small disk for a run on it ([`super::desk::Ask::on`]), and has space again once it is
/// enlarged.
pub(super) struct Disk {
    place: PathBuf,
    size: &'static str,
}

impl Disk {
    /// A small one.
    pub(super) fn new(place: PathBuf, size: &'static str) -> Self {
        fs::create_dir_all(&place).unwrap();
        Self { place, size }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.place
    }

    /// What `unshare` is told to run a program with it; the program follows.
    pub(super) fn around(&self) -> Vec<String> {
        let place = self.place.display().to_string();
        ["--map-root-user", "--mount", "--", "sh", "-c", SMALL, "sh", self.size, &place]
            .map(str::to_owned)
            .into()
    }

    /// Gives what the run left there all the space that there is.
    pub(super) fn enlarge(&self) {
        let mut kept = self.place.clone().into_os_string();
        kept.push(".kept");
        fs::rename(kept, &self.place).unwrap();
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
    let ran = ask().data(&data).done().await;
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
    small.enlarge();
    ran.assert_nothing_made();
    let sum = ask().done().await.sha256();
    assert_eq!(desk.define(&busy(5000)).apart("elsewhere").done().await.sha256(), sum);
}
