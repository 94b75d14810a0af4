//! Bags with files that stay where they are, bags that are trees, and bags of nothing: judged by the
//! validators that people use.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::Site;

use super::desk::Desk;
use super::material::example;
use super::ran::Ran;
use super::tool::tool;

const ARCHIVES: [&str; 7] = ["zip", "tar", "tar_gz", "tar_bz2", "tar_zst", "tar_xz", "none"];

/// Runs one of the validators, which keep their settings at home.
pub(super) fn validator(name: &str, home: &Path, arguments: &[&str]) -> Output {
    let program = format!("{}/../.cache/venv/bin/{name}", env!("CARGO_MANIFEST_DIR"));
    Command::new(program).args(arguments).env("HOME", home).output().unwrap()
}

pub(super) fn valid(bag: &Path, home: &Path) {
    let bag = bag.to_str().unwrap();
    for (name, arguments) in
        [("bagit.py", ["--validate", bag].as_slice()), ("bdbag", &["--validate", "full", bag])]
    {
        let said = validator(name, home, arguments);
        assert!(said.status.success(), "{name} {bag}: {}", String::from_utf8_lossy(&said.stderr));
    }
}

/// The bags of a run as folders: archives are unpacked, each beside the others.
pub(super) fn unpacked(ran: &Ran, name: &str) -> Vec<PathBuf> {
    let result = ran.result();
    let archives = result["archives"].as_array().unwrap().iter().enumerate();
    let packed = archives.map(|(number, archive)| {
        let archive = PathBuf::from(archive["path"].as_str().unwrap());
        let folder = ran.out.join(format!("unpacked-{number}"));
        fs::create_dir(&folder).unwrap();
        let place = ["-C".as_ref(), folder.as_os_str()];
        tool("bsdtar", ["-xf".as_ref(), archive.as_os_str(), place[0], place[1]]);
        folder.join(name)
    });
    let trees = result["trees"].as_array().unwrap().iter();
    let trees = trees.map(|tree| PathBuf::from(tree["path"].as_str().unwrap()));
    packed.chain(trees).collect()
}

pub(super) fn bags(bag: &Value) -> Vec<Value> {
    let bag = |archive| {
        let mut bag = bag.clone();
        bag["archive"] = json!(archive);
        json!({"type": "download", "packer": {"bag": bag}})
    };
    ARCHIVES.map(bag).into()
}

/// Files at a site, and records that tell where they are.
pub(super) fn remote(desk: &Desk) -> Site {
    let site = Site::start(&desk.path("site")).unwrap();
    let mut lines = String::new();
    for (place, content) in
        [("a/photo.jpg", "one"), ("b/photo.jpg", "another"), ("c/ä b.txt", ""), ("c/x.txt", "x\n")]
    {
        desk.write(&format!("site/{place}"), content);
        let mut sha256 = String::new();
        for byte in Sha256::digest(content) {
            write!(sha256, "{byte:02X}").unwrap();
        }
        let md5 = tool("md5sum", [desk.path(&format!("site/{place}")).as_os_str()]);
        let record = json!({
            "url": site.url(&place.replace(' ', "%20")), "bytes": content.len(), "sum": sha256, "md5": md5[..32],
        });
        writeln!(lines, "{record}").unwrap();
    }
    lines += "{\"url\": null}\n";
    desk.write("images.jsonl", lines);
    site
}

pub(super) fn with_remote(transports: &[Value]) -> Value {
    json!({
        "name": "Remote",
        "batch_size": 2,
        "outputs": [
            {"to": "airlines.csv", "from": "airlines", "format": "csv"},
            {"to": "media/", "from": "images", "assets": {
                "field": "url",
                "remote": {"length": "bytes", "md5": "md5", "sha256": "sum"},
            }},
        ],
        "transports": transports,
        "sources": {
            "airlines": {"kind": "jsonl", "path": example("flights/airlines.jsonl")},
            "images": {"kind": "jsonl", "path": "images.jsonl"},
        },
    })
}

