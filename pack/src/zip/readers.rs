//! Every shape of archive, judged by readers of other people's: the `zip` crate, Info-ZIP's `unzip`,
//! Python's `zipfile`, and Java's commons-compress, which reads from the front.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use proto::commit::Method;

use super::{Directory, Entry, local_header, local_header_len};
use crate::deflate::{Compressor, END_OF_SHARES, ShareWriter, stored_block};
use crate::digest::combine_crc32;
use crate::foreign::{Listing, java_unzips};

/// An archive on its way, as the agent makes it.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Directory,
    records: Vec<u8>,
    listing: Listing,
}

impl Archive {
    fn put(&mut self, entry: &Entry<'_>, data: &[u8], content: &[u8]) {
        self.directory.entry(entry, self.bytes.len() as u64, &mut self.records);
        local_header(entry, &mut self.bytes);
        self.bytes.extend_from_slice(data);
        self.listing.push((entry.path.to_owned(), content.to_vec()));
    }

    fn member(&mut self, compressor: &mut Compressor, path: &str, content: &[u8]) {
        let packed = compressor.pack(path, content);
        let (compressed, size) = (packed.bytes.len() as u64, content.len() as u64);
        let entry = Entry { path, method: packed.method, crc32: packed.crc32, compressed, size };
        self.put(&entry, &packed.bytes, content);
    }

    fn shared(&mut self, path: &str, shares: &[&[u8]]) {
        let mut data = Vec::new();
        let parts: Vec<(u32, u64)> = shares
            .iter()
            .map(|content| {
                let mut writer = ShareWriter::new();
                writer.write(content, &mut data);
                let share = writer.finish(&mut data);
                (share.crc32, share.size)
            })
            .collect();
        data.extend_from_slice(&END_OF_SHARES);
        let (crc32, size) = combine_crc32(parts);
        let entry =
            Entry { path, method: Method::Deflated, crc32, compressed: data.len() as u64, size };
        self.put(&entry, &data, &shares.concat());
    }

    fn finish(mut self) -> (Vec<u8>, Listing) {
        let at = self.bytes.len() as u64;
        self.bytes.append(&mut self.records);
        self.directory.end(at, &mut self.bytes);
        (self.bytes, self.listing)
    }
}

