//! One export in every packing at once, from one reading of its sources: archives behind links, and
//! trees where rsync puts them.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use proto::id::RunId;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Fleet, laid, sha256};

use super::crew::Crew;
use super::load::Load;

/// An export in every packing.
pub(crate) struct Packings {
    pub(crate) load: Load,
    trees: TempDir,
}

/// What was made: the SHA-256 of each volume with the packing it belongs to, in the order of the
/// transports; and of each file of a tree, with its path.
pub(crate) type Made = Vec<(String, String)>;

/// Every packing of an archive.
pub(crate) fn archives() -> Vec<Value> {
    let plain =
        ["zip", "zip_10mb", "zip_2gb", "tar", "tar_gz", "tar_bz2", "tar_zst"].map(Value::from);
    plain.into_iter().chain(["zip", "tar", "tar_gz", "tar_bz2", "tar_zst"].map(bag)).collect()
}

/// Every packing of a tree.
pub(crate) fn trees() -> [Value; 2] {
    [json!("none"), bag("none")]
}

/// The day is told, for a run may be killed on one and go on on another.
fn bag(archive: &str) -> Value {
    let algorithms = ["sha256", "md5"];
    json!({"bag": {"archive": archive, "algorithms": algorithms, "date": "2026-02-03"}})
}

impl Packings {
    /// All packings of [`Load::large`].
    pub(crate) fn new() -> Self {
        Self { load: Load::large(), trees: tempfile::tempdir().unwrap() }
    }

    /// What a fleet's configuration has besides.
    pub(crate) fn targets(&self) -> String {
        format!("[targets.near]\nkind = \"rsync\"\nto = \"{}\"\n", self.trees.path().display())
    }

    /// The packings, in the order of the transports.
    pub(crate) fn names() -> Vec<String> {
        archives().iter().chain(&trees()).map(Value::to_string).collect()
    }

    /// The definition; its trees go into a folder of that name.
    pub(crate) fn definition(&self, folder: &str) -> Value {
        let mut definition = self.load.definition();
        let mut transports: Vec<Value> =
            archives().iter().map(|packer| json!({"type": "download", "packer": packer})).collect();
        for (name, packer) in ["tree", "bag"].into_iter().zip(trees()) {
            let path = format!("{folder}/{name}");
            transports.push(json!(
                {"type": "rsync", "target": "near", "path": path, "packer": packer}
            ));
        }
        definition["transports"] = transports.into();
        definition
    }

    /// What a fleet made of it, fetched by the signed links.
    pub(crate) async fn fetched(&self, crew: &mut Crew, run: RunId, folder: &str) -> Made {
        let shown = crew.ended(run).await;
        assert_eq!(shown["state"], "done", "{shown:#}");
        let mut made = Made::new();
        for (download, packer) in shown["downloads"].as_array().unwrap().iter().zip(archives()) {
            for volume in download["volumes"].as_array().unwrap() {
                let file = crew.fleet.dir().join("volume");
                crew.ann.download(volume["url"].as_str().unwrap(), &file).await.unwrap();
                made.push((packer.to_string(), sha256(&file).unwrap()));
            }
        }
        made.extend(self.trees(folder));
        made
    }

    /// What one process makes of it.
    pub(crate) async fn embedded(&self, fleet: &Fleet) -> Made {
        let mut definition = self.definition("embedded");
        definition["sources"] = self.load.sources.clone();
        definition["targets"] = json!({"near": {"kind": "rsync", "to": self.trees.path()}});
        let place = |name: &str| -> PathBuf { fleet.dir().join(name) };
        fs::write(place("packings.json"), definition.to_string()).unwrap();
        let arguments = [
            "run".to_owned(),
            place("packings.json").display().to_string(),
            "--json".to_owned(),
            format!("--out={}", place("packed").display()),
            format!("--data={}", place("packed-data").display()),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut program = fleet.command("embedded", &arguments).unwrap();
        let status = program.wait(Duration::from_mins(3)).await.unwrap();
        let log = program.log().unwrap();
        assert!(status.success(), "{log}");
        let result = log.lines().find(|line| line.starts_with('{')).unwrap();
        let result: Value = serde_json::from_str(result).unwrap();
        let mut made: Made = Vec::new();
        for archive in result["archives"].as_array().unwrap() {
            let path = PathBuf::from(archive["path"].as_str().unwrap());
            let sum = sha256(&path).unwrap();
            assert_eq!(archive["sha256"], sum.as_str());
            made.push((path.file_name().unwrap().to_str().unwrap().to_owned(), sum));
        }
        made.extend(self.trees("embedded"));
        made
    }

    /// The files of a folder's trees.
    fn trees(&self, folder: &str) -> impl Iterator<Item = (String, String)> {
        laid(&self.trees.path().join(folder)).unwrap().into_iter()
    }
}
