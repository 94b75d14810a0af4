//! A file beyond the 4 GiB that ZIP's first fields can tell, on its whole way.

use std::fs::File;

use serde_json::json;

use super::desk::Desk;
use super::tool::tool;

/// A length that does not fit into 32 bits.
const LEN: u64 = (4 << 30) + 4096;

/// Prints the length of each member, as the directory and as the content tell it.
const LENGTHS: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for member in archive.infolist():
        with archive.open(member) as content:
            read = sum(map(len, iter(lambda: content.read(1 << 20), b'')))
        print(member.filename, member.file_size, read)
";

#[tokio::test]
async fn a_member_beyond_4_gib_arrives_whole() {
    let desk = Desk::new();
    // A hole: it takes no room on the disk, and hardly any in the archive.
    File::create(desk.path("hole.bin")).unwrap().set_len(LEN).unwrap();
    desk.write("after.txt", "after");
    let records = desk.write("files.jsonl", "{\"file\":\"hole.bin\"}\n{\"file\":\"after.txt\"}\n");
    let definition = json!({
        "name": "large",
        "outputs": [{"to": "files/", "from": "files", "assets": {"field": "file"}}],
        "sources": {"files": {"kind": "jsonl", "path": records}},
    });
    let ran = desk.define(&definition).run().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let archive = ran.archive();
    tool("7zz", ["t".as_ref(), archive.as_os_str()]);
    let seen = tool("python3", ["-c".as_ref(), LENGTHS.as_ref(), archive.as_os_str()]);
    assert_eq!(seen, format!("files/hole.bin {LEN} {LEN}\nfiles/after.txt 5 5\n"));
}
