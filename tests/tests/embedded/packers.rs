//! The same files in every packing: judged by other people's programs against the tree, and made again
//! with other workers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tests::java_program;

use super::desk::Desk;
use super::material::{example, scenario};
use super::ran::Ran;
use super::tool::tool;

/// Every packing, in one definition: the first is a tree, to compare the others with.
const PACKERS: [&str; 9] =
    ["none", "zip", "zip_10mb", "zip_2gb", "tar", "tar_gz", "tar_bz2", "tar_zst", "tar_xz"];

/// Prints the length of each member of a ZIP.
const SIZES: &str = "
import sys, zipfile
print(*(member.file_size for member in zipfile.ZipFile(sys.argv[1]).infolist()))
";

/// Tables in all formats, files of records with clashing names, small assets and large, one of which
/// is missing: 238 batches or less.
fn definition(desk: &Desk, batch_size: u64) -> Value {
    let mut lines = String::new();
    for (name, len) in [("noise.bin", 4_500_000), ("text.txt", 6_000_000), ("big.bin", 10_500_000)]
    {
        let content = if name == "text.txt" { text(len) } else { noise(len) };
        desk.write(&format!("files/{name}"), content);
        writeln!(lines, "{{\"file\": \"files/{name}\"}}").unwrap();
    }
    lines += "{\"file\": \"files/gone.bin\"}\n";
    desk.write("files.jsonl", lines);
    json!({
        "name": "Packed",
        "batch_size": batch_size,
        "on_error": "warn",
        "outputs": [
            {"to": "flights.csv", "from": "flights", "format": "csv"},
            {"to": "weather.json", "from": "weather", "format": "json"},
            {"to": "{name}", "from": "records", "format": "json", "per": "record"},
            {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
            {"to": "large/", "from": "files", "assets": {"field": "file"}},
            {"to": "late.xml", "from": "flights", "format": "xml",
             "select": {"where": {"dep_delay": {"ge": 60}}}},
        ],
        "transports": transports(),
        "sources": {
            "flights": {"kind": "csv", "path": example("flights/flights.csv")},
            "weather": {"kind": "jsonl", "path": example("flights/weather.jsonl")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
            "records": {"kind": "jsonl", "path": scenario("names/records.jsonl")},
            "files": {"kind": "jsonl", "path": "files.jsonl"},
        },
    })
}

fn transports() -> Value {
    PACKERS.map(|packer| json!({"type": "download", "packer": packer})).into()
}

/// Lines that compress well, no two alike.
pub(super) fn text(len: usize) -> Vec<u8> {
    let mut text = String::new();
    for line in 0.. {
        if text.len() >= len {
            break;
        }
        writeln!(text, "{line} and more of the same").unwrap();
    }
    text.truncate(len);
    text.into_bytes()
}

/// Bytes that do not compress, the same each time.
pub(super) fn noise(len: usize) -> Vec<u8> {
    let (mut state, mut bytes) = (0x9E37_79B9_7F4A_7C15_u64, Vec::with_capacity(len + 8));
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// SHA-256 of every archive by its file's name.
fn sums(ran: &Ran) -> BTreeMap<String, String> {
    let result = ran.result();
    let archives = result["archives"].as_array().unwrap();
    let sum = |archive: &Value| {
        let path = PathBuf::from(archive["path"].as_str().unwrap());
        let sum = tests::sha256(&path).unwrap();
        assert_eq!(archive["sha256"], sum.as_str(), "{}", path.display());
        (path.file_name().unwrap().to_str().unwrap().to_owned(), sum)
    };
    archives.iter().map(sum).collect()
}

/// Unpacks with other people's programs, and finds what the tree has, no more and no less.
fn opens(ran: &Ran, name: &str) {
    let tree = ran.out.join(name);
    let same = |unpacked: &Path| {
        tool("diff", ["-r".as_ref(), tree.as_os_str(), unpacked.as_os_str()]);
        fs::remove_dir_all(unpacked).unwrap();
    };
    let unpacked = ran.out.join("unpacked");
    for (program, flags) in [("tar", "-xf"), ("bsdtar", "-xf")] {
        for extension in ["tar", "tar.gz", "tar.bz2", "tar.zst", "tar.xz"] {
            let archive = ran.out.join(format!("{name}.{extension}"));
            fs::create_dir_all(&unpacked).unwrap();
            let place = ["-C".as_ref(), unpacked.as_os_str()];
            tool(program, [flags.as_ref(), archive.as_os_str(), place[0], place[1]]);
            same(&unpacked);
        }
    }
    for (program, flag, extension) in [
        ("lbzip2", "-t", "tar.bz2"),
        ("zstd", "-tq", "tar.zst"),
        ("gzip", "-t", "tar.gz"),
        ("xz", "-t", "tar.xz"),
    ] {
        tool(program, [flag.as_ref(), ran.out.join(format!("{name}.{extension}")).as_os_str()]);
    }
    let listed = |mut command: Command, coding: &str, archive: &Path| {
        let found = command.arg(coding).arg(archive).output().unwrap();
        assert!(found.status.success(), "{command:?}: {}", String::from_utf8_lossy(&found.stderr));
        let mut lines: Vec<String> =
            String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let python = || {
        let mut python = Command::new("python3");
        python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../pack/src/foreign/untar.py"));
        python
    };
    let plain = ran.out.join(format!("{name}.tar"));
    let expected = listed(python(), "r:*", &plain);
    for (mode, coding, extension) in
        [("r|gz", "gz", "tar.gz"), ("r|bz2", "bz2", "tar.bz2"), ("r|", "tar", "tar")]
    {
        let archive = ran.out.join(format!("{name}.{extension}"));
        assert_eq!(listed(python(), mode, &archive), expected, "{mode}");
        let java = listed(java_program("Untar.java").unwrap(), coding, &archive);
        assert_eq!(java, expected, "commons-compress: {extension}");
    }
    // From a pipe, too: a reader of one stream finds all there is.
    for mode in ["r:xz", "r|xz"] {
        let archive = ran.out.join(format!("{name}.tar.xz"));
        assert_eq!(listed(python(), mode, &archive), expected, "{mode}");
    }
    let mut volumes: Vec<PathBuf> = fs::read_dir(&ran.out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
        .collect();
    volumes.sort();
    let is_numbered = |path: &PathBuf| {
        path.file_stem().is_some_and(|stem| stem != name) && !path.to_str().unwrap().contains('~')
    };
    let (numbered, whole): (Vec<_>, Vec<_>) = volumes.into_iter().partition(is_numbered);
    let sets = whole.into_iter().map(|path| vec![path]).chain(Some(numbered));
    for set in sets.filter(|set| !set.is_empty()) {
        for volume in &set {
            let entries = tests::Reader::Python.read(volume).unwrap();
            for reader in tests::Reader::ALL {
                assert_eq!(reader.read(volume).unwrap(), entries, "{reader:?}");
            }
            let place = ["-d".as_ref(), unpacked.as_os_str()];
            tool("unzip", ["-qn".as_ref(), volume.as_os_str(), place[0], place[1]]);
        }
        same(&unpacked);
    }
}

#[tokio::test]
async fn every_packer_gives_the_same_files_and_any_number_of_workers_the_same_bytes() {
    let desk = Desk::new();
    let definition = definition(&desk, 200);
    let ask = |name: &str| desk.define(&definition).apart(name);
    let one = ask("one").with("--workers=1").run().await;
    let four = ask("four").with("--workers=4").run().await;
    assert_eq!((one.code, four.code), (3, 3), "{}{}", one.said, four.said);
    let made = sums(&one);
    assert_eq!(made, sums(&four));
    let names: Vec<&str> = made.keys().map(String::as_str).collect();
    let expected = [
        "Packed.1.zip",
        "Packed.2.zip",
        "Packed.3.zip",
        "Packed.4.zip",
        "Packed.tar",
        "Packed.tar.bz2",
        "Packed.tar.gz",
        "Packed.tar.xz",
        "Packed.tar.zst",
        "Packed.zip",
        "Packed~2.zip",
    ];
    assert_eq!(names, expected);
    assert_eq!(made["Packed.zip"], made["Packed~2.zip"], "one volume of zip_2gb is a zip");
    for volume in 1..=4 {
        let volume = four.out.join(format!("Packed.{volume}.zip"));
        let sizes = tool("python3", ["-c".as_ref(), SIZES.as_ref(), volume.as_os_str()]);
        let sizes: Vec<u64> = sizes.split_whitespace().map(|size| size.parse().unwrap()).collect();
        let is_full = sizes.iter().sum::<u64>() > 10_000_000;
        assert!(!is_full || sizes.len() == 1, "{volume:?}: {sizes:?}");
    }
    opens(&four, "Packed");
}

#[tokio::test]
async fn archives_of_nothing_open_in_every_packing() {
    let desk = Desk::new();
    desk.write("nothing.jsonl", "");
    let definition = json!({
        "name": "Nothing",
        "outputs": [{"to": "{id}", "from": "nothing", "format": "json", "per": "record"}],
        "transports": transports(),
        "sources": {"nothing": {"kind": "jsonl", "path": "nothing.jsonl"}},
    });
    let ran = desk.define(&definition).done().await;
    assert_eq!(ran.result()["archives"].as_array().unwrap().len(), PACKERS.len() - 1);
    for name in ["tar", "tar.gz", "tar.bz2", "tar.zst", "tar.xz"] {
        let archive = ran.out.join(format!("Nothing.{name}"));
        assert_eq!(tool("tar", ["-tf".as_ref(), archive.as_os_str()]), "");
        assert_eq!(tool("bsdtar", ["-tf".as_ref(), archive.as_os_str()]), "");
    }
    assert_eq!(tests::Reader::Python.read(&ran.out.join("Nothing.zip")).unwrap(), []);
}

#[tokio::test]
async fn bags_of_every_archive_are_valid_whatever_files_are_called() {
    let desk = Desk::new();
    let archives = ["zip", "tar", "tar_gz", "tar_bz2", "tar_zst", "tar_xz"];
    let bag = |archive| {
        json!({"bag": {
            "archive": archive,
            "algorithms": ["sha256", "md5", "sha1", "sha512"],
            "info": {"Source-Organization": "Museum", "Contact-Name": ["Ann", "Bob"]},
            "date": "2026-02-03",
        }})
    };
    let definition = json!({
        "name": "Bagged 100%",
        "batch_size": 3,
        "on_error": "warn",
        "outputs": [
            {"to": "50%.csv", "from": "records", "format": "csv"},
            {"to": "{name}", "from": "records", "format": "json", "per": "record"},
            {"to": "media%0A/", "from": "clipart", "assets": {"field": "file"}},
        ],
        "transports": archives.map(|archive| json!({"type": "download", "packer": bag(archive)})),
        "sources": {
            "records": {"kind": "jsonl", "path": scenario("names/records.jsonl")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
        },
    });
    let ask = |name: &str| desk.define(&definition).apart(name);
    let one = ask("one").with("--workers=1").run().await;
    let four = ask("four").with("--workers=4").run().await;
    assert_eq!(sums(&one), sums(&four));
    for (archive, made) in archives.iter().zip(four.result()["archives"].as_array().unwrap()) {
        let made = PathBuf::from(made["path"].as_str().unwrap());
        let unpacked = four.out.join(archive);
        fs::create_dir(&unpacked).unwrap();
        let place = ["-C".as_ref(), unpacked.as_os_str()];
        tool("bsdtar", ["-xf".as_ref(), made.as_os_str(), place[0], place[1]]);
        let bag = unpacked.join("Bagged 100%");
        let python = format!("{}/../.cache/venv/bin/bagit.py", env!("CARGO_MANIFEST_DIR"));
        tool(&python, ["--validate".as_ref(), "--quiet".as_ref(), bag.as_os_str()]);
        let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
        assert!(info.contains("Contact-Name: Ann\nContact-Name: Bob\nBagging-Date: 2026-02-03\n"));
        assert!(bag.join("data/50_.csv").exists(), "{archive}");
    }
}
