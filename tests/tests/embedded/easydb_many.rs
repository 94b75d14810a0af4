//! More objects than the logs of others could bear: an export of them is as whole as a short one, each of them is told
//! of, its log is as short, and the server that makes it takes hardly more memory.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tests::until;

use super::desk::below;
use super::packers::noise;
use super::served::Served;
use super::tool::tool;
use crate::dialect::{Guest, paths};

/// How many objects the longer export has, and the shorter one, which is enough to fill whatever is read ahead.
const MANY: u64 = 120_000;
const FEW: u64 = 15_000;

/// How many letters each object has.
const LETTERS: usize = 1500;

/// What the longer one may take besides, in bytes.
const ALLOWED: u64 = 24 << 20;

// Were the objects held, they would take more than that by far.
const _: () = assert!((MANY - FEW) * LETTERS as u64 > 6 * ALLOWED);

/// How long it may take until each object is told of.
const DEADLINE: Duration = Duration::from_mins(2);

/// Puts so many objects into the only answer of a folder, none of which a compressor makes much shorter.
fn lay_down(folder: &Path, count: u64) {
    let mut letters = String::new();
    for byte in noise(1 << 19) {
        write!(letters, "{byte:02x}").unwrap();
    }
    let mut file = BufWriter::new(File::create(folder.join("search-0.json")).unwrap());
    file.write_all(b"{\"objects\":[").unwrap();
    for id in 1..=count {
        let joint = if id == 1 { "" } else { "," };
        let from = usize::try_from(id).unwrap() * 1009 % (letters.len() - LETTERS);
        let text = &letters[from..from + LETTERS];
        write!(
            file,
            "{joint}\n{{\"_objecttype\":\"ort\",\"_mask\":\"ort__all_fields\",\"_system_object_id\":{id},\
             \"_global_object_id\":\"{id}@x\",\"_uuid\":\"u{id}\",\"_standard\":{{\"1\":{{\"text\":\
             {{\"de-DE\":\"Ort {id}\"}}}}}},\"ort\":{{\"_id\":{id},\"_version\":1,\"code\":\"O-{id}\",\
             \"name\":{{\"de-DE\":\"{text}\"}}}}}}"
        )
        .unwrap();
    }
    file.write_all(b"]}\n").unwrap();
    file.flush().unwrap();
}

/// The numbers of the objects in the XML below a folder, in order.
fn numbers(folder: &Path) -> Vec<u64> {
    let mut numbers = Vec::new();
    for path in below(folder) {
        let text = fs::read_to_string(&path).unwrap();
        // So far in stands what is told of objects themselves.
        let found = text.split("\n    <_system_object_id>").skip(1);
        let before = numbers.len();
        numbers.extend(found.map(|rest| rest.split_once('<').unwrap().0.parse::<u64>().unwrap()));
        assert!(text.len() > (numbers.len() - before) * LETTERS, "{}", path.display());
    }
    numbers.sort_unstable();
    numbers
}

/// Exports so many objects, and sees that all are there and told of; the most memory that the server has had by then,
/// in bytes.
async fn exports(served: &Served, count: u64) -> u64 {
    lay_down(&served.path("c"), count);
    let guest = Guest(served.api.clone());
    let objects = "/api/v1/event/list?type=EXPORT_OBJECT";
    let before = guest.0.get(&format!("{objects}&limit=1")).await.unwrap().body;
    let before = before["count"].as_u64().unwrap();
    let document = json!({"export": {"name": format!("{count} objects"), "search": {}, "xml": true,
        "merge_linked_objects": "all"}});
    let export = guest.puts(&document).await;
    let done = guest.sees_end(&export, 1).await;
    assert_eq!(done["_state"], "done", "{:#}", done["_log"]);
    assert_eq!(paths(&done).len() as u64, count.div_ceil(100));
    let log = done["_log"].to_string();
    assert!(log.len() < 16 << 10, "{log}");

    let (archive, unpacked) = (served.path("all.zip"), served.path(&format!("of-{count}")));
    guest.0.download(&format!("{export}/zip/"), &archive).await.unwrap();
    tool("unzip", ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), unpacked.as_os_str()]);
    assert!(numbers(&unpacked).into_iter().eq(1..=count), "not every object is there once");

    // What happened is written down once the end is, which is shown at once.
    let last = format!("{objects}&offset={}", before + count - 1000);
    let told = until("events of every object", DEADLINE, async || {
        let told = guest.0.get(&last).await?.body;
        Ok((told["count"] == before + count).then_some(told))
    })
    .await
    .unwrap();
    let told = told["objects"].as_array().unwrap().iter();
    let told: BTreeSet<u64> = told.map(|one| one["event"]["object_id"].as_u64().unwrap()).collect();
    assert_eq!(told.len(), 1000);
    assert!(told.iter().all(|id| (1..=count).contains(id)), "{told:?}");
    served.peak_memory_bytes()
}

#[tokio::test]
async fn more_than_a_hundred_thousand_objects_are_exported_in_the_memory_of_a_few() {
    let served = Served::start(
        "[easydb]\nsource = \"c\"\nproduct = \"easydb5\"\n\
         [sources.c]\nkind = \"easydb\"\npath = \"{folder}/c\"\n",
    )
    .await;
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    fs::create_dir(served.path("c")).unwrap();
    fs::copy(small.join("catalogue.json"), served.path("c/catalogue.json")).unwrap();
    let of_few = exports(&served, FEW).await;
    let of_many = exports(&served, MANY).await;
    assert!(of_many - of_few < ALLOWED, "{of_few} bytes for {FEW}, {of_many} for {MANY}");
}
