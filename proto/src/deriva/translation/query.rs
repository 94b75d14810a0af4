//! A query, as an output of a definition.

use serde_json::{Map, Value, json};

use super::columns;
use super::files::{Files, TOP, parted};
use super::made::{Made, PromisedFile};
use super::refused;
use super::safe_name::{safe, safe_in_bag};
use crate::definition::ColumnsOfFasta;
use crate::deriva::engine::{Paging, Processor, Query, Refused, Variables};

/// A query that the walk has come to, with all that is known of it.
pub(super) struct Walked<'a> {
    pub(super) query: &'a Query,
    /// Its place among the queries.
    pub(super) index: usize,
    /// What is asked.
    pub(super) path: &'a str,
    pub(super) source: &'a str,
    pub(super) view: Option<&'a str>,
    /// The address of what is read.
    pub(super) address: &'a str,
    pub(super) variables: &'a Variables,
    /// The first row, where one was asked for and found.
    pub(super) row: Option<&'a Map<String, Value>>,
    /// Whether the files go into a bag.
    pub(super) is_bagged: bool,
}

impl Walked<'_> {
    /// Adds what it makes.
    pub(super) fn add_to(&self, made: &mut Made) -> Result<(), Refused> {
        match &self.query.processor {
            Processor::Csv => self.verbatim("csv", made),
            Processor::Json => self.verbatim("json", made),
            Processor::JsonStream => self.verbatim("json_stream", made),
            Processor::Fasta(columns) => self.fasta(columns, made),
            Processor::Download => self.download(made),
            Processor::Fetch => self.fetch(made),
            Processor::Dir { .. } => {
                made.folder(self.safe(&self.file_path()?));
                Ok(())
            }
            Processor::Env { .. } => Ok(()),
        }
    }

    /// The answer in the very bytes of the catalogue. Rows in pages are all rows in the order of the pages.
    fn verbatim(&self, form: &str, made: &mut Made) -> Result<(), Refused> {
        let to = self.claimed(made)?;
        let paged = self.query.paging.as_ref().filter(|_| Paging::is_possible(self.path));
        let query = paged.map_or_else(|| self.path.to_owned(), |paging| paging.whole(self.path));
        let mut output = self.output(&to, &query);
        self.trace(&to, &query, made);
        output.insert("verbatim".to_owned(), json!(form));
        output.insert("empty_file".to_owned(), json!("drop"));
        let file = PromisedFile { path: to, is_certain: is_never_empty(self.path) };
        made.add(refused::of_query(self.index), output, file);
        Ok(())
    }

    /// Sequences. A row of a single column is a whole line where no column is named.
    fn fasta(&self, columns: &ColumnsOfFasta, made: &mut Made) -> Result<(), Refused> {
        let options = if columns.is_line() {
            match self.columns().as_deref() {
                Some([line]) => json!({"line": line}),
                Some(several) => return Err(refused::unmapped(several, self.index)),
                // Nobody knows the columns, for there are no rows.
                None => {
                    self.left_out(made);
                    return Ok(());
                }
            }
        } else {
            json!({"comment": columns.comment, "data": columns.data})
        };
        let to = self.claimed(made)?;
        let mut output = self.output(&to, self.path);
        self.trace(&to, self.path, made);
        output.insert("format".to_owned(), json!("fasta"));
        output.insert("options".to_owned(), options);
        output.insert("empty_file".to_owned(), json!("drop"));
        made.add(
            refused::of_query(self.index),
            output,
            PromisedFile { path: to, is_certain: false },
        );
        Ok(())
    }

    /// The files that rows have addresses of.
    fn download(&self, made: &mut Made) -> Result<(), Refused> {
        let Some(columns) = self.columns_of_files(made) else { return Ok(()) };
        let (folder, name) = parted(&self.name_of_files(&columns)?);
        let to = self.safe(&folder);
        let mut output = self.output(&to, self.path);
        output.insert("assets".to_owned(), Files::new(&columns).named(&name).json());
        made.add(refused::of_query(self.index), output, in_folder(&to));
        Ok(())
    }

    /// References to them: those of a bag, or a list of them.
    fn fetch(&self, made: &mut Made) -> Result<(), Refused> {
        let Some(columns) = self.columns_of_files(made) else { return Ok(()) };
        let template = self.name_of_files(&columns)?;
        let (output, file) = if self.is_bagged {
            let (folder, name) = parted(&template);
            let to = self.safe(&folder);
            let mut output = self.output(&to, self.path);
            output.insert("assets".to_owned(), Files::new(&columns).named(&name).remote());
            (output, in_folder(&to))
        } else {
            let to = made.claim_list();
            let mut output = self.output(&to, self.path);
            output.insert("format".to_owned(), json!("jsonl"));
            output.insert("assets".to_owned(), Files::new(&columns).named(&template).listed());
            output.insert("empty_file".to_owned(), json!("drop"));
            (output, PromisedFile { path: to, is_certain: false })
        };
        made.add(refused::of_query(self.index), output, file);
        Ok(())
    }

    /// What every output has.
    fn output(&self, to: &str, query: &str) -> Map<String, Value> {
        let mut output = Map::new();
        output.insert("to".to_owned(), json!(to));
        output.insert("from".to_owned(), json!(self.source));
        output.insert("query".to_owned(), json!(query));
        if let Some(view) = self.view {
            output.insert("view".to_owned(), json!(view));
        }
        output
    }

    /// Notes where its file is from, unless the query is not to tell.
    fn trace(&self, to: &str, query: &str, made: &mut Made) {
        if self.query.has_provenance {
            let address = format!("{}{query}", self.address);
            made.retrieved_from.insert(to.to_owned(), json!(address));
        }
    }

    /// The path of its file, which is its alone.
    fn claimed(&self, made: &mut Made) -> Result<String, Refused> {
        let wanted = self.file_path()?;
        let path = self.safe(&wanted);
        if path != wanted {
            made.warnings.push(format!("an output is written to {path}, not to {wanted}"));
        }
        Ok(made.claim(&path))
    }

    fn file_path(&self) -> Result<String, Refused> {
        let path = self.query.output.rendered(self.variables, self.query.processor.extension());
        path.map_err(|error| refused::path(&error, self.index))
    }

    fn safe(&self, path: &str) -> String {
        if self.is_bagged { safe_in_bag(path) } else { safe(path) }
    }

    /// The name template of files by rows.
    fn name_of_files(&self, columns: &[String]) -> Result<String, Refused> {
        let name = self.query.output.of_rows(self.variables, columns);
        name.map_err(|error| refused::path(&error, self.index))
    }

    /// The columns of rows, where there are any that tell of files.
    fn columns_of_files(&self, made: &mut Made) -> Option<Vec<String>> {
        let Some(columns) = self.columns() else {
            self.left_out(made);
            return None;
        };
        if !columns.iter().any(|column| column == Files::ADDRESS) {
            let why = format!("no column is called {:?}", Files::ADDRESS);
            made.warnings.push(format!("{} leads to no files: {why}", self.path));
            return None;
        }
        Some(columns)
    }

    /// The columns of rows: by the path, else by the first row.
    fn columns(&self) -> Option<Vec<String>> {
        let of_row = || self.row.map(|row| row.keys().cloned().collect());
        columns::told(self.path).or_else(of_row)
    }

    fn left_out(&self, made: &mut Made) {
        made.warnings.push(format!("nothing comes of {}: it has no rows", self.path));
    }
}

/// Files that the rows decide, in a folder.
fn in_folder(to: &str) -> PromisedFile {
    let path = if to == TOP { String::new() } else { to.to_owned() };
    PromisedFile { path, is_certain: false }
}

/// Whether a query has an answer that is not empty, whatever the catalogue holds.
fn is_never_empty(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path == "/" || path == "/schema" || path.starts_with("/aggregate/")
}
