//! Copies a range from file to file, in the kernel where it can.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use rustix::fs::copy_file_range;

/// Appends a range of a file to another one at an offset, and says how many bytes went through this
/// process: none where the kernel copied, or shared the blocks, by itself.
///
/// `UnexpectedEof` where the file ends before the range does.
pub(crate) fn copy_range(from: &File, range: Range<u64>, into: &File, at: u64) -> io::Result<u64> {
    let (mut read_at, mut write_at) = (range.start, at);
    while read_at < range.end {
        let left = usize::try_from(range.end - read_at).unwrap_or(usize::MAX);
        match copy_file_range(from, Some(&mut read_at), into, Some(&mut write_at), left) {
            // Some file systems say so instead of refusing, so it is left to reading to find out.
            Ok(0) => return carry(from, read_at..range.end, into, write_at),
            Ok(_) => {}
            Err(error) => match io::Error::from(error) {
                error if error.kind() == ErrorKind::Interrupted => {}
                error if cannot(&error) => return carry(from, read_at..range.end, into, write_at),
                error => return Err(error),
            },
        }
    }
    Ok(0)
}

/// Whether the kernel says that it does not copy between these files.
fn cannot(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::CrossesDevices | ErrorKind::Unsupported | ErrorKind::InvalidInput
    )
}

/// Reads and writes a range piece by piece.
fn carry(from: &File, range: Range<u64>, into: &File, at: u64) -> io::Result<u64> {
    let mut piece = vec![0; 1 << 20];
    let (mut read_at, mut write_at) = (range.start, at);
    while read_at < range.end {
        let len =
            usize::try_from(range.end - read_at).map_or(piece.len(), |left| left.min(piece.len()));
        from.read_exact_at(&mut piece[..len], read_at)?;
        into.write_all_at(&piece[..len], write_at)?;
        read_at += len as u64;
        write_at += len as u64;
    }
    Ok(2 * (range.end - range.start))
}
