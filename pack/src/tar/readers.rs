//! Every shape of archive, judged by readers of other people's.

use std::io::{Seek, SeekFrom, Write};

use super::{END, header, padding};
use crate::foreign::{self, Listing};

/// Files that need each form of header, in one archive.
pub(crate) fn listing() -> Listing {
    let long = |len| format!("{}/{}.txt", "folder".repeat(25), "n".repeat(len));
    vec![
        ("orders.csv".to_owned(), "id,name\r\n1,x\r\n".repeat(5000).into_bytes()),
        ("empty".to_owned(), Vec::new()),
        ("media/ä € 漢字 🚢.bin".to_owned(), crate::noise(100_000)),
        (long(96), b"prefix and name".to_vec()),
        (long(97), b"a name too long".to_vec()),
        (long(240), vec![b'x'; 512]),
        (format!("{}.txt", "€".repeat(80)), vec![b'y'; 513]),
        ("last".to_owned(), b"x".to_vec()),
    ]
}

/// The archive of a listing.
pub(crate) fn tar(listing: &Listing) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, content) in listing {
        header(path, content.len() as u64, &mut out);
        out.extend_from_slice(content);
        out.extend_from_slice(padding(content.len() as u64));
    }
    out.extend_from_slice(&END);
    out
}

fn check(listing: &Listing) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive.tar");
    std::fs::write(&archive, tar(listing)).unwrap();
    foreign::unpacks(&["tar", "-xf"], &archive, listing);
    foreign::unpacks(&["bsdtar", "-xf"], &archive, listing);
    foreign::python_lists("r:*", &archive, listing);
    foreign::python_lists("r|", &archive, listing);
    foreign::java_lists("tar", &archive, listing);
    foreign::run("7zz", &["t", "-bso0", archive.to_str().unwrap()]);
}

#[test]
fn an_archive_of_nothing_opens() {
    check(&Listing::new());
}

#[test]
fn members_come_back_whole() {
    check(&listing());
}

#[test]
fn a_reader_without_pax_loses_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive.tar");
    std::fs::write(&archive, tar(&listing())).unwrap();
    let found = foreign::run("busybox", &["tar", "-tf", archive.to_str().unwrap()]);
    let found = String::from_utf8(found).unwrap();
    let mut names: Vec<&str> = found.lines().collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|&name| name != "././@PaxHeader");
    assert_eq!(names.len(), listing().len(), "{found}");
}

#[test]
fn what_follows_a_file_of_more_than_eight_gibibytes_is_found() {
    let size = 9 << 30;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut head = Vec::new();
    header("large", size, &mut head);
    file.write_all(&head).unwrap();
    file.seek(SeekFrom::Start(head.len() as u64 + size)).unwrap();
    file.write_all(&tar(&vec![("last".to_owned(), b"x".to_vec())])).unwrap();
    let archive = file.path().to_str().unwrap();
    let script = "import sys, tarfile\ntar = tarfile.open(sys.argv[1])\nassert [m.size for m in tar] == [9 << 30, 1]\n";
    foreign::run("python3", &["-c", script, archive]);
    for program in [&["tar", "-tvf"][..], &["bsdtar", "-tvf"], &["busybox", "tar", "-tvf"]] {
        let found = foreign::run(program[0], &[&program[1..], &[archive]].concat());
        let found = String::from_utf8(found).unwrap();
        let is_told = |what| found.contains(what);
        assert!(["9663676416", "large", "last"].into_iter().all(is_told), "{program:?}: {found}");
    }
}
