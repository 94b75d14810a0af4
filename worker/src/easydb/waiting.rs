//! What waits until the batch is read: only then is it known what its folder is called.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use pack::deflate::Compressor;
use proto::lay::Asked;

use crate::packing::packed;
use crate::spool::{LARGE_BYTES, Ready, packed_file};

/// A file that grows: in memory while it is small.
pub(super) struct Waiting {
    scratch: Arc<Path>,
    memory: Vec<u8>,
    file: Option<File>,
}

impl Waiting {
    pub(super) fn new(scratch: Arc<Path>) -> Self {
        Self { scratch, memory: Vec::new(), file: None }
    }

    /// Appends what is in a buffer, and empties that.
    pub(super) fn take(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.memory.append(bytes);
        if self.memory.len() > LARGE_BYTES {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(tempfile::tempfile_in(&*self.scratch)?),
            };
            file.write_all(&self.memory)?;
            self.memory.clear();
        }
        Ok(())
    }

    /// A file that is written already, such as a workbook.
    pub(super) fn of(scratch: Arc<Path>, file: File) -> Self {
        Self { scratch, memory: Vec::new(), file: Some(file) }
    }

    /// Everything that is there, where it is no longer than so much.
    pub(super) fn whole(&mut self, most: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = &mut self.file else {
            return Ok((self.memory.len() <= most).then(|| std::mem::take(&mut self.memory)));
        };
        let len = usize::try_from(file.stream_position()?).unwrap_or(usize::MAX);
        if len.saturating_add(self.memory.len()) > most {
            return Ok(None);
        }
        let mut whole = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut whole)?;
        whole.append(&mut self.memory);
        self.file = None;
        Ok(Some(whole))
    }

    /// What is there, from its beginning on.
    pub(super) fn read(self) -> io::Result<Box<dyn Read + Send>> {
        let memory = io::Cursor::new(self.memory);
        let Some(mut file) = self.file else { return Ok(Box::new(memory)) };
        file.seek(SeekFrom::Start(0))?;
        Ok(Box::new(file.chain(memory)))
    }

    /// The file, packed.
    pub(super) fn ready(
        mut self,
        asked: &Asked,
        path: String,
        compressor: &mut Compressor,
    ) -> io::Result<Ready> {
        let Some(mut file) = self.file.take() else {
            return Ok(small(asked, path, self.memory, compressor));
        };
        file.seek(SeekFrom::End(0))?;
        file.write_all(&self.memory)?;
        let (member, file) = packed_file(&self.scratch, asked, path, file)?;
        Ok(Ready::Large(member, file))
    }
}

/// A file that is in memory, packed.
pub(super) fn small(
    asked: &Asked,
    path: String,
    content: Vec<u8>,
    compressor: &mut Compressor,
) -> Ready {
    let (member, data) = packed(compressor, asked, path, &content);
    let data = match data {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(data) => Some(Bytes::from(data)),
    };
    let content = Bytes::from(content);
    Ready::Small { member, packed: data.unwrap_or_else(|| content.clone()), content }
}

/// Names and contents, in the order in which they came, on disk.
pub(super) struct Many {
    scratch: Arc<Path>,
    file: Option<BufWriter<File>>,
}

impl Many {
    pub(super) fn new(scratch: Arc<Path>) -> Self {
        Self { scratch, file: None }
    }

    /// Appends one.
    pub(super) fn push(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(tempfile::tempfile_in(&*self.scratch)?)),
        };
        for part in [name.as_bytes(), content] {
            file.write_all(&(part.len() as u64).to_le_bytes())?;
            file.write_all(part)?;
        }
        Ok(())
    }

    /// From the first one on.
    pub(super) fn read(self) -> io::Result<Parts> {
        let file = match self.file {
            Some(file) => {
                let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.seek(SeekFrom::Start(0))?;
                Some(BufReader::new(file))
            }
            None => None,
        };
        Ok(Parts { file })
    }
}

/// Names and contents that are read again.
pub(super) struct Parts {
    file: Option<BufReader<File>>,
}

impl Parts {
    /// The next one.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, Vec<u8>)>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        let Some(name) = part(file)? else { return Ok(None) };
        let content = part(file)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let name = String::from_utf8(name).map_err(io::Error::other)?;
        Ok(Some((name, content)))
    }
}

fn part(file: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 8];
    match file.read_exact(&mut len) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut content = Vec::new();
    file.take(u64::from_le_bytes(len)).read_to_end(&mut content)?;
    Ok(Some(content))
}
