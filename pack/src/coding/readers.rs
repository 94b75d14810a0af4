//! Streams of every shape, judged by decoders and readers of other people's.

use std::path::Path;

use super::Coding;
use super::tests::{CODINGS, Stream};
use crate::foreign::{self, Listing};
use crate::tar::{END, header, padding};

fn extension(coding: Coding) -> &'static str {
    match coding {
        Coding::Plain => "tar",
        Coding::Gzip => "gz",
        Coding::Bzip2 => "bz2",
        Coding::Zstd => "zst",
        Coding::Xz => "xz",
    }
}

/// An archive as it comes about: large files of shares with text around them, small ones in pieces.
fn archive(coding: Coding, listing: &Listing) -> Vec<u8> {
    let mut stream = Stream::new(coding);
    for (path, content) in listing {
        let mut before = Vec::new();
        header(path, content.len() as u64, &mut before);
        let after = padding(content.len() as u64);
        if content.len() > 50_000 {
            stream.text(&before);
            content.chunks(40_000).for_each(|share| stream.piece(share));
            stream.text(after);
        } else {
            stream.piece(&[&before, &content[..], after].concat());
        }
    }
    stream.text(&END);
    stream.finish()
}

/// Decoders that must give the plain archive.
fn decodes(coding: Coding, archive: &Path, plain: &[u8]) {
    let decoders: &[&[&str]] = match coding {
        Coding::Plain => &[],
        Coding::Gzip => &[&["gzip", "-dc"], &["busybox", "gzip", "-dc"]],
        Coding::Bzip2 => &[&["bzip2", "-dc"], &["lbzip2", "-dc"], &["busybox", "bzip2", "-dc"]],
        Coding::Zstd => &[&["zstd", "-qdc"]],
        Coding::Xz => &[&["xz", "-dc"], &["busybox", "xz", "-dc"]],
    };
    let all = [&["7zz", "x", "-so"][..], &["bsdcat"]];
    let all = if coding == Coding::Plain { &[][..] } else { &all[..] };
    for decoder in decoders.iter().chain(all) {
        let arguments = [&decoder[1..], &[archive.to_str().unwrap()]].concat();
        let found = foreign::run(decoder[0], &arguments);
        assert!(found == plain, "{decoder:?}");
    }
}

fn check(coding: Coding, listing: &Listing) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("archive.tar.{}", extension(coding)));
    std::fs::write(&path, archive(coding, listing)).unwrap();
    decodes(coding, &path, &archive(Coding::Plain, listing));
    foreign::unpacks(&["tar", "-xf"], &path, listing);
    foreign::unpacks(&["bsdtar", "-xf"], &path, listing);
    match coding {
        Coding::Plain | Coding::Gzip | Coding::Bzip2 => {
            foreign::python_lists("r:*", &path, listing);
            foreign::python_lists(&format!("r|{}", extension(coding)), &path, listing);
            foreign::java_lists(extension(coding), &path, listing);
        }
        // commons-compress reads it with a library of its own.
        Coding::Xz => {
            foreign::python_lists("r:*", &path, listing);
            foreign::python_lists("r|xz", &path, listing);
        }
        // Python reads it from 3.14 on, commons-compress with a library of its own.
        Coding::Zstd => {}
    }
}

#[test]
fn archives_of_pieces_open_everywhere() {
    let mut listing = crate::tar::readers::listing();
    // More than a block of bzip2, and more than a step of zstd.
    listing.push(("noise".to_owned(), crate::noise(2_000_000)));
    listing.push(("zeros".to_owned(), vec![0; 3_000_000]));
    listing.extend((0..300).map(|n| (format!("many/{n}.txt"), vec![b'n'; n])));
    for coding in CODINGS.into_iter().skip(1) {
        check(coding, &listing);
    }
}

#[test]
fn archives_of_nothing_open() {
    for coding in CODINGS.into_iter().skip(1) {
        check(coding, &Listing::new());
    }
}
