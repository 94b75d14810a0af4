//! A file with a record on each line, of which any is found by what some of its fields hold.
//!
//! It is read through once, by whoever asks first; written anew, it is read through again.

use std::io;
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::index::{Builder, Index, Place};
use super::record::{fields, text, text_of, whole};
use crate::datasets::Record;
use crate::feed::told;
use crate::files::{FileReader, Files, Listed, TOO_LONG, in_thread};
use crate::jsonl::{Length, Lines};
use crate::{Context, SourceError};

/// Most bytes between two records that are read and thrown away, rather than opening the file again.
const MOST_SKIPPED: u64 = 64 << 10;

/// The mark some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The file.
#[derive(Debug)]
pub(super) struct Shelf {
    files: Files,
    fields: &'static [&'static str],
    searched: Mutex<Option<Arc<Searched>>>,
}

/// The file as it was when it was read through.
#[derive(Debug)]
pub(super) struct Searched {
    listed: Listed,
    /// Of each field.
    indexes: Vec<Index>,
}

impl Shelf {
    /// A file of a folder, whose records are looked for by these fields.
    pub(super) fn open(
        path: &str,
        fields: &'static [&'static str],
        context: &Context,
    ) -> Result<Self, SourceError> {
        Ok(Self { files: Files::open(path, context)?, fields, searched: Mutex::new(None) })
    }

    /// The file as it is now.
    pub(super) async fn listed(&self) -> Result<Listed, SourceError> {
        let listed = self.files.list().await?;
        listed.into_iter().next().ok_or_else(|| SourceError::Refused {
            what: format!("there is no file in {}", self.files.folder()),
        })
    }

    /// The same where there may be none.
    pub(super) async fn found(&self) -> Result<Option<Listed>, SourceError> {
        self.files.find().await
    }

    /// The records of which a field, named by its number, may hold one of the values; each once, in the order of
    /// the file.
    pub(super) async fn find(
        &self,
        field: usize,
        values: &[String],
    ) -> Result<Vec<Record>, SourceError> {
        let searched = self.searched().await?;
        let (files, values) = (self.files.clone(), values.to_vec());
        in_thread(move |stop| {
            let mut places = Vec::new();
            for value in &values {
                places.extend(searched.find(field, value, None, usize::MAX)?);
            }
            places.sort_unstable_by_key(|place| place.at);
            places.dedup_by_key(|place| place.at);
            read(&files, &searched.listed, &places, &stop)
        })
        .await
    }

    /// At most so many records of which a field may hold a value: the first ones, or those behind another, which
    /// is told by what its own field holds. Nothing where there is no such other.
    pub(super) async fn page(
        &self,
        (field, value): (usize, &str),
        after: Option<(usize, &str)>,
        most: usize,
    ) -> Result<Option<Vec<Record>>, SourceError> {
        let searched = self.searched().await?;
        let (files, value) = (self.files.clone(), value.to_owned());
        let after = after.map(|(own, id)| (own, id.to_owned()));
        let name = self.fields;
        in_thread(move |stop| {
            let listed = &searched.listed;
            let mut behind = None;
            if let Some((own, id)) = after {
                for place in searched.find(own, &id, None, usize::MAX)? {
                    let record = read(&files, listed, &[place], &stop)?.into_iter().next();
                    if record.is_some_and(|record| holds(&record, name[own], &id)) {
                        behind = Some(place.at);
                    }
                }
                if behind.is_none() {
                    return Ok(None);
                }
            }
            let places = searched.find(field, &value, behind, most)?;
            read(&files, listed, &places, &stop).map(Some)
        })
        .await
    }

    /// What the first field holds in every record that has it, in the order of the file.
    pub(super) async fn all(&self) -> Result<Vec<String>, SourceError> {
        let listed = self.listed().await?;
        let (files, field) = (self.files.clone(), self.fields[0]);
        in_thread(move |stop| {
            let mut all = Vec::new();
            scan(&files, &listed, &stop, |line, _, _| {
                all.extend(text(&fields(line).map_err(Amiss::Record)?, field));
                Ok(())
            })?;
            Ok(all)
        })
        .await
    }

    async fn searched(&self) -> Result<Arc<Searched>, SourceError> {
        let listed = self.listed().await?;
        let mut kept = self.searched.lock().await;
        if let Some(searched) = kept.as_ref().filter(|searched| searched.listed == listed) {
            return Ok(Arc::clone(searched));
        }
        let (files, fields) = (self.files.clone(), self.fields);
        let searched = in_thread(move |stop| search(&files, listed, fields, &stop)).await?;
        Ok(Arc::clone(kept.insert(Arc::new(searched))))
    }
}

