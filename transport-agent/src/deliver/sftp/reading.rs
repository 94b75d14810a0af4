//! How far the program is: it says nothing while it sends, but the system knows what it reads.

use std::fs;
use std::path::Path;

/// Which of the files that wait in a folder under numbers a process reads, and how many bytes of it are
/// read. Nothing where the system does not tell.
pub(super) fn reading(process: u32, folder: &Path) -> Option<(usize, u64)> {
    for open in fs::read_dir(format!("/proc/{process}/fd")).ok()?.flatten() {
        let file = fs::read_link(open.path()).unwrap_or_default();
        let place = file.strip_prefix(folder).ok().and_then(Path::to_str);
        let Some(place) = place.and_then(|name| name.parse().ok()) else { continue };
        let number = open.file_name().into_string().ok()?;
        let known = fs::read_to_string(format!("/proc/{process}/fdinfo/{number}")).ok()?;
        let read = known.lines().find_map(|line| line.strip_prefix("pos:"))?;
        return Some((place, read.trim().parse().ok()?));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_process_that_reads_shows_how_far_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        assert_eq!(reading(std::process::id(), &path), None);
        fs::write(path.join("17"), [0; 100]).unwrap();
        let mut file = File::open(path.join("17")).unwrap();
        file.read_exact(&mut [0; 40]).unwrap();
        assert_eq!(reading(std::process::id(), &path), Some((17, 40)));
    }
}
