//! Every request whose answer by deriva-web was recorded, sent to Longshore: statuses, headers and files are the
//! same, or `docs/deriva.md` says why they are not.

mod recorded;
mod seen;
mod differences;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use self::differences::DIFFERENCES;
use self::recorded::Recorded;
use super::door::Door;

/// Where the manual says what differs.
const CHAPTER: &str = "## What differs from deriva-web, and why";

/// The cases that the manual names, each in the first column of a table.
fn told() -> BTreeSet<String> {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/deriva.md");
    let manual = fs::read_to_string(manual).unwrap();
    let (_, chapter) = manual.split_once(CHAPTER).unwrap();
    let (chapter, _) = chapter.split_once("\nIn all of them:").unwrap();
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split_once('`').unwrap().0.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_request_is_answered_as_deriva_web_did_or_as_the_manual_says() {
    let door = Door::open().await;
    // deriva-web read no snapshot.
    door.catalogue.change("7", |catalog| catalog.remember_exactly("pnc", "subject")).unwrap();
    let recorded = Recorded::read(&door.path("recorded"));
    let mut wrong = Vec::new();
    for case in &recorded.cases {
        let theirs = case.theirs();
        let ours = case.ours(&door).await;
        let difference = DIFFERENCES.iter().find(|one| one.case == case.name);
        let is_right = match difference {
            None => ours == theirs,
            Some(difference) => ours != theirs && difference.is(&ours),
        };
        if !is_right {
            let listed = if difference.is_some() { ", where another answer is due" } else { "" };
            wrong.push(format!("{}{listed}: {ours:#?}\ninstead of {theirs:#?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n\n"), door.log());
    assert_eq!(recorded.cases.len(), 34);
}

#[test]
fn the_manual_names_every_case_that_differs_and_no_other() {
    let listed = DIFFERENCES.iter().map(|difference| difference.case.to_owned());
    let listed: BTreeSet<String> = listed.collect();
    assert_eq!(told(), listed);
}
