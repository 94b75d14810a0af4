//! Packing a member for ZIP, and describing it: from memory at once, or part by part.

use std::borrow::Cow;

use pack::deflate::{Compressor, Packed, Stream};
use pack::digest::{Digests, MemberDigest};
use proto::commit::{Member, Method};
use proto::lay::Asked;

/// Packs a member's content for ZIP, and describes it.
pub(crate) fn packed<'c>(
    compressor: &mut Compressor,
    asked: &Asked,
    path: String,
    content: &'c [u8],
) -> (Member, Cow<'c, [u8]>) {
    let mut digest = MemberDigest::new();
    digest.update(content);
    let (crc32, sha256) = digest.finish();
    let mut others = Digests::new(&asked.algorithms);
    others.update(content);
    let packed = if asked.is_stored {
        Packed { method: Method::Stored, bytes: Cow::Borrowed(content), crc32 }
    } else {
        compressor.pack(&path, content)
    };
    let member = Member {
        path,
        offset: 0,
        method: packed.method,
        crc32,
        compressed: packed.bytes.len() as u64,
        size: content.len() as u64,
        sha256,
        digests: others.finish().into_iter().collect(),
        packed_crc32: asked.is_split.then(|| match packed.method {
            Method::Stored => crc32,
            Method::Deflated => crc32fast::hash(&packed.bytes),
        }),
        of: None,
        original: None,
    };
    (member, packed.bytes)
}

/// A file on its way through a compressor, or past it, and what is known of it.
pub(crate) struct Packing {
    digest: MemberDigest,
    others: Digests,
    packed_crc32: crc32fast::Hasher,
    deflate: Option<Stream>,
    size: u64,
    compressed: u64,
    out: Vec<u8>,
}

impl Packing {
    pub(crate) fn new(asked: &Asked, is_deflated: bool) -> Self {
        Self {
            digest: MemberDigest::new(),
            others: Digests::new(&asked.algorithms),
            packed_crc32: crc32fast::Hasher::new(),
            deflate: is_deflated.then(Stream::new),
            size: 0,
            compressed: 0,
            out: Vec::new(),
        }
    }

    /// Takes a part in; what is to be written of it.
    pub(crate) fn take<'p>(&'p mut self, chunk: &'p [u8]) -> &'p [u8] {
        self.digest.update(chunk);
        self.others.update(chunk);
        self.size += chunk.len() as u64;
        let out = match &mut self.deflate {
            Some(stream) => {
                self.out.clear();
                stream.write(chunk, &mut self.out);
                &*self.out
            }
            None => chunk,
        };
        self.packed_crc32.update(out);
        self.compressed += out.len() as u64;
        out
    }

    /// The member, and the rest of what is to be written.
    pub(crate) fn finish(mut self, asked: &Asked, path: String) -> (Member, Vec<u8>) {
        let method = if self.deflate.is_some() { Method::Deflated } else { Method::Stored };
        let mut rest = Vec::new();
        if let Some(stream) = self.deflate.take() {
            stream.finish(&mut rest);
        }
        self.packed_crc32.update(&rest);
        let (crc32, sha256) = self.digest.finish();
        let member = Member {
            path,
            offset: 0,
            method,
            crc32,
            compressed: self.compressed + rest.len() as u64,
            size: self.size,
            sha256,
            digests: self.others.finish().into_iter().collect(),
            packed_crc32: asked.is_split.then(|| self.packed_crc32.finalize()),
            of: None,
            original: None,
        };
        (member, rest)
    }
}
