//! Trees of runs whose batches left commit records and nothing else: names, order, warnings.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric::record;
use fabric::store::{DirectoryStore, Store};
use futures::TryStreamExt;
use proto::commit::{Commit, Content, Member, Method, Segment, Share, Warning};
use proto::definition::{Definition, EmptyFile};
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};
use proto::tree::{Batches, Tree};

use crate::{File, FileId, files, find, list, settle};

/// A run of two batches of a table and any number of batches of files, with these names.
struct Ran {
    folder: tempfile::TempDir,
    store: Arc<dyn Store>,
    run: RunId,
    plan: Plan,
}

impl Ran {
    /// `warned` batches have a warning each.
    async fn new(table: &str, batches: &[&[&str]], warned: &[u32]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
        let run: RunId = "0192d3a0-0000-7000-8000-000000000000/1".parse().unwrap();
        let plan = plan(table, u32::try_from(batches.len()).unwrap());
        Self::of(folder, store, (run, plan), batches, (1, warned)).await
    }

    /// The same of a plan; each batch of the table has so many records.
    async fn of(
        folder: tempfile::TempDir,
        store: Arc<dyn Store>,
        (run, plan): (RunId, Plan),
        batches: &[&[&str]],
        (records, warned): (u64, &[u32]),
    ) -> Self {
        record::create(&*store, &Key::plan(run), &plan).await.unwrap();
        let shares = [b"1\r\n", b"2\r\n"].map(|text| {
            Content::Share(Share { crc32: crc32fast::hash(text), size: 3, compressed: 8 })
        });
        let members =
            batches.iter().map(|names| Content::Members(names.iter().map(member).collect()));
        for (ordinal, content) in (0..).zip(shares.into_iter().chain(members)) {
            let key = Key::segment(run, ordinal, 0, "a");
            let segment = Some(Segment { key, len: 8, crc32: 0, tag: String::new() });
            let warnings =
                warned.contains(&ordinal).then(|| warning(ordinal)).into_iter().collect();
            let commit = Commit {
                ordinal,
                records: if ordinal < 2 { records } else { 1 },
                bytes: 3,
                segment,
                content,
                lays: Vec::new(),
                warnings,
            };
            record::create(&*store, &Key::commit(run, ordinal), &commit).await.unwrap();
        }
        Self { folder, store, run, plan }
    }

    async fn tree(&self) -> Tree {
        settle(&self.store, self.run, &self.plan, self.folder.path()).await.unwrap()
    }

    async fn files(&self, after: Option<FileId>) -> Vec<File> {
        files(&self.store, self.run, after).try_collect().await.unwrap()
    }

    async fn paths(&self) -> Vec<String> {
        self.files(None).await.into_iter().map(|file| file.path).collect()
    }
}

fn plan(table: &str, batches: u32) -> Plan {
    let definition = serde_json::json!({"name": "T", "outputs": [
        {"to": table, "from": "r", "format": "csv"},
        {"to": "{id}", "from": "r", "format": "json", "per": "record"}]});
    let output = |index, member: Option<&str>, first, batches| PlannedOutput {
        index,
        member: member.map(str::to_owned),
        fields: Some(vec!["id".to_owned()]),
        search: None,
        columns: None,
        view: None,
        sheets: Vec::new(),
        merge: None,
        first,
        batches,
    };
    Plan {
        owner: None,
        definition: Definition::parse(&definition.to_string()).unwrap(),
        attempt: "a".to_owned(),
        outputs: vec![output(0, Some(table), 0, 2), output(1, None, 2, batches)],
        batches: 2 + batches,
        records: None,
        bytes: None,
    }
}

fn member(path: &&str) -> Member {
    Member {
        path: (*path).to_owned(),
        offset: 0,
        method: Method::Stored,
        crc32: crc32fast::hash(b"[1]"),
        compressed: 3,
        size: 3,
        sha256: "00".repeat(32),
        digests: BTreeMap::new(),
        packed_crc32: None,
        of: None,
        original: None,
    }
}

