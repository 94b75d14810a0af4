//! Datasets in a folder, as sources of kind `dataset` read them.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Writes datasets, their entries, and the annotations and media of these, a record on each line.
pub fn write_datasets(folder: &Path, records: [Vec<Value>; 4]) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, records) in ["datasets", "entries", "annotations", "medias"].into_iter().zip(records)
    {
        let mut lines = String::new();
        for record in records {
            lines.push_str(&record.to_string());
            lines.push('\n');
        }
        fs::write(folder.join(format!("{name}.jsonl")), lines)?;
    }
    Ok(())
}
