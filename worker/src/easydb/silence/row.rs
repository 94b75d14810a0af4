//! Files in a row that did not come, counted: after how many of them it is asked whether any would come, and of
//! what.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use source::SourceError;

use crate::error::BatchError;

/// Most files in a row that are not given before it is asked for one that was.
const MOST_SILENT: usize = 20;

/// A file by which it is told whether its server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) place: String,
    pub(super) known: Known,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Came,
    NotThere,
}

impl Known {
    /// Whether an error says what is known already. Who asks for a file that came is not answered by one.
    pub(super) fn is_told_by(self, error: &SourceError) -> bool {
        match self {
            Self::Came => false,
            Self::NotThere => matches!(error, SourceError::AssetMissing { .. }),
        }
    }
}

/// What came last, and how many files did not since.
#[derive(Debug, Default)]
pub(super) struct Row {
    witness: Option<Witness>,
    /// Why the first one since did not come, and how many there were.
    since: Option<(BatchError, usize)>,
    /// Whether there were any, for others.
    lasts: Arc<AtomicBool>,
}

impl Row {
    pub(super) fn lasts(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.lasts)
    }

    /// A file came.
    pub(super) fn came(&mut self, place: &str) {
        if !is_asked_for(place) {
            return;
        }
        self.ends();
        self.witness = Some(Witness { place: place.to_owned(), known: Known::Came });
    }

    /// A file cannot be had.
    pub(super) fn failed(&mut self, place: &str, error: &BatchError) {
        // Nobody was asked for a file whose address is refused.
        if matches!(error, BatchError::Source(SourceError::AddressRefused { .. })) {
            return;
        }
        if !is_asked_for(place) {
            return;
        }
        self.ends();
        // What came and cannot be made what it should become is another matter.
        let is_missing = matches!(error, BatchError::Source(_));
        let known = if is_missing { Known::NotThere } else { Known::Came };
        self.witness.get_or_insert_with(|| Witness { place: place.to_owned(), known });
    }

    /// A file did not come. An error where it is no more given what was before.
    pub(super) async fn goes_on<F: Future<Output = bool>>(
        &mut self,
        error: BatchError,
        gives: impl FnOnce(Option<Witness>) -> F,
    ) -> Result<(), BatchError> {
        let (first, count) = self.since.take().unwrap_or((error, 0));
        self.since = Some((first, count + 1));
        self.lasts.store(true, Ordering::Relaxed);
        if count + 1 == MOST_SILENT { self.end(gives).await } else { Ok(()) }
    }

    /// There are no more files for now. An error where the last ones did not come because none would.
    pub(super) async fn end<F: Future<Output = bool>>(
        &mut self,
        gives: impl FnOnce(Option<Witness>) -> F,
    ) -> Result<(), BatchError> {
        let Some((first, count)) = self.ends() else { return Ok(()) };
        // Where nothing is given it is the server that is bad, unless all that is asked of it is one file.
        let is_asked = self.witness.is_some() || count == 1;
        if is_asked && gives(self.witness.clone()).await { Ok(()) } else { Err(first) }
    }

    fn ends(&mut self) -> Option<(BatchError, usize)> {
        self.lasts.store(false, Ordering::Relaxed);
        self.since.take()
    }
}