fn warning(ordinal: u32) -> Warning {
    let fault = Fault::new(Code::AssetMissing, format!("batch {ordinal}"));
    Warning { fault, output: "t".to_owned(), subject: None, object: None, left_out: None }
}

#[tokio::test]
async fn a_file_without_records_is_left_out_and_nobody_gives_way_to_its_name() {
    for (records, expected) in
        [(0, ["t.csv", "b"].as_slice()), (1, ["t.csv", "t~2.csv", "b"].as_slice())]
    {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
        let run: RunId = "0192d3a0-0000-7000-8000-000000000000/1".parse().unwrap();
        let mut plan = plan("t.csv", 1);
        plan.definition.outputs[0].empty_file = Some(EmptyFile::Drop);
        let ran = Ran::of(folder, store, (run, plan), &[&["t.csv", "b"]], (records, &[])).await;
        let tree = ran.tree().await;
        assert_eq!((tree.drops(0), tree.dropped.len()), (records == 0, usize::from(records == 0)));
        let list = u64::from(tree.originals.is_some());
        assert_eq!((tree.files, list), (expected.len() as u64 + list, records.min(1)));
        assert_eq!(ran.paths().await[..expected.len()], *expected);
        let id = FileId::Batch { ordinal: 0, place: None };
        let found = find(&ran.store, ran.run, id).await.unwrap();
        assert_eq!(found.is_none(), records == 0);
    }
}

#[tokio::test]
async fn a_run_without_clashes_has_a_small_record() {
    let ran = Ran::new("t.csv", &[&["a", "b"], &["c"]], &[]).await;
    let tree = ran.tree().await;
    assert_eq!((tree.files, tree.bytes), (4, 4 + 2 * 3 + 3 * 3));
    assert_eq!((&tree.renamed, &tree.warnings), (&Vec::new(), &None));
    assert_eq!(tree.shared[0].crc32, crc32fast::hash(b"id\r\n1\r\n2\r\n"));
    assert!(record::encode(&tree).len() < 200, "{:?}", record::encode(&tree));
    assert_eq!(ran.paths().await, ["t.csv", "a", "b", "c"]);
}

#[tokio::test]
async fn the_first_of_a_name_keeps_it_and_the_list_of_warnings_comes_last() {
    let batches: [&[&str]; 4] =
        [&["a", "T.CSV", "d/x"], &["warnings.jsonl"], &["b", "a"], &["A", "d", "c"]];
    let ran = Ran::new("t.csv", &batches, &[1, 4]).await;
    let expected = [
        "t.csv",
        "a",
        "T~2.CSV",
        "d/x",
        "warnings.jsonl",
        "b",
        "a~2",
        "A~3",
        "d~2",
        "c",
        "renamed.jsonl",
        "warnings~2.jsonl",
    ];
    assert_eq!(ran.paths().await, expected);
    let tree = ran.tree().await;
    let touched = [(2, 2), (4, 5)].map(|(first, last)| Batches { first, last });
    assert_eq!(tree.renamed, touched);
    assert_eq!(tree.files, 12);
    let list = ran.files(None).await.into_iter().find(|file| file.id == FileId::Originals).unwrap();
    let text = list.read(&ran.store, 0..list.size).await.unwrap();
    let text: Vec<bytes::Bytes> = text.try_collect().await.unwrap();
    let expected = [("T~2.CSV", "T.CSV"), ("a~2", "a"), ("A~3", "A"), ("d~2", "d")];
    let expected =
        expected.map(|(path, was)| format!("{{\"path\":\"{path}\",\"original\":\"{was}\"}}\n"));
    assert_eq!(text.concat(), expected.concat().into_bytes());
}