fn check(archive: Archive) {
    let (bytes, listing) = archive.finish();
    let mut reader = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
    assert_eq!(reader.len(), listing.len());
    for (index, (path, content)) in listing.iter().enumerate() {
        let mut file = reader.by_index(index).unwrap();
        assert_eq!(
            (file.name().unwrap().as_ref(), file.unix_mode()),
            (path.as_str(), Some(0o100_644))
        );
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        assert!(found == *content, "{path}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.zip");
    std::fs::write(&path, &bytes).unwrap();
    // Info-ZIP calls an archive without entries a warning.
    foreign("unzip", &["-tqq"], &path, i32::from(listing.is_empty()));
    foreign("python3", &["-m", "zipfile", "-t"], &path, 0);
    java_unzips(&path, &listing);
}

fn foreign(program: &str, arguments: &[&str], archive: &Path, expected: i32) {
    match Command::new(program).args(arguments).arg(archive).output() {
        Ok(output) => assert_eq!(output.status.code(), Some(expected), "{program}: {output:?}"),
        Err(error) => panic!("{program}: {error}; ./check tools installs it"),
    }
}

#[test]
fn an_archive_of_nothing_opens() {
    check(Archive::default());
}

#[test]
fn members_come_back_whole() {
    let (mut archive, mut compressor) = (Archive::default(), Compressor::new());
    archive.member(&mut compressor, "orders.csv", "id,name\r\n1,x\r\n".repeat(5000).as_bytes());
    archive.member(&mut compressor, "media/ä € 漢字 🚢.bin", &crate::noise(400_000));
    archive.member(&mut compressor, "empty", b"");
    check(archive);
}

#[test]
fn shared_members_come_back_whole_however_many_shares_are_empty() {
    let text = "a line of text, and another\n".repeat(4000);
    let noise = crate::noise(300_000);
    let mut archive = Archive::default();
    archive.shared("one", &[text.as_bytes()]);
    archive.shared("two", &[text.as_bytes(), &noise]);
    let empty: &[u8] = b"";
    let thirteen: Vec<&[u8]> =
        (0..13).map(|n| if n % 3 == 0 { empty } else { &text.as_bytes()[n..n * 1000] }).collect();
    archive.shared("thirteen", &thirteen);
    archive.shared("nothing", &[empty; 5]);
    check(archive);
}

#[test]
fn separators_between_shares_are_part_of_the_member() {
    let (mut data, mut parts) = (Vec::new(), Vec::new());
    let mut text = |bytes: &[u8], data: &mut Vec<u8>| {
        stored_block(bytes, data);
        parts.push((crc32fast::hash(bytes), bytes.len() as u64));
    };
    text(b"[\n", &mut data);
    let mut writer = ShareWriter::new();
    writer.write(b"1", &mut data);
    let share = writer.finish(&mut data);
    text(b",\n2\n]\n", &mut data);
    data.extend_from_slice(&END_OF_SHARES);
    parts.insert(1, (share.crc32, share.size));
    let (crc32, size) = combine_crc32(parts);
    let mut archive = Archive::default();
    let entry = Entry {
        path: "a.json",
        method: Method::Deflated,
        crc32,
        compressed: data.len() as u64,
        size,
    };
    archive.put(&entry, &data, b"[\n1,\n2\n]\n");
    check(archive);
}

#[test]
fn more_entries_than_sixteen_bits_count_are_all_found() {
    let (mut archive, mut compressor) = (Archive::default(), Compressor::new());
    for n in 0..70_000_u32 {
        archive.member(&mut compressor, &format!("folder/ü{n}.txt"), &n.to_le_bytes());
    }
    check(archive);
}

/// Writes a file with a hole: a small member, a stored one of `size` zero bytes, and a small one
/// whose header begins beyond it.
fn sparse(file: &mut File, size: u64, crc32: u32) {
    let small = Entry {
        path: "small",
        method: Method::Stored,
        crc32: crc32fast::hash(b"x"),
        compressed: 1,
        size: 1,
    };
    let large = Entry { path: "large", method: Method::Stored, crc32, compressed: size, size };
    let last = Entry { path: "last", ..small };
    let (mut head, mut tail, mut directory) = (Vec::new(), Vec::new(), Directory::new());
    local_header(&small, &mut head);
    head.push(b'x');
    let large_at = head.len() as u64;
    local_header(&large, &mut head);
    let last_at = head.len() as u64 + size;
    assert_eq!(last_at, large_at + local_header_len(&large) + size);
    local_header(&last, &mut tail);
    tail.push(b'x');
    let at = last_at + tail.len() as u64;
    directory.entry(&small, 0, &mut tail);
    directory.entry(&large, large_at, &mut tail);
    directory.entry(&last, last_at, &mut tail);
    directory.end(at, &mut tail);
    file.write_all(&head).unwrap();
    file.seek(SeekFrom::Start(last_at)).unwrap();
    file.write_all(&tail).unwrap();
}

#[test]
fn lengths_and_offsets_beyond_four_gibibytes_are_found() {
    // The CRC-32 of so many zeros, by combining: 4,097 times a mebibyte.
    let mebibyte = crc32fast::hash(&vec![0; 1 << 20]);
    let (crc32, size) = combine_crc32((0..4097).map(|_| (mebibyte, 1 << 20)));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    sparse(file.as_file_mut(), size, crc32);
    let mut reader = zip::ZipArchive::new(File::open(file.path()).unwrap()).unwrap();
    assert_eq!(reader.by_name("large").unwrap().size(), size);
    let mut last = String::new();
    reader.by_name("last").unwrap().read_to_string(&mut last).unwrap();
    assert_eq!(last, "x");
    // Listing and one member: reading four gibibytes of zeros would prove nothing more.
    foreign("unzip", &["-lqq"], file.path(), 0);
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1]) as z:\n assert z.read('last') == b'x'\n z.open('large').close()";
    foreign("python3", &["-c", script], file.path(), 0);
}
