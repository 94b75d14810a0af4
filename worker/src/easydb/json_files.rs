//! Objects as JSON files: one for the batch, or one for each of them.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::document;
use super::json::Json;
use super::scene::Scene;
use super::shipped::Shipped;
use super::trail::Around;
use super::waiting::Waiting;
use super::writing::{Written, single_name};

/// JSON files under way.
pub(super) struct JsonFiles<'w> {
    scene: &'w Scene,
    /// The file of all objects.
    all: Option<Waiting>,
    /// The types of the batch's objects.
    types: BTreeSet<String>,
    /// How many objects are in the file.
    count: u64,
    buffer: Vec<u8>,
}

impl<'w> JsonFiles<'w> {
    pub(super) fn new(scene: &'w Scene, scratch: &Arc<Path>) -> Self {
        let is_one = !scene.easydb.json_one_file_per_object;
        let all = is_one.then(|| Waiting::new(Arc::clone(scratch)));
        Self { scene, all, types: BTreeSet::new(), count: 0, buffer: Vec::new() }
    }

    /// Notes an object that is written somewhere.
    pub(super) fn met(&mut self, object: &Json<'_>) {
        if let Some(object_type) = object.text_of("_objecttype")
            && !self.types.contains(object_type)
        {
            self.types.insert(object_type.to_owned());
        }
    }

    /// Writes an object; then comes [`Self::put`], unless it is left out.
    pub(super) fn object(
        &mut self,
        text: &str,
        object: &Json<'_>,
        around: &Around<'_>,
        shipped: &Shipped,
    ) {
        self.buffer.clear();
        if self.all.is_some() {
            if self.count == 0 {
                document::open(self.scene, &mut self.buffer);
            } else {
                self.buffer.extend_from_slice(b",\n");
            }
        }
        document::object(self.scene, text, object, around, shipped, &mut self.buffer);
    }

    /// Puts what was written last where it belongs.
    pub(super) fn put(&mut self, id: u64, written: &mut Written) -> io::Result<()> {
        self.count += 1;
        if let Some(all) = &mut self.all {
            return all.take(&mut self.buffer);
        }
        self.buffer.push(b'\n');
        written.singles.push(&single_name(self.scene, id, "json"), &self.buffer)
    }

    /// Ends the file of all objects.
    pub(super) fn finish(self, written: &mut Written) -> io::Result<()> {
        if let Some(mut all) = self.all
            && self.count > 0
        {
            let mut end = Vec::new();
            document::close(self.types.iter(), self.count, &mut end);
            all.take(&mut end)?;
            written.files.push((".json".to_owned(), all));
        }
        Ok(())
    }
}