impl Searched {
    fn find(
        &self,
        field: usize,
        value: &str,
        behind: Option<u64>,
        most: usize,
    ) -> Result<Vec<Place>, SourceError> {
        self.indexes[field].find(value, behind, most).map_err(|error| scratch(&error))
    }
}

/// What is amiss with a record that is looked at.
enum Amiss {
    /// The record.
    Record(String),
    /// This machine.
    Scratch(io::Error),
}

fn search(
    files: &Files,
    listed: Listed,
    names: &[&str],
    stop: &CancellationToken,
) -> Result<Searched, SourceError> {
    let builders: io::Result<Vec<Builder>> = names.iter().map(|_| Builder::new()).collect();
    let mut builders = builders.map_err(|error| scratch(&error))?;
    scan(files, &listed, stop, |line, at, len| {
        let record = fields(line).map_err(Amiss::Record)?;
        for (name, builder) in names.iter().zip(&mut builders) {
            if let Some(value) = text(&record, name) {
                builder.add(&value, at, len).map_err(Amiss::Scratch)?;
            }
        }
        Ok(())
    })?;
    let indexes: io::Result<Vec<Index>> = builders.into_iter().map(Builder::finish).collect();
    Ok(Searched { listed, indexes: indexes.map_err(|error| scratch(&error))? })
}

/// Shows every record with its place.
fn scan(
    files: &Files,
    listed: &Listed,
    stop: &CancellationToken,
    mut each: impl FnMut(&str, u64, u32) -> Result<(), Amiss>,
) -> Result<(), SourceError> {
    let whole = listed.range(0..listed.len, Some(1));
    let mut mark = [0; BYTE_ORDER_MARK.len()];
    let len = files.read(&whole, stop)?.read(&mut mark)?;
    let first = if mark[..len] == *BYTE_ORDER_MARK { len as u64 } else { 0 };
    let mut lines = Lines::open(files, &whole, stop)?;
    while let Some(line) = lines.next()? {
        let len = u32::try_from(line.bytes.len()).unwrap_or(u32::MAX);
        let looked = match (line.length, str::from_utf8(line.bytes)) {
            (Length::TooLong, _) => Err(Amiss::Record(TOO_LONG.to_owned())),
            (Length::Allowed, Ok(text)) => each(text, line.at.max(first), len),
            (Length::Allowed, Err(error)) => {
                Err(Amiss::Record(format!("the record is not UTF-8: {error}")))
            }
        };
        match looked {
            Ok(()) => {}
            Err(Amiss::Scratch(error)) => return Err(scratch(&error)),
            Err(Amiss::Record(why)) => {
                return Err(SourceError::BrokenRecord {
                    file: listed.path.clone(),
                    line: line.number,
                    byte: Some(line.at),
                    why,
                    text: told(line.bytes),
                });
            }
        }
    }
    Ok(())
}

/// The records at some places; those that stand one after another are read without opening the file again.
fn read(
    files: &Files,
    listed: &Listed,
    places: &[Place],
    stop: &CancellationToken,
) -> Result<Vec<Record>, SourceError> {
    let (mut reader, mut records): (Option<FileReader>, _) = (None, Vec::new());
    let mut bytes = Vec::new();
    for place in places {
        let gap = |reader: &FileReader| place.at.checked_sub(reader.at());
        let gap = reader.as_ref().and_then(gap).filter(|gap| *gap <= MOST_SKIPPED);
        let (mut open, skipped) = match (reader.take(), gap) {
            (Some(open), Some(gap)) => (open, gap),
            (Some(_) | None, Some(_) | None) => {
                let end = place.at + u64::from(place.len);
                (files.read(&listed.range(place.at..end, None), stop)?, 0)
            }
        };
        let skipped = usize::try_from(skipped).unwrap_or_default();
        bytes.resize(skipped + place.len as usize, 0);
        let mut filled = 0;
        while filled < bytes.len() {
            filled += match open.read(&mut bytes[filled..])? {
                0 => return Err(changed(listed)),
                len => len,
            };
        }
        let record = str::from_utf8(&bytes[skipped..]).ok().and_then(|text| whole(text).ok());
        records.push(record.ok_or_else(|| changed(listed))?);
        reader = Some(open);
    }
    Ok(records)
}

/// Whether a field of a record holds a value.
fn holds(record: &RawValue, field: &str, value: &str) -> bool {
    text_of(record, field).as_deref() == Some(value)
}

fn changed(listed: &Listed) -> SourceError {
    SourceError::Changed { what: format!("{} was written while it was read", listed.path) }
}

fn scratch(error: &io::Error) -> SourceError {
    SourceError::Unavailable { what: format!("the index in a temporary file: {error}") }
}