#[tokio::test]
async fn a_listing_goes_on_after_any_file_and_each_is_found() {
    let ran = Ran::new("t.csv", &[&["a", "b"], &[], &["a"], &["c", "b"]], &[3]).await;
    let all = ran.files(None).await;
    assert_eq!(all.len(), 8);
    for (at, file) in all.iter().enumerate() {
        let rest: Vec<FileId> =
            ran.files(Some(file.id)).await.into_iter().map(|file| file.id).collect();
        let expected: Vec<FileId> = all[at + 1..].iter().map(|file| file.id).collect();
        assert_eq!(rest, expected, "after {}", file.id);
        let found = find(&ran.store, ran.run, file.id).await.unwrap().unwrap();
        assert_eq!((found.path, found.size), (file.path.clone(), file.size));
        let page = list(&ran.store, ran.run, Some(file.id), 2).await.unwrap();
        let page: Vec<FileId> = page.into_iter().map(|file| file.id).collect();
        assert_eq!(page, expected[..expected.len().min(2)]);
    }
}

#[tokio::test]
async fn a_settled_tree_reads_the_records_of_what_it_shows_alone() {
    let ran = Ran::new("t.csv", &[&["a"], &["b"], &["a"]], &[0]).await;
    let before = ran.files(None).await;
    let gone: Vec<Key> = (0..3).map(|ordinal| Key::commit(ran.run, ordinal)).collect();
    ran.store.delete(&gone).await.unwrap();
    let after = ran.files(Some(before[2].id)).await;
    let paths: Vec<&str> = after.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a~2", "renamed.jsonl", "warnings.jsonl"]);
    let table = find(&ran.store, ran.run, before[0].id).await.unwrap().unwrap();
    assert_eq!(table.size, before[0].size);
}

#[tokio::test]
async fn any_part_of_the_list_of_warnings_is_read() {
    let ran = Ran::new("t.csv", &[&["a"], &["b"]], &[0, 2, 3]).await;
    let list = ran.files(None).await.pop().unwrap();
    assert_eq!(list.id, FileId::Warnings);
    let mut whole = Vec::new();
    for ordinal in [0, 2, 3] {
        whole.extend_from_slice(&record::encode(&warning(ordinal)));
        whole.push(b'\n');
    }
    assert_eq!((list.size, list.crc32), (whole.len() as u64, crc32fast::hash(&whole)));
    for from in (0..whole.len()).step_by(7) {
        for to in (from..=whole.len()).step_by(5) {
            let part = list.read(&ran.store, from as u64..to as u64).await.unwrap();
            let part: Vec<bytes::Bytes> = part.try_collect().await.unwrap();
            assert_eq!(part.concat(), whole[from..to], "{from}..{to}");
        }
    }
}

#[tokio::test]
async fn a_run_whose_batches_are_not_all_committed_has_no_tree() {
    let ran = Ran::new("t.csv", &[&["a"], &["b"]], &[]).await;
    ran.store.delete(&[Key::commit(ran.run, 3)]).await.unwrap();
    assert!(settle(&ran.store, ran.run, &ran.plan, ran.folder.path()).await.is_err());
    assert!(!record::exists(&*ran.store, &Key::tree(ran.run)).await.unwrap());
}

#[tokio::test]
async fn however_many_names_there_are_they_are_read_once_to_be_compared() {
    // Each batch has so many names that a pass could compare no more than one of them.
    let names: Vec<Vec<String>> =
        (0..40).map(|batch| (0..10).map(|name| format!("{batch}/{name}")).collect()).collect();
    let names: Vec<Vec<&str>> =
        names.iter().map(|batch| batch.iter().map(String::as_str).collect()).collect();
    let batches: Vec<&[&str]> = names.iter().map(Vec::as_slice).collect();
    let ran = Ran::new("table.csv", &batches, &[]).await;
    let mut records = 0;
    for ordinal in 0..42 {
        records += ran.store.head(&Key::commit(ran.run, ordinal)).await.unwrap().len;
    }
    let store = ran.store.counted();
    let tree = settle(&store, ran.run, &ran.plan, ran.folder.path()).await.unwrap();
    assert_eq!((tree.files, tree.renamed), (401, Vec::new()));
    assert!(store.moved() < records * 5 / 2, "{} bytes of {records}", store.moved());
}
