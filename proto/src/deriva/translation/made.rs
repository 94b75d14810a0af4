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
    /// Where in the configuration each comes from.
    pub(super) of: Vec<String>,
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
    /// Adds what a step of the configuration makes, which stands at a place of it.
    pub(super) fn add(&mut self, of: String, output: Map<String, Value>, file: PromisedFile) {
        self.outputs.push(Value::Object(output));
        self.of.push(of);
        self.files.push(file);
    }

    /// The output whose file has a path.
    pub(super) fn output(&self, path: &str) -> Option<&Value> {
        self.place(path).and_then(|place| self.outputs.get(place))
    }

    /// Takes an output away whose file has a path, so that another may have it.
    pub(super) fn take_away(&mut self, path: &str) {
        if let Some(place) = self.place(path) {
            self.outputs.remove(place);
            self.of.remove(place);
            self.files.remove(place);
            self.retrieved_from.shift_remove(path);
            self.paths.release(path);
        }
    }

    /// The one address that files come from, where each of them tells it.
    pub(super) fn origin(&self, paths: &[String]) -> Option<Value> {
        let mut origins = paths.iter().map(|path| self.retrieved_from.get(path));
        let first = origins.next()??;
        origins.all(|origin| origin == Some(first)).then(|| first.clone())
    }

    fn place(&self, path: &str) -> Option<usize> {
        self.files.iter().position(|file| file.path == path)
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
