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