#[tokio::test]
async fn files_that_stay_where_they_are_are_fetched_by_whoever_has_the_bag() {
    let desk = Desk::new();
    let site = remote(&desk);
    let definition = with_remote(&bags(&json!({"algorithms": ["md5", "sha256"]})));
    let ask = |name: &str| desk.define(&definition).apart(name);
    let (ran, again) = (ask("one").with("--workers=1").done().await, ask("two").done().await);
    let sums = |ran: &Ran| {
        let result = ran.result();
        let archives = result["archives"].as_array().unwrap().clone();
        archives.into_iter().map(|archive| archive["sha256"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sums(&ran), sums(&again));
    assert_eq!(site.asked().len(), 0, "nothing is fetched to make a bag");
    let found = unpacked(&ran, "Remote");
    assert_eq!(found.len(), ARCHIVES.len());
    for (number, bag) in found.iter().enumerate() {
        let text = bag.to_str().unwrap();
        let early = validator("bagit.py", &desk.path(""), &["--validate", text]);
        assert!(!early.status.success(), "{text} has files that nobody fetched");
        let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
        assert!(info.ends_with(".6\n") && info.starts_with("Payload-Oxum: "), "{info}");
        let fetched = validator("bdbag", &desk.path(""), &["--resolve-fetch", "all", text]);
        assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
        valid(bag, &desk.path(""));
        assert_eq!(fs::read(bag.join("data/media/photo.jpg")).unwrap(), b"one");
        assert_eq!(fs::read(bag.join("data/media/photo~2.jpg")).unwrap(), b"another");
        assert_eq!(site.asked().len(), 4 * (number + 1));
    }
}

/// What is known of files is gathered up to what the record of a batch holds.
#[tokio::test]
async fn of_more_files_than_a_batch_can_tell_the_run_fails_as_soon_as_it_is_known() {
    let desk = Desk::new();
    let (md5, way) = ("d41d8cd98f00b204e9800998ecf8427e", "x".repeat(1 << 20));
    let mut lines = String::new();
    for number in 0..70 {
        let url = format!("https://example.org/{number}/{way}");
        writeln!(lines, "{}", json!({"url": url, "bytes": 0, "md5": md5})).unwrap();
    }
    desk.write("images.jsonl", lines);
    let mut definition = with_remote(&bags(&json!({"algorithms": ["md5"]})));
    definition["batch_size"] = json!(1000);
    definition["outputs"][1]["assets"]["remote"] = json!({"length": "bytes", "md5": "md5"});
    let ran = desk.define(&definition).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["more files than its record can hold", "too_large"]);
}

#[tokio::test]
async fn records_that_do_not_say_how_a_file_is_checked_are_left_out_or_fail_the_run() {
    let desk = Desk::new();
    let good = "d41d8cd98f00b204e9800998ecf8427e";
    let rows = [
        json!({"url": "https://example.org/good", "bytes": 0, "md5": good}),
        json!({"url": "files/local", "bytes": 0, "md5": good}),
        json!({"url": "https://example.org/long", "bytes": -1, "md5": good}),
        json!({"url": "https://example.org/sum", "bytes": 0, "md5": "none"}),
        json!({"url": ["https://example.org/list"], "bytes": 0, "md5": good}),
    ];
    desk.write("images.jsonl", rows.map(|row| format!("{row}\n")).concat());
    let mut definition = with_remote(&bags(&json!({"algorithms": ["md5"]})));
    definition["outputs"][1]["assets"]["remote"] = json!({"length": "bytes", "md5": "md5"});
    let failed = desk.define(&definition).apart("fail").run().await;
    assert_eq!(failed.code, 1, "{}", failed.said);
    assert_eq!(failed.result()["faults"][0]["code"], "asset_missing", "{}", failed.said);
    definition["on_error"] = json!("warn");
    let ran = desk.define(&definition).apart("warn").run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let warnings = ran.result()["warnings"].as_array().unwrap().len();
    assert_eq!(warnings, 4, "{}", ran.said);
    for bag in unpacked(&ran, "Remote") {
        let fetch = fs::read_to_string(bag.join("fetch.txt")).unwrap();
        assert_eq!(fetch, "https://example.org/good 0 data/media/good\n");
    }
}

#[tokio::test]
async fn files_stay_where_they_are_for_bags_alone() {
    let desk = Desk::new();
    let mut transports = bags(&json!({"algorithms": ["sha512"]}));
    transports.truncate(1);
    transports.push(json!({"type": "download", "packer": "tar"}));
    let ran = desk.define(&with_remote(&transports)).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&[
        "/transports/1/packer",
        "only a bag",
        "/outputs/1/assets/remote",
        "`sha512`",
    ]);
}

#[tokio::test]
async fn bags_of_nothing_and_of_files_elsewhere_alone_are_bags() {
    let desk = Desk::new();
    let site = remote(&desk);
    let mut elsewhere = with_remote(&bags(&json!({"algorithms": ["md5", "sha256"]})));
    elsewhere["outputs"].as_array_mut().unwrap().remove(0);
    for (name, lines) in [("elsewhere", None), ("nothing", Some(""))] {
        if let Some(lines) = lines {
            desk.write("images.jsonl", lines);
        }
        let ran = desk.define(&elsewhere).apart(name).done().await;
        for bag in unpacked(&ran, "Remote") {
            assert!(bag.join("data").is_dir(), "{name}: {}", bag.display());
            if lines.is_none() {
                let text = bag.to_str().unwrap();
                let fetched = validator("bdbag", &desk.path(""), &["--resolve-fetch", "all", text]);
                assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
            }
            valid(&bag, &desk.path(""));
        }
    }
    assert_eq!(site.asked().len(), 4 * ARCHIVES.len());
}

#[tokio::test]
async fn a_bag_that_is_a_tree_holds_what_an_archive_of_it_does() {
    let desk = Desk::new();
    let mut definition = with_remote(&bags(&json!({
        "algorithms": ["sha1", "sha512"], "info": {"Contact-Name": "Ann"}, "date": "2026-02-03",
    })));
    definition["outputs"][1] =
        json!({"to": "media/", "from": "clipart", "assets": {"field": "file"}});
    definition["sources"]["clipart"] =
        json!({"kind": "jsonl", "path": example("clipart/clipart.jsonl")});
    let mut sent = definition["transports"].as_array().unwrap().last().unwrap().clone();
    sent["type"] = json!("rsync");
    sent["target"] = json!("near");
    definition["transports"].as_array_mut().unwrap().push(sent);
    definition["targets"] = json!({"near": {"kind": "rsync", "to": desk.path("sent")}});
    fs::create_dir(desk.path("sent")).unwrap();
    let ran = desk.define(&definition).done().await;
    let mut bags = unpacked(&ran, "Remote");
    let tree = bags.pop().unwrap();
    valid(&tree, &desk.path(""));
    bags.push(desk.path("sent/Remote"));
    for bag in &bags {
        tool("diff", ["-r".as_ref(), bag.as_os_str(), tree.as_os_str()]);
    }
}
