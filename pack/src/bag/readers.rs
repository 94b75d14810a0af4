//! A whole bag, judged by the Library of Congress's `bagit.py`.

use std::fs;
use std::path::Path;

use proto::bag::Label;
use proto::definition::BagVersion;
use proto::digest::Algorithm;

use super::{
    DECLARATION, FETCH, Facts, INFO, Order, Oxum, declaration, fetch_line, info, manifest,
    manifest_line, payload, tag_manifest,
};
use crate::digest::Digests;
use crate::foreign;

/// In no order that means anything.
const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Sha512, Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha1];

/// Appends a file's line to the manifest of each algorithm.
fn list(path: &str, content: &[u8], manifests: &mut [Vec<u8>]) {
    let mut digests = Digests::new(&ALGORITHMS);
    digests.update(content);
    for ((_, digest), manifest) in digests.finish().iter().zip(manifests) {
        manifest_line(digest, path, manifest);
    }
}

/// Lays a bag down.
fn lay_down(version: BagVersion, folder: &Path, listing: &[(&str, Vec<u8>)]) {
    let (mut manifests, mut tag_manifests) = (vec![Vec::new(); 4], vec![Vec::new(); 4]);
    let (mut fetch, mut extent) = (Vec::new(), Oxum::default());
    for (path, content) in listing {
        let path = payload(path);
        let place = folder.join(&path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
        list(&path, content, &mut manifests);
        extent.bytes += content.len() as u64;
        extent.files += 1;
        fetch_line("https://a.example/a file", Some(content.len() as u64), &path, &mut fetch);
    }
    let label = |text| Label::parse(text).unwrap();
    let (profile, text) = (label("BagIt-Profile-Identifier"), label("External-Description"));
    let elements =
        [(&profile, "https://a.example/profile.json"), (&text, "two\n\nlines: ä €"), (&text, "")];
    let mut about = Vec::new();
    let facts = Facts { bagging_date: Some(jiff::civil::date(2026, 2, 3)), payload: extent };
    info(elements, facts, Order::Given, &mut about);
    let mut texts = vec![
        (DECLARATION.to_owned(), declaration(version).into_bytes()),
        (INFO.to_owned(), about),
        (FETCH.to_owned(), fetch),
    ];
    texts.extend(ALGORITHMS.map(manifest).into_iter().zip(manifests));
    for (path, text) in &texts {
        list(path, text, &mut tag_manifests);
    }
    texts.extend(ALGORITHMS.map(tag_manifest).into_iter().zip(tag_manifests));
    for (path, text) in texts {
        fs::write(folder.join(path), text).unwrap();
    }
}

#[test]
fn a_bag_is_valid_and_says_what_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let listing = [
        ("orders.csv", b"id\r\n1\r\n".repeat(50_000)),
        ("empty", Vec::new()),
        ("media/ä € 漢字 🚢  .bin", crate::noise(100_000)),
        ("two\nlines\r.txt", b"x".to_vec()),
    ];
    lay_down(BagVersion::V1_0, folder.path(), &listing);
    let place = folder.path().to_str().unwrap();
    foreign::run_python("bagit.py", &["--validate", place]);
    let script = "import bagit, sys\nbag = bagit.Bag(sys.argv[1])\nprint(bag.info, bag.algorithms)";
    let found = foreign::run_python("python", &["-c", script, place]);
    let expected = "{'BagIt-Profile-Identifier': 'https://a.example/profile.json', \
        'External-Description': ['two  lines: ä €', ''], 'Bagging-Date': '2026-02-03', \
        'Payload-Oxum': '450001.4'}";
    let found = String::from_utf8(found).unwrap();
    assert!(found.starts_with(expected), "{found}");
}

#[test]
fn a_bag_of_nothing_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    for version in [BagVersion::V1_0, BagVersion::V0_97] {
        lay_down(version, folder.path(), &[]);
        foreign::run_python("bagit.py", &["--validate", folder.path().to_str().unwrap()]);
    }
}
