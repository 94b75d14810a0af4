//! What a workbook has of pictures: how many it shows, and what is told of those that it does not.
//!
//! Decided in the order of the records, so that the same records show the same pictures every time.

use proto::commit::Warning;
use proto::definition::{OnError, Output};
use proto::fault::{Code, Fault};

use super::beside::{Beside, Thumbnail};
use crate::batch::warning;
use crate::error::BatchError;

/// Most pictures of a workbook: what spreadsheets open within seconds.
const MOST_PICTURES: u64 = 50_000;

/// Most bytes of all pictures of a workbook (1 GiB), for spreadsheets hold them all in memory.
const MOST_BYTES: u64 = 1 << 30;

/// Most missing pictures that are told one by one.
const MOST_TOLD: u64 = 1000;

/// What was found for a record, and what is told of it; or why the workbook cannot be made.
pub(crate) type Found = Result<(Beside, Option<Warning>), BatchError>;

/// What the workbook has of pictures so far.
#[derive(Debug, Default)]
pub(crate) struct Album {
    pictures: u64,
    bytes: u64,
    left_out: u64,
    missing: u64,
}

/// What was looked for: its name, and what was found; nothing where the record names no file.
pub(crate) type Sought = (String, Option<Result<Looked, BatchError>>);

/// What was found at a place.
pub(crate) enum Looked {
    Picture(Thumbnail),
    /// A file of another kind.
    NoPicture,
}

impl Album {
    /// What was shown otherwise than it was asked for, and is not told one by one.
    pub(crate) fn told(&self) -> Option<Fault> {
        let mut what = Vec::new();
        if self.missing > MOST_TOLD {
            let more = self.missing - MOST_TOLD;
            what.push(format!("further pictures that are missing: {more}"));
        }
        if self.left_out > 0 {
            what.push(format!(
                "files beyond the {MOST_PICTURES} pictures, or the {MOST_BYTES} bytes of them, that a workbook shows: {}",
                self.left_out
            ));
        }
        (!what.is_empty()).then(|| Fault::new(Code::Unrenderable, what.join("; ")))
    }

    /// Whether it takes no more.
    pub(crate) fn is_full(&self) -> bool {
        self.pictures >= MOST_PICTURES || self.bytes >= MOST_BYTES
    }

    /// Decides what stands beside the next record.
    pub(crate) fn take(
        &mut self,
        on_error: OnError,
        output: &Output,
        name: String,
        looked: Option<Result<Looked, BatchError>>,
    ) -> Found {
        let Some(looked) = looked else { return Ok((Beside::Nothing, None)) };
        if self.is_full() {
            self.left_out += 1;
            return Ok((Beside::Name(name), None));
        }
        match looked {
            Ok(Looked::Picture(picture)) => {
                self.pictures += 1;
                self.bytes += picture.bytes.len() as u64;
                Ok((Beside::Picture(picture), None))
            }
            Ok(Looked::NoPicture) => Ok((Beside::Name(name), None)),
            Err(error) => {
                let fault = error.of_one_asset().filter(|_| on_error == OnError::Warn);
                let Some(fault) = fault else { return Err(error) };
                self.missing += 1;
                let is_told = self.missing <= MOST_TOLD;
                let told = is_told.then(|| warning(output, fault, &name));
                Ok((Beside::Name(name), told))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use source::SourceError;

    use super::*;

    fn output() -> Output {
        let json = r#"{"to": "t.xlsx", "from": "s", "format": "xlsx"}"#;
        serde_json::from_str(json).unwrap()
    }

    fn picture() -> Thumbnail {
        Thumbnail { bytes: vec![1, 2], width: 3, height: 4 }
    }

    fn missing() -> BatchError {
        SourceError::AssetMissing { reference: "m".to_owned(), why: "gone".to_owned() }.into()
    }

    /// What an album makes of what was found for a file called `n`, and whether that is told.
    fn take(album: &mut Album, looked: Result<Looked, BatchError>) -> (Beside, bool) {
        let taken = album.take(OnError::Warn, &output(), "n".to_owned(), Some(looked));
        let (beside, warning) = taken.unwrap();
        (beside, warning.is_some())
    }

    #[test]
    fn a_workbook_shows_so_many_pictures_and_the_names_of_further_files() {
        let name = || Beside::Name("n".to_owned());
        for mut album in [
            Album { pictures: MOST_PICTURES - 1, ..Album::default() },
            Album { bytes: MOST_BYTES - 1, ..Album::default() },
        ] {
            let shown = (Beside::Picture(picture()), false);
            assert_eq!(take(&mut album, Ok(Looked::Picture(picture()))), shown);
            assert_eq!(album.told(), None);
            assert_eq!(take(&mut album, Ok(Looked::Picture(picture()))), (name(), false));
            // Nobody knows of a file that was not looked at whether it is there.
            assert_eq!(take(&mut album, Err(missing())), (name(), false));
            assert!(album.told().unwrap().message.ends_with("that a workbook shows: 2"));
        }
    }

    #[test]
    fn missing_pictures_are_told_one_by_one_up_to_a_number() {
        let mut album = Album { missing: MOST_TOLD - 1, ..Album::default() };
        assert!(take(&mut album, Err(missing())).1);
        assert_eq!(album.told(), None);
        assert!(!take(&mut album, Err(missing())).1);
        assert_eq!(album.told().unwrap().message, "further pictures that are missing: 1");
        let failed = Some(Err(missing()));
        let failed = album.take(OnError::Fail, &output(), String::new(), failed);
        assert!(matches!(failed, Err(BatchError::Source(_))));
    }

    #[test]
    fn what_has_nothing_to_do_with_the_file_fails_the_batch() {
        let gone = SourceError::Unavailable { what: "the disk".to_owned() };
        let taken =
            Album::default().take(OnError::Warn, &output(), String::new(), Some(Err(gone.into())));
        assert!(matches!(taken, Err(BatchError::Source(SourceError::Unavailable { .. }))));
    }
}
