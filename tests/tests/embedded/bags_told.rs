//! What bags say besides their files: of which version they are, by which profile, who made them, and where
//! their files are from; judged by the validators that people use.

use std::collections::HashSet;
use std::fs;

use serde_json::{Value, json};

use super::bags::{bags, remote, unpacked, valid, validator, with_remote};
use super::desk::{Desk, below};

#[tokio::test]
async fn manifests_of_the_older_version_list_what_is_known() {
    let desk = Desk::new();
    let _site = remote(&desk);
    let bag = json!({"version": "0.97", "algorithms": ["md5", "sha256"]});
    let mut definition = with_remote(&bags(&bag));
    definition["outputs"][1]["assets"]["remote"] = json!({"length": "bytes", "md5": "md5"});
    let ran = desk.define(&definition).done().await;
    for bag in unpacked(&ran, "Remote") {
        let read = |name: &str| fs::read_to_string(bag.join(name)).unwrap();
        assert!(read("bagit.txt").starts_with("BagIt-Version: 0.97\n"));
        // The table, the list of what is called otherwise, and what stays where it is.
        assert_eq!(read("manifest-md5.txt").lines().count(), 2 + 4);
        let known = read("manifest-sha256.txt");
        assert!(known.contains("  data/airlines.csv\n") && known.lines().count() == 2, "{known}");
        let text = bag.to_str().unwrap();
        let fetched = validator("bdbag", &desk.path(""), &["--resolve-fetch", "all", text]);
        assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
        valid(&bag, &desk.path(""));
    }
}

/// All that a bag can say besides its files.
fn told() -> Value {
    json!({
        "version": "0.97",
        "algorithms": ["md5", "sha256"],
        "info": {"Contact-Name": "Ann", "Bagging-Time": "10:00:00 UTC", "Bag-Software-Agent": "Longshore"},
        "sorted": true,
        "date": "2026-02-03",
        "strict": true,
        "research_object": {
            "author": {"name": "Ann", "orcid": "https://orcid.org/0000-0002-1825-0097"},
            "authored_on": "2026-02-03T10:00:00+00:00",
            "retrieved_by": {"name": "ann"},
            "retrieved_on": "2026-02-03T09:00:00+00:00",
            "retrieved_from": {"airlines.csv": "https://example.org/airlines"},
        },
    })
}

#[tokio::test]
async fn a_bag_that_is_a_research_object_says_where_its_files_are_from() {
    let desk = Desk::new();
    let site = remote(&desk);
    let ran = desk.define(&with_remote(&bags(&told()))).done().await;
    let mut objects = Vec::new();
    for bag in unpacked(&ran, "Remote") {
        let read = |name: &str| fs::read_to_string(bag.join(name)).unwrap();
        let info = read("bag-info.txt");
        let labels: Vec<&str> = info.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert!(labels.is_sorted() && labels.len() == 5, "{info}");
        for algorithm in ["md5", "sha256"] {
            let tags = read(&format!("tagmanifest-{algorithm}.txt"));
            assert!(tags.contains("  metadata/manifest.json\n"), "{tags}");
        }
        objects.push(read("metadata/manifest.json"));
        let text = bag.to_str().unwrap();
        let fetched = validator("bdbag", &desk.path(""), &["--resolve-fetch", "all", text]);
        assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
        valid(&bag, &desk.path(""));
    }
    assert!(objects.iter().all(|object| *object == objects[0]), "{objects:?}");
    let object: Value = serde_json::from_str(&objects[0]).unwrap();
    let aggregates = object["aggregates"].as_array().unwrap();
    // The table, the list of what is called otherwise, and what stays where it is.
    assert_eq!(aggregates.len(), 2 + 4);
    assert_eq!(aggregates[0]["uri"], "../data/airlines.csv");
    assert_eq!(aggregates[0]["retrievedFrom"], "https://example.org/airlines");
    assert_eq!(aggregates[0]["mediatype"], "text/csv");
    assert_eq!(aggregates[2]["uri"], site.url("a/photo.jpg"));
    assert_eq!(aggregates[2]["bundledAs"]["folder"], "../data/media");
    let ids: HashSet<&str> =
        aggregates.iter().map(|file| file["bundledAs"]["uri"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), aggregates.len());
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
    assert_eq!(object["authoredBy"]["name"], "Ann");
}

