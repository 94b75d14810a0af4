//! What becomes of the answer to a query.

use crate::definition::ColumnsOfFasta;

/// What becomes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processor {
    /// A file of CSV.
    Csv,
    /// A file of JSON: a list of rows, or a document of the catalogue.
    Json,
    /// A file with a row of JSON on each line.
    JsonStream,
    /// Variables, from the columns of the first row.
    Env {
        /// The columns that are meant; all where none are listed.
        columns: Vec<String>,
    },
    /// A folder; and variables, where something is asked.
    Dir {
        /// The columns that are meant; all where none are listed.
        columns: Vec<String>,
    },
    /// The files that its rows have addresses of.
    Download,
    /// References to the files that its rows have addresses of.
    Fetch,
    /// A file of FASTA.
    Fasta(ColumnsOfFasta),
}

impl Processor {
    /// The form in which the catalogue is asked to answer.
    pub fn accept(&self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json | Self::Env { .. } | Self::Dir { .. } => "application/json",
            Self::JsonStream | Self::Download | Self::Fetch | Self::Fasta(_) => {
                "application/x-json-stream"
            }
        }
    }

    /// What the path of its file ends with; nothing where the path says so itself.
    pub fn extension(&self) -> Option<&'static str> {
        match self {
            Self::Csv => Some(".csv"),
            Self::Json | Self::JsonStream => Some(".json"),
            Self::Fasta(_) => Some(".fasta"),
            Self::Env { .. } | Self::Dir { .. } | Self::Download | Self::Fetch => None,
        }
    }

    /// Whether columns of its rows are variables of its output's path.
    pub fn has_rows(&self) -> bool {
        match self {
            Self::Download | Self::Fetch => true,
            Self::Csv
            | Self::Json
            | Self::JsonStream
            | Self::Env { .. }
            | Self::Dir { .. }
            | Self::Fasta(_) => false,
        }
    }
}