/// Whether a server is asked for the file at a place. What lies in a folder says nothing of any.
fn is_asked_for(place: &str) -> bool {
    place.starts_with("http")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::ready;

    use proto::id::Owner;

    use super::*;

    /// What comes of files: `c` comes, `f` comes from a folder, `m` is missing, `l` is missing in a folder, `r` has
    /// a refused address, `u` cannot be converted, `s` does not come. Which were asked for once more, by their
    /// numbers from 0 and `-` where nothing could be, and of which it is told that none would come; `is_given` is
    /// what asking gives.
    async fn check(files: &str, is_given: bool, witnesses: &[&str], down: Option<usize>) {
        let (mut row, asked) = (Row::default(), RefCell::new(Vec::new()));
        let gives = |witness: Option<Witness>| {
            asked.borrow_mut().push(witness.map_or_else(|| "-".to_owned(), |found| found.place));
            ready(is_given)
        };
        let mut told = Ok(());
        for (number, file) in files.chars().enumerate() {
            let (place, number) = (format!("http://h/{number}"), number.to_string());
            let missing = |reference: String| SourceError::AssetMissing {
                reference,
                why: "it is gone".to_owned(),
            };
            match file {
                'c' => row.came(&place),
                'f' => row.came(&number),
                'm' => row.failed(&place, &missing(place.clone()).into()),
                'l' => row.failed(&number, &missing(number.clone()).into()),
                'r' => {
                    let why = "it is not public".to_owned();
                    let error = SourceError::AddressRefused { reference: place.clone(), why };
                    row.failed(&place, &error.into());
                }
                'u' => {
                    let why = "it is broken".to_owned();
                    let error = BatchError::Unconvertible { reference: place.clone(), why };
                    row.failed(&place, &error);
                }
                's' => {
                    let error = SourceError::Unavailable { what: number };
                    told = row.goes_on(error.into(), gives).await;
                    assert_eq!(row.lasts().load(Ordering::Relaxed), row.since.is_some());
                }
                other => panic!("{other}"),
            }
            if told.is_err() {
                break;
            }
        }
        if told.is_ok() {
            told = row.end(gives).await;
        }
        assert!(!row.lasts().load(Ordering::Relaxed), "{files}");
        let told = told.err().map(|error| {
            let BatchError::Source(SourceError::Unavailable { what }) = error else { panic!() };
            what.parse::<usize>().unwrap()
        });
        let asked = asked.into_inner();
        let asked: Vec<&str> =
            asked.iter().map(|place| place.trim_start_matches("http://h/")).collect();
        assert_eq!((asked.as_slice(), told), (witnesses, down), "{files} {is_given}");
    }

    #[tokio::test]
    async fn files_do_not_come_because_they_are_bad_or_because_none_would() {
        let silent = |count| "s".repeat(count);
        check("", false, &[], None).await;
        check("ccc", false, &[], None).await;
        // All that is asked of a server is one file.
        check("s", true, &["-"], None).await;
        check("s", false, &["-"], Some(0)).await;
        check("ss", true, &[], Some(0)).await;
        check(&silent(20), true, &[], Some(0)).await;
        // There is a file that tells.
        check("cs", true, &["0"], None).await;
        check("ccs", false, &["1"], Some(2)).await;
        check("sc", false, &[], None).await;
        check(&format!("c{}c", silent(19)), false, &[], None).await;
        check(&format!("c{}", silent(20)), true, &["0"], None).await;
        check(&format!("c{}", silent(20)), false, &["0"], Some(1)).await;
        check(&format!("c{}c{}", silent(19), silent(20)), false, &["20"], Some(21)).await;
        check(&format!("c{}", silent(50)), true, &["0", "0", "0"], None).await;
        // What is not there tells as well, what came better.
        check("ms", true, &["0"], None).await;
        check("us", true, &["0"], None).await;
        check("cms", true, &["0"], None).await;
        check("mcs", true, &["1"], None).await;
        check("sms", false, &["1"], Some(2)).await;
        // Nobody was asked for what tells nothing.
        check("srs", true, &[], Some(0)).await;
        check("rs", true, &["-"], None).await;
        check("ls", true, &["-"], None).await;
        check("fs", true, &["-"], None).await;
        // What lies in a folder hides no server that gives nothing.
        check("sls", true, &[], Some(0)).await;
        check("sfs", true, &[], Some(0)).await;
        check("csfs", false, &["0"], Some(1)).await;
        check(&format!("c{}l{}", silent(10), silent(10)), false, &["0"], Some(1)).await;
        let refused = format!("c{}r{}", silent(10), silent(10));
        check(&refused, false, &["0"], Some(1)).await;
    }

    #[test]
    fn an_error_tells_of_a_server_only_what_was_known_of_the_file() {
        let missing =
            SourceError::AssetMissing { reference: "a".to_owned(), why: "gone".to_owned() };
        let silent = SourceError::Unavailable { what: "503".to_owned() };
        let signed_out = SourceError::SignedOut {
            source_name: "museum".to_owned(),
            owner: Owner::try_from("ann".to_owned()).unwrap(),
            why: "never",
        };
        for (error, is_told) in [(missing, true), (silent, false), (signed_out, false)] {
            assert_eq!(Known::NotThere.is_told_by(&error), is_told, "{error}");
            assert!(!Known::Came.is_told_by(&error), "{error}");
        }
    }
}
