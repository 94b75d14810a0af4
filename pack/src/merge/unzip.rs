//! The files of a ZIP that a part left, so that those of several parts become one result.

use std::io::{self, Read, Seek};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// Why a ZIP is not taken apart.
#[derive(Debug, thiserror::Error)]
pub enum NotUnzipped {
    /// It is no ZIP, or broken.
    #[error("this is no whole ZIP")]
    Broken(#[from] ZipError),
    /// A file would lie outside of the folder, or is a link.
    #[error("the ZIP has {path:?}, which is no plain file within it")]
    Outside {
        /// What the ZIP calls it.
        path: String,
    },
    /// A file cannot be read, or not be put where it goes.
    #[error("{path:?} of the ZIP cannot be copied")]
    Copy {
        /// What the ZIP calls it.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// Gives each file with its path, in the order in which the ZIP lists them. Folders are not told of.
pub fn unzip(
    archive: impl Read + Seek,
    mut take: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> Result<(), NotUnzipped> {
    let mut archive = ZipArchive::new(archive)?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        if file.is_dir() {
            continue;
        }
        let path = path_of(&file)?;
        take(&path, &mut file).map_err(|source| NotUnzipped::Copy { path, source })?;
    }
    Ok(())
}

/// What a file of a ZIP is called, where it is a plain one within it.
pub(super) fn path_of<R: Read + ?Sized>(file: &ZipFile<'_, R>) -> Result<String, NotUnzipped> {
    let path = file.name()?.into_owned();
    let is_plain = file.enclosed_name().is_some() && file.is_file();
    if !is_plain || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(NotUnzipped::Outside { path });
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(files: &[(&str, &str)]) -> Cursor<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, text) in files {
            archive.start_file(*path, SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap()
    }

    fn taken(archive: Cursor<Vec<u8>>) -> Result<Vec<(String, String)>, NotUnzipped> {
        let mut found = Vec::new();
        unzip(archive, |path, file| {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            found.push((path.to_owned(), text));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn each_file_comes_with_its_path_and_bytes() {
        let files = [("b/träume.txt", "one"), ("a", ""), ("b/c/d", "two")];
        let expected = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(taken(zipped(&files)).unwrap(), expected);
    }

    #[test]
    fn what_is_no_zip_or_leads_out_of_it_is_refused() {
        let broken = taken(Cursor::new(b"[]".to_vec()));
        assert!(matches!(broken, Err(NotUnzipped::Broken(_))));
        for path in ["../a", "b/../../a", "/etc/a", "a//b", "a/./b"] {
            let refused = taken(zipped(&[(path, "x")]));
            let is_told = matches!(&refused, Err(NotUnzipped::Outside { .. }));
            assert!(is_told, "{path}: {refused:?}");
        }
    }
}
