//! One ZIP of the files of several.
//!
//! When files were made is not kept, for each run would tell something else.

use std::io::{self, Read, Seek, Write};

use sha2::{Digest, Sha256};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::unzip::path_of;
use super::{CHUNK_BYTES, Clash, Content, Kept, NotUnzipped, Union};

/// Why there is no such ZIP.
#[derive(Debug, thiserror::Error)]
pub enum NotZipped {
    /// A part, counted from 0, is no ZIP of plain files.
    #[error("part {part} cannot be merged")]
    Part {
        /// Which part.
        part: usize,
        /// What is wrong with it.
        source: NotUnzipped,
    },
    /// A part, counted from 0, cannot be read.
    #[error("part {part} cannot be read")]
    Read {
        /// Which part.
        part: usize,
        /// Why.
        source: io::Error,
    },
    /// Two parts have a file, and other bytes in it.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// The result cannot be written.
    #[error("the merged ZIP cannot be written")]
    Write(#[source] io::Error),
}

/// Writes one ZIP with the files of all, in the order of the parts and then of their lists; a file that several have
/// alike is in it once. What is compressed in a part is compressed anew.
pub fn zips<R: Read + Seek>(
    parts: impl IntoIterator<Item = io::Result<R>>,
    out: impl Write + Seek,
) -> Result<(), NotZipped> {
    let (mut union, mut one) = (Union::default(), ZipWriter::new(out));
    let unwritten = |error: ZipError| NotZipped::Write(error.into());
    for (part, archive) in parts.into_iter().enumerate() {
        let archive = archive.map_err(|source| NotZipped::Read { part, source })?;
        let broken = |error: ZipError| NotZipped::Part { part, source: error.into() };
        let mut archive = ZipArchive::new(archive).map_err(broken)?;
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).map_err(broken)?;
            if file.is_dir() {
                continue;
            }
            let path = path_of(&file).map_err(|source| NotZipped::Part { part, source })?;
            let is_stored = file.compression() == CompressionMethod::Stored;
            let method =
                if is_stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            let content = content(&mut file).map_err(|source| NotZipped::Read { part, source })?;
            drop(file);
            match union.add(&path, content)? {
                Kept::First => {}
                Kept::Again => continue,
            }
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .last_modified_time(DateTime::default())
                .large_file(content.len_bytes >= u64::from(u32::MAX));
            one.start_file(path, options).map_err(unwritten)?;
            let mut file = archive.by_index(index).map_err(broken)?;
            io::copy(&mut file, &mut one).map_err(NotZipped::Write)?;
        }
    }
    one.finish().map_err(unwritten)?;
    Ok(())
}

/// Reads a file to its end, for whether it is wanted is known only then.
fn content(file: &mut impl Read) -> io::Result<Content> {
    let (mut digest, mut len_bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(Content { sha256: digest.finalize().into(), len_bytes }),
            Ok(len) => {
                digest.update(&chunk[..len]);
                len_bytes += len as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::merge::unzip;

    fn zipped(files: &[(&str, &str)], at: DateTime) -> Cursor<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, text) in files {
            let options = SimpleFileOptions::default().last_modified_time(at);
            archive.start_file(*path, options).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap()
    }

    fn merged(parts: &[&[(&str, &str)]], at: DateTime) -> Result<Vec<u8>, NotZipped> {
        let mut out = Cursor::new(Vec::new());
        zips(parts.iter().map(|files| Ok(zipped(files, at))), &mut out)?;
        Ok(out.into_inner())
    }

    #[test]
    fn a_zip_of_all_has_each_file_once_and_tells_no_time() {
        let parts: [&[(&str, &str)]; 2] = [
            &[("a/1.txt", "one"), ("all.txt", "same")],
            &[("all.txt", "same"), ("a/2.txt", "two")],
        ];
        let one = merged(&parts, DateTime::default()).unwrap();
        let later = DateTime::from_date_and_time(2024, 2, 3, 4, 5, 6).unwrap();
        assert_eq!(merged(&parts, later).unwrap(), one);
        let mut found = Vec::new();
        unzip(Cursor::new(one), |path, file| {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            found.push(format!("{path}={text}"));
            Ok(())
        })
        .unwrap();
        assert_eq!(found, ["a/1.txt=one", "all.txt=same", "a/2.txt=two"]);
    }

    #[test]
    fn files_that_are_not_alike_and_parts_that_are_no_zip_are_refused() {
        let clash: [&[(&str, &str)]; 2] = [&[("a", "1")], &[("a", "2")]];
        let error = merged(&clash, DateTime::default()).unwrap_err();
        assert_eq!(error.to_string(), "two parts wrote a, each something else");
        let broken = [Ok(Cursor::new(b"[]".to_vec()))];
        let error = zips(broken, Cursor::new(Vec::new())).unwrap_err();
        assert_eq!(error.to_string(), "part 0 cannot be merged");
    }
}
