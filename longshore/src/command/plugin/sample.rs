//! A few datasets to try exporters on: `examples/plugins/sample`, which is built in. Among them are one without
//! entries, and two media of one file name.

use std::fs;
use std::path::Path;

use anyhow::Context;

const FILES: &[(&str, &[u8])] = &[
    ("datasets.jsonl", include_bytes!("../../../../examples/plugins/sample/datasets.jsonl")),
    ("entries.jsonl", include_bytes!("../../../../examples/plugins/sample/entries.jsonl")),
    ("annotations.jsonl", include_bytes!("../../../../examples/plugins/sample/annotations.jsonl")),
    ("medias.jsonl", include_bytes!("../../../../examples/plugins/sample/medias.jsonl")),
    ("media/1.png", include_bytes!("../../../../examples/plugins/sample/media/1.png")),
    ("media/2.png", include_bytes!("../../../../examples/plugins/sample/media/2.png")),
    ("media/3.png", include_bytes!("../../../../examples/plugins/sample/media/3.png")),
    ("media/4.png", include_bytes!("../../../../examples/plugins/sample/media/4.png")),
    ("media/5.png", include_bytes!("../../../../examples/plugins/sample/media/5.png")),
    ("media/6.png", include_bytes!("../../../../examples/plugins/sample/media/6.png")),
    ("media/7.png", include_bytes!("../../../../examples/plugins/sample/media/7.png")),
    ("media/8.png", include_bytes!("../../../../examples/plugins/sample/media/8.png")),
    ("media/9.png", include_bytes!("../../../../examples/plugins/sample/media/9.png")),
    ("media/10.png", include_bytes!("../../../../examples/plugins/sample/media/10.png")),
    ("media/11.png", include_bytes!("../../../../examples/plugins/sample/media/11.png")),
    ("media/12.png", include_bytes!("../../../../examples/plugins/sample/media/12.png")),
    ("media/13.png", include_bytes!("../../../../examples/plugins/sample/media/13.png")),
    ("media/14.png", include_bytes!("../../../../examples/plugins/sample/media/14.png")),
    ("media/15.png", include_bytes!("../../../../examples/plugins/sample/media/15.png")),
    ("media/16.png", include_bytes!("../../../../examples/plugins/sample/media/16.png")),
    ("media/17.png", include_bytes!("../../../../examples/plugins/sample/media/17.png")),
    ("media/18.png", include_bytes!("../../../../examples/plugins/sample/media/18.png")),
];

/// Writes them to a folder.
pub(super) fn write(folder: &Path) -> anyhow::Result<()> {
    for (name, content) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everything_of_the_example_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plugins/sample");
        let below = |name: &str| {
            let found = fs::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap());
            let files = found.filter(|entry| entry.path().is_file());
            let names = files.map(|entry| entry.file_name().into_string().unwrap());
            names.map(|file| format!("{name}{file}")).collect::<BTreeSet<_>>()
        };
        let there: BTreeSet<_> = below("").union(&below("media/")).cloned().collect();
        let built_in: BTreeSet<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, built_in);
    }
}