#[tokio::test]
async fn a_bag_that_must_not_be_empty_fails_the_run_where_it_is() {
    let desk = Desk::new();
    let mut definition = with_remote(&[]);
    definition["outputs"].as_array_mut().unwrap().remove(0);
    desk.write("images.jsonl", "");
    for archive in ["zip", "tar_xz", "none"] {
        let bag = |strict: bool| json!({"bag": {"archive": archive, "algorithms": ["md5"], "strict": strict}});
        definition["transports"] = json!([{"type": "download", "packer": bag(true)}]);
        let ran = desk.define(&definition).apart(&format!("strict-{archive}")).run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        ran.assert_said(&["empty_bag"]);
        definition["transports"] = json!([{"type": "download", "packer": bag(false)}]);
        desk.define(&definition).apart(&format!("any-{archive}")).done().await;
    }
}

/// What the profile asks for, as its authors publish it.
pub(super) const PROFILE: &str = r#"{
    "BagIt-Profile-Info": {
        "BagIt-Profile-Identifier": "https://raw.githubusercontent.com/fair-research/bdbag/master/profiles/bdbag-profile.json",
        "Source-Organization": "", "External-Description": "", "Version": "1.0", "BagIt-Profile-Version": "1.1.0"
    },
    "Bag-Info": {"Payload-Oxum": {"required": true}, "BagIt-Profile-Identifier": {"required": true}},
    "Manifests-Required": ["md5"],
    "Tag-Manifests-Required": ["md5", "sha256"],
    "Allow-Fetch.txt": true,
    "Serialization": "optional",
    "Accept-Serialization": ["application/zip", "application/tar", "application/x-tar", "application/x-tar+gzip",
        "application/x-gzip", "application/gzip", "application/x-gtar", "application/x-tgz"],
    "Accept-BagIt-Version": ["0.96", "0.97", "1.0"]
}"#;

#[tokio::test]
async fn bags_of_the_profile_keep_to_it() {
    let desk = Desk::new();
    let profile = desk.write("profile.json", PROFILE);
    let plain = json!({"algorithms": ["md5", "sha256"]});
    let archives = [plain, told()].map(|bag| {
        ["zip", "tar", "tar_gz", "none"].map(|archive| {
            let mut bag = bag.clone();
            bag["archive"] = json!(archive);
            bag["profile"] = json!("bdbag");
            json!({"type": "download", "packer": {"bag": bag}})
        })
    });
    let mut definition = with_remote(&archives.concat());
    definition["outputs"].as_array_mut().unwrap().pop();
    let ran = desk.define(&definition).done().await;
    let home = desk.path("");
    for bag in unpacked(&ran, "Remote") {
        let text = bag.to_str().unwrap();
        let arguments =
            ["--profile-path", profile.to_str().unwrap(), "--validate-profile", "bag-only"];
        let said = validator("bdbag", &home, &[&arguments[..], &[text]].concat());
        assert!(said.status.success(), "{text}: {}", String::from_utf8_lossy(&said.stderr));
    }
    for archive in ran.result()["archives"].as_array().unwrap() {
        let archive = archive["path"].as_str().unwrap();
        let said = validator("bdbag", &home, &["--validate", "full", archive]);
        assert!(said.status.success(), "{archive}: {}", String::from_utf8_lossy(&said.stderr));
    }
    assert!(below(&ran.out).len() > 3);
}

#[tokio::test]
async fn bags_in_archives_that_the_profile_does_not_know_are_valid_all_the_same() {
    let desk = Desk::new();
    let archives = ["tar_bz2", "tar_xz"].map(|archive| {
        let mut bag = told();
        bag["archive"] = json!(archive);
        json!({"type": "download", "packer": {"bag": bag}})
    });
    let mut definition = with_remote(&archives);
    definition["outputs"].as_array_mut().unwrap().pop();
    let ran = desk.define(&definition).done().await;
    for archive in ran.result()["archives"].as_array().unwrap() {
        let archive = archive["path"].as_str().unwrap();
        let said = validator("bdbag", &desk.path(""), &["--validate", "full", archive]);
        assert!(said.status.success(), "{archive}: {}", String::from_utf8_lossy(&said.stderr));
    }
}
