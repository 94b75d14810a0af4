//! Making files of others, in the order in which these are read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom};
use std::path::Path;
use std::vec;

use fabric::causes::chain;
use proto::definition::{Made, Material};
use proto::deriva::engine::Making;

use super::answer::Answer;
use super::transform::{TransformError, transformed};
use crate::error::BatchError;

/// Where files are made.
pub(super) struct Workshop<'w> {
    scratch: &'w Path,
    /// Those that are not read yet, in the order in which they come.
    answers: vec::IntoIter<Answer>,
}

impl<'w> Workshop<'w> {
    pub(super) fn new(scratch: &'w Path, answers: Vec<Answer>) -> Self {
        Self { scratch, answers: answers.into_iter() }
    }

    /// Makes a file in the scratch directory, where it is gone once it is closed. What it is made of is made when its
    /// turn comes, and gone before the next.
    pub(super) fn file(&mut self, made: &Made) -> Result<File, BatchError> {
        let name = made.making.as_str();
        let making = Making::try_from(&made.making)
            .map_err(|error| BatchError::Unmade { making: name, why: chain(&error) })?;
        let file = tempfile::tempfile_in(self.scratch).map_err(BatchError::Scratch)?;
        let mut out = BufWriter::new(file);
        let mut failed = None;
        let inputs = made.of.iter().map_while(|material| match self.input(material) {
            Ok(input) => Some(input),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        let done = transformed(&making, inputs, &mut out);
        if let Some(error) = failed {
            return Err(error);
        }
        done.map_err(|error| unmade(name, error))?;
        out.into_inner().map_err(|error| BatchError::Scratch(error.into_error()))
    }

    /// What a file is made of, from its beginning.
    fn input(&mut self, material: &Material) -> Result<Box<dyn BufRead>, BatchError> {
        if let Some(made) = &material.made {
            let mut file = self.file(made)?;
            file.seek(SeekFrom::Start(0)).map_err(BatchError::Scratch)?;
            return Ok(Box::new(BufReader::new(file)));
        }
        let answer = self.answers.next();
        let missing = || BatchError::Scratch(io::Error::other("the plan lacks an answer"));
        Ok(Box::new(answer.ok_or_else(missing)?))
    }
}

fn unmade(making: &'static str, error: TransformError) -> BatchError {
    match error {
        TransformError::File(error) => BatchError::Scratch(error),
        TransformError::RowCut { .. }
        | TransformError::NoRow { .. }
        | TransformError::RowUnreadable { .. }
        | TransformError::RowTooLarge { .. }
        | TransformError::ColumnMissing { .. }
        | TransformError::ColumnAdded { .. }
        | TransformError::ColumnsUnmapped { .. }
        | TransformError::NoSequence { .. } => BatchError::Unmade { making, why: chain(&error) },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use bytes::Bytes;
    use serde_json::{Value, json};
    use tempfile::TempDir;
    use tokio::sync::mpsc;

    use super::*;

    fn made(made: Value, answers: &[&'static str]) -> Result<String, BatchError> {
        let scratch = TempDir::new().unwrap();
        let answer = |text: &&'static str| {
            let (out, parts) = mpsc::channel(1);
            out.try_send(Bytes::from_static(text.as_bytes())).unwrap();
            Answer::new(parts)
        };
        let answers = answers.iter().map(answer).collect();
        let made: Made = serde_json::from_value(made).unwrap();
        let mut file = Workshop::new(scratch.path(), answers).file(&made)?;
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    #[test]
    fn files_are_made_of_files_in_the_order_of_the_answers() {
        let filled = |answers: &Value| json!({"making": {"interpolation": {"template": "$a;"}}, "of": answers});
        let answer = json!({"verbatim": "json"});
        let tree = json!({"making": "cat", "of": [
            {"made": filled(&json!([answer, answer]))},
            answer,
            {"made": filled(&json!([answer]))},
        ]});
        let answers = ["[{\"a\":1},\n {\"a\":2}]\n", "", "a,b\n", "{\"a\":\"x\"}"];
        assert_eq!(made(tree, &answers).unwrap(), "1;2;a,b\nx;");
    }

    #[test]
    fn rows_that_cannot_be_are_told_with_their_number_and_the_making() {
        let csv = json!({"making": {"json2csv": {}}, "of": [{"verbatim": "json"}]});
        let tree = json!({"making": "cat", "of": [{"made": csv}]});
        let error = made(tree, &["[{\"a\":1},\n {\"b\":2}]\n"]).unwrap_err().to_string();
        assert!(error.contains("`json2csv`") && error.contains("row 2"), "{error}");
    }

    #[test]
    fn an_answer_that_is_not_there_is_no_empty_file() {
        let cat = json!({"making": "cat", "of": [{"verbatim": "csv"}]});
        assert!(made(cat, &[]).is_err());
    }
}
