//! The foreign readers tell good archives from bad ones; else no test that trusts them says a thing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tests::{Entry, Reader, sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const FILES: [(&str, &str); 3] =
    [("a b.txt", "one\n"), ("träume/雪.txt", "two two two two\n"), ("empty", "")];

/// An archive that is none of our own making.
fn archive(dir: &Path) -> PathBuf {
    let path = dir.join("archive.zip");
    let mut archive = ZipWriter::new(File::create(&path).unwrap());
    for (name, text) in FILES {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        archive.start_file(name, stored).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    path
}

#[test]
fn all_readers_see_the_same_names_and_sums() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive(dir.path());
    let expected = FILES.map(|(name, text)| Entry {
        name: name.to_owned(),
        crc32: crc32fast::hash(text.as_bytes()),
    });
    for reader in Reader::ALL {
        assert_eq!(reader.read(&archive).unwrap(), expected, "{reader:?}");
    }
}

#[test]
fn all_readers_refuse_a_damaged_archive() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive(dir.path());
    let mut bytes = fs::read(&archive).unwrap();
    let at = bytes.windows(4).position(|window| window == b"one\n").unwrap();
    bytes[at] ^= 0x20;
    fs::write(&archive, bytes).unwrap();
    for reader in Reader::ALL {
        assert!(reader.read(&archive).is_err(), "{reader:?} takes it for good");
    }
}

#[test]
fn a_sum_is_that_of_sha256sum() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("abc");
    fs::write(&path, "abc").unwrap();
    assert_eq!(
        sha256(&path).unwrap(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
