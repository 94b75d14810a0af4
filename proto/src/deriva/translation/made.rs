//! What comes of the queries so far: outputs, the files they make, and what people are told.

use serde_json::{Map, Value};

use crate::deriva::engine::Outputs;

/// A file of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromisedFile {
    /// Its path; one that ends with a slash is a folder with files that the rows decide, and an empty one all of
    /// the result.
    pub path: String,
    /// Whether it is there whatever the rows are: a file without any is left out, and files by rows are decided by
    /// them.
    pub is_certain: bool,
}

/// What comes of the queries so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    /// Outputs of the definition.
    pub(super) outputs: Vec<Value>,
    /// The query of each.
    pub(super) of: Vec<usize>,
    /// The files, in the order of the outputs.
    pub(super) files: Vec<PromisedFile>,
    /// The addresses of the answers that are files, by the paths of these.
    pub(super) retrieved_from: Map<String, Value>,
    /// What people are told.
    pub(super) warnings: Vec<String>,
    /// Folders that are asked for.
    folders: Vec<String>,
    /// The paths that are taken.
    paths: Outputs,
    /// How many lists of files elsewhere there are.
    lists: usize,
}

impl Made {
    /// Adds what a query makes.
    pub(super) fn add(&mut self, index: usize, output: Map<String, Value>, file: PromisedFile) {
        self.outputs.push(Value::Object(output));
        self.of.push(index);
        self.files.push(file);
    }

    /// A path for a file: the one that is wanted, or the nearest that is free.
    pub(super) fn claim(&mut self, wanted: &str) -> String {
        let given = self.paths.claim(wanted);
        self.warnings.extend(given.warning);
        given.path
    }

    /// The path of the next list of files elsewhere.
    pub(super) fn claim_list(&mut self) -> String {
        self.lists += 1;
        let wanted = match self.lists {
            1 => "remote-file-manifest.json".to_owned(),
            number => format!("remote-file-manifest-{number}.json"),
        };
        self.claim(&wanted)
    }

    /// Notes a folder that is asked for.
    pub(super) fn folder(&mut self, path: String) {
        self.folders.push(path);
    }

    /// Tells of folders that nothing goes to: only files are packed.
    pub(super) fn miss_folders(&mut self) {
        for folder in &self.folders {
            let inside = format!("{folder}/");
            if !self.files.iter().any(|file| file.path.starts_with(&inside)) {
                let why = "nothing goes there, and only files are packed";
                self.warnings.push(format!("there is no folder {folder:?}: {why}"));
            }
        }
    }
}
