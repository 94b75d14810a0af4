//! The tables of UPD, and the records on their way into them: lines of JSON in a file for each table, which are
//! taken in by the program once there are enough of them.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use super::program::{DatabaseError, Program};

/// How many bytes of records wait before they are taken in (8 MiB).
const ENOUGH: usize = 8 << 20;

/// What an object of JSON may have at least, in bytes; the program's own default.
const USUAL_OBJECT: usize = 16 << 20;

/// The version of the schema.
const VERSION: &str = "INSERT INTO metadata VALUES ('Schema-Version', '1.1');";

/// A table with its columns, all of them texts, in the order in which they are written, the first of them its key.
struct Shape {
    name: &'static str,
    columns: &'static [&'static str],
}

/// Those whose records are lines of JSON.
const SHAPES: [Shape; 3] = [
    Shape { name: "datasets", columns: &["id", "name", "modality", "metadata"] },
    Shape { name: "entries", columns: &["id", "dataset_id", "media_url", "metadata"] },
    Shape {
        name: "annotations",
        columns: &[
            "id",
            "entry_id",
            "shape_type",
            "shape_args",
            "category",
            "properties",
            "metadata",
        ],
    },
];

/// The files that a media waits in: its line, and its bytes.
pub(super) const MEDIA: &str = "media.jsonl";
pub(super) const BLOB: &str = "media";

/// The columns of its line.
const MEDIA_COLUMNS: &str =
    "{id: 'VARCHAR', key: 'VARCHAR', media_type: 'VARCHAR', metadata: 'VARCHAR'}";

/// Which table a record goes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Datasets,
    Entries,
    Annotations,
}

/// Why records were not taken in.
#[derive(Debug)]
pub(super) enum Untaken {
    Database(DatabaseError),
    Scratch(io::Error),
}

impl From<DatabaseError> for Untaken {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<io::Error> for Untaken {
    fn from(error: io::Error) -> Self {
        Self::Scratch(error)
    }
}

/// The records that wait, and the program that takes them in.
pub(super) struct Tables {
    program: Program,
    waiting: [Waiting; 3],
}

/// Records of one table.
struct Waiting {
    file: BufWriter<File>,
    bytes: usize,
    longest: usize,
}

impl Tables {
    /// Makes the tables, in a folder of its own.
    pub(super) fn new(mut program: Program, folder: &Path) -> Result<Self, Untaken> {
        for Shape { name, columns } in &SHAPES {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("{column} VARCHAR")).collect();
            let columns = columns.join(", ");
            program.run(&format!("CREATE TABLE {name} ({columns}, PRIMARY KEY (id));"))?;
        }
        program.run(
            "CREATE TABLE medias (id VARCHAR, key VARCHAR, blob_data BLOB, media_type VARCHAR, \
             metadata VARCHAR, PRIMARY KEY (id, key));",
        )?;
        program.run("CREATE TABLE metadata (key VARCHAR PRIMARY KEY, value VARCHAR);")?;
        program.run(VERSION)?;
        let begin = |shape: &Shape| -> io::Result<Waiting> {
            let file = File::create(folder.join(format!("{}.jsonl", shape.name)))?;
            Ok(Waiting { file: BufWriter::new(file), bytes: 0, longest: 0 })
        };
        let [datasets, entries, annotations] = &SHAPES;
        let waiting = [begin(datasets)?, begin(entries)?, begin(annotations)?];
        Ok(Self { program, waiting })
    }

    /// Appends a record, which is a line of JSON with the columns of the table.
    pub(super) fn add(&mut self, table: Table, line: &str) -> Result<(), Untaken> {
        let waiting = &mut self.waiting[table as usize];
        waiting.file.write_all(line.as_bytes())?;
        waiting.file.write_all(b"\n")?;
        waiting.bytes += line.len() + 1;
        waiting.longest = waiting.longest.max(line.len() + 1);
        if self.waiting.iter().map(|waiting| waiting.bytes).sum::<usize>() >= ENOUGH {
            self.take_in()?;
        }
        Ok(())
    }

    /// Takes in the media that waits in its two files. One that is there already, for two entries have it, stays as
    /// it is.
    pub(super) fn add_media(&mut self) -> Result<(), Untaken> {
        self.program.run(&format!(
            "INSERT OR IGNORE INTO medias SELECT id, key, (SELECT content FROM read_blob('{BLOB}')), media_type, \
             metadata FROM read_json('{MEDIA}', format = 'newline_delimited', columns = {MEDIA_COLUMNS});"
        ))?;
        Ok(())
    }

    /// The program, once it has all records.
    pub(super) fn finish(mut self) -> Result<Program, Untaken> {
        self.take_in()?;
        Ok(self.program)
    }

    fn take_in(&mut self) -> Result<(), Untaken> {
        for (Shape { name, columns }, waiting) in SHAPES.iter().zip(&mut self.waiting) {
            if waiting.bytes == 0 {
                continue;
            }
            waiting.file.flush()?;
            let columns: Vec<String> =
                columns.iter().map(|column| format!("{column}: 'VARCHAR'")).collect();
            self.program.run(&format!(
                "INSERT INTO {name} SELECT * FROM read_json('{name}.jsonl', format = 'newline_delimited', \
                 columns = {{{}}}, maximum_object_size = {});",
                columns.join(", "),
                waiting.longest.max(USUAL_OBJECT),
            ))?;
            waiting.start_over()?;
        }
        Ok(())
    }
}

impl Waiting {
    /// Makes room for those that come next.
    fn start_over(&mut self) -> io::Result<()> {
        let file = self.file.get_mut();
        file.set_len(0)?;
        file.rewind()?;
        (self.bytes, self.longest) = (0, 0);
        Ok(())
    }
}
