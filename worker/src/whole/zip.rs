//! A ZIP archive in a scratch file, whose members are written as they come: the header of each is
//! put right once its length is known.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use pack::deflate::Stream;
use pack::zip::{Directory, Entry, local_header};
use proto::commit::Method;

/// How much is gathered before it is written (256 KiB).
const CHUNK_BYTES: usize = 256 << 10;

/// An archive under way.
pub(super) struct ZipFile {
    file: File,
    /// How long the file is.
    len: u64,
    directory: Directory,
    entries: Vec<u8>,
    member: Option<Member>,
}

struct Member {
    path: String,
    begin: u64,
    deflate: Stream,
    crc32: crc32fast::Hasher,
    size: u64,
    compressed: u64,
    out: Vec<u8>,
}

/// A place in the archive for a member that is not known yet.
pub(super) struct Room {
    path: &'static str,
    begin: u64,
    len: usize,
}

impl ZipFile {
    /// An archive of nothing.
    pub(super) fn new(file: File) -> Self {
        Self { file, len: 0, directory: Directory::new(), entries: Vec::new(), member: None }
    }

    /// Begins a member of less than 4 GiB.
    pub(super) fn begin(&mut self, path: &str) -> io::Result<()> {
        self.end()?;
        let begin = self.len;
        self.header(path, 0, 0, 0)?;
        self.member = Some(Member {
            path: path.to_owned(),
            begin,
            deflate: Stream::new(),
            crc32: crc32fast::Hasher::new(),
            size: 0,
            compressed: 0,
            out: Vec::with_capacity(CHUNK_BYTES * 2),
        });
        Ok(())
    }

    /// Appends to the member.
    pub(super) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        let Some(member) = &mut self.member else { return Ok(()) };
        member.crc32.update(content);
        member.size += content.len() as u64;
        member.deflate.write(content, &mut member.out);
        if member.out.len() >= CHUNK_BYTES {
            self.file.write_all(&member.out)?;
            member.compressed += member.out.len() as u64;
            self.len += member.out.len() as u64;
            member.out.clear();
        }
        Ok(())
    }

    /// A member that is known whole.
    pub(super) fn member(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        self.begin(path)?;
        self.write(content)
    }

    /// A member that is known whole, as it is.
    pub(super) fn stored(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        self.end()?;
        let begin = self.len;
        let mut part = Vec::new();
        let entry = stored(path, content);
        local_header(&entry, &mut part);
        part.extend_from_slice(content);
        self.file.write_all(&part)?;
        self.len += part.len() as u64;
        self.directory.entry(&entry, begin, &mut self.entries);
        Ok(())
    }

    /// Leaves room for a member of so many bytes, whose content comes later.
    pub(super) fn leave_room(&mut self, path: &'static str, len: usize) -> io::Result<Room> {
        self.end()?;
        let begin = self.len;
        let mut part = Vec::new();
        let content = vec![b' '; len];
        local_header(&stored(path, &content), &mut part);
        part.extend_from_slice(&content);
        self.file.write_all(&part)?;
        self.len += part.len() as u64;
        Ok(Room { path, begin, len })
    }

    /// Fills a room, with blanks behind the content. One that is longer than the room is cut.
    pub(super) fn fill(&mut self, room: &Room, content: &[u8]) -> io::Result<()> {
        self.end()?;
        let mut content = content.to_vec();
        content.resize(room.len, b' ');
        let mut part = Vec::new();
        let entry = stored(room.path, &content);
        local_header(&entry, &mut part);
        part.extend_from_slice(&content);
        self.file.seek(SeekFrom::Start(room.begin))?;
        self.file.write_all(&part)?;
        self.file.seek(SeekFrom::Start(self.len))?;
        self.directory.entry(&entry, room.begin, &mut self.entries);
        Ok(())
    }

    /// The archive.
    pub(super) fn finish(mut self) -> io::Result<File> {
        self.end()?;
        let at = self.len;
        self.directory.end(at, &mut self.entries);
        self.file.write_all(&self.entries)?;
        Ok(self.file)
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let Member { path, begin, deflate, crc32, size, mut compressed, mut out } = member;
        deflate.finish(&mut out);
        self.file.write_all(&out)?;
        compressed += out.len() as u64;
        self.len += out.len() as u64;
        let crc32 = crc32.finalize();
        let end = self.len;
        self.file.seek(SeekFrom::Start(begin))?;
        self.header(&path, crc32, compressed, size)?;
        self.file.seek(SeekFrom::Start(end))?;
        self.len = end;
        let entry = Entry { path: &path, method: Method::Deflated, crc32, compressed, size };
        self.directory.entry(&entry, begin, &mut self.entries);
        Ok(())
    }

    fn header(&mut self, path: &str, crc32: u32, compressed: u64, size: u64) -> io::Result<()> {
        let mut header = Vec::new();
        let entry = Entry { path, method: Method::Deflated, crc32, compressed, size };
        local_header(&entry, &mut header);
        self.len += header.len() as u64;
        self.file.write_all(&header)
    }
}

/// What is known of a member that is not compressed.
fn stored<'m>(path: &'m str, content: &[u8]) -> Entry<'m> {
    let len = content.len() as u64;
    let crc32 = crc32fast::hash(content);
    Entry { path, method: Method::Stored, crc32, compressed: len, size: len }
}
