//! Files beyond what the first fields of archives can tell, 4 GiB in ZIP and 8 GiB in tar, on their whole
//! way.

use std::fs::File;

use serde_json::{Value, json};

use super::desk::Desk;
use super::tool::tool;

/// A length that does not fit into 32 bits.
const LEN: u64 = (4 << 30) + 4096;

/// A length that does not fit into eleven octal digits.
const LONGER: u64 = (8 << 30) + 513;

/// Prints the length of each member, as the directory and as the content tell it.
const LENGTHS: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for member in archive.infolist():
        with archive.open(member) as content:
            read = sum(map(len, iter(lambda: content.read(1 << 20), b'')))
        print(member.filename, member.file_size, read)
";

/// Prints the length of each member, as the directory tells it.
const LISTED: &str = "
import sys, zipfile
for member in zipfile.ZipFile(sys.argv[1]).infolist():
    print(member.filename, member.file_size)
";

/// Prints the length of each member of a tar archive, read as a stream, in the same way.
const TAR_LENGTHS: &str = "
import sys, tarfile
with tarfile.open(sys.argv[1], sys.argv[2]) as archive:
    for member in archive:
        content = archive.extractfile(member)
        read = sum(map(len, iter(lambda: content.read(1 << 20), b'')))
        print(member.name, member.size, read)
";

/// A hole, which takes no room on the disk and hardly any in a compressed archive, and a file after it.
fn definition(desk: &Desk, len: u64, packers: &[&str]) -> Value {
    File::create(desk.path("hole.bin")).unwrap().set_len(len).unwrap();
    desk.write("after.txt", "after");
    let records = desk.write("files.jsonl", "{\"file\":\"hole.bin\"}\n{\"file\":\"after.txt\"}\n");
    let transports = packers.iter().map(|packer| json!({"type": "download", "packer": packer}));
    json!({
        "name": "large",
        "outputs": [{"to": "files/", "from": "files", "assets": {"field": "file"}}],
        "transports": transports.collect::<Vec<Value>>(),
        "sources": {"files": {"kind": "jsonl", "path": records}},
    })
}

fn lengths(len: u64) -> String {
    format!("files/hole.bin {len} {len}\nfiles/after.txt 5 5\n")
}

#[tokio::test]
async fn a_member_beyond_4_gib_arrives_whole() {
    let desk = Desk::new();
    let ran = desk.define(&definition(&desk, LEN, &["zip", "tar_gz", "zip_2gb"])).done().await;
    let archive = ran.archive();
    tool("7zz", ["t".as_ref(), archive.as_os_str()]);
    let seen = tool("python3", ["-c".as_ref(), LENGTHS.as_ref(), archive.as_os_str()]);
    assert_eq!(seen, lengths(LEN));
    // What is longer than a volume may be is alone in one. Its bytes are those of the other archive.
    let volumes = [1, 2].map(|number| {
        let volume = ran.out.join(format!("large.{number}.zip"));
        tool("python3", ["-c".as_ref(), LISTED.as_ref(), volume.as_os_str()])
    });
    assert_eq!(volumes, [format!("files/hole.bin {LEN}\n"), "files/after.txt 5\n".to_owned()]);
    let tar = ran.out.join("large.tar.gz");
    let arguments = ["-c".as_ref(), TAR_LENGTHS.as_ref(), tar.as_os_str(), "r|gz".as_ref()];
    assert_eq!(tool("python3", arguments), lengths(LEN));
}

#[tokio::test]
#[ignore = "takes minutes and 20 GB of disk: cargo nextest run -p tests a_member_beyond_8_gib --run-ignored only"]
async fn a_member_beyond_8_gib_arrives_whole_in_every_tar() {
    let desk = Desk::new();
    let packers = ["tar", "tar_gz", "tar_bz2", "tar_zst"];
    let ran = desk.define(&definition(&desk, LONGER, &packers)).done().await;
    for (extension, mode) in [("tar", "r|"), ("tar.gz", "r|gz"), ("tar.bz2", "r|bz2")] {
        let tar = ran.out.join(format!("large.{extension}"));
        let arguments = ["-c".as_ref(), TAR_LENGTHS.as_ref(), tar.as_os_str(), mode.as_ref()];
        assert_eq!(tool("python3", arguments), lengths(LONGER), "{extension}");
    }
    for extension in ["tar", "tar.gz", "tar.bz2", "tar.zst"] {
        let tar = ran.out.join(format!("large.{extension}"));
        for program in ["tar", "bsdtar"] {
            let listing = tool(program, ["-tvf".as_ref(), tar.as_os_str()]);
            assert!(listing.contains(&LONGER.to_string()), "{program} {extension}: {listing}");
            assert!(listing.contains("files/after.txt"), "{program} {extension}: {listing}");
        }
    }
}
