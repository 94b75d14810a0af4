//! Bags of every kind of archive, judged by the programs that read them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::bags::{valid, validator};
use super::super::bags_told::PROFILE;
use super::super::tool::tool;
use super::door::{Door, query};

/// What a bag can be packed with, and the end of its name then.
const ARCHIVERS: [&str; 5] = ["zip", "tgz", "tar", "bz2", "xz"];

/// Rows in two forms, packed.
fn request(door: &Door, bag: &Value) -> Value {
    let queries = [
        query("csv", "/entity/pnc:subject?limit=none", "subject"),
        query("json", "/entity/pnc:image_files?limit=none", "files"),
    ];
    json!({"bag": bag, "catalog": door.catalog(&queries)})
}

/// The file of a bag's archive.
async fn packed(door: &Door, archiver: &str, request: &Value) -> PathBuf {
    let bytes = door.exported("bdbag", request).await;
    let archive = door.path(&format!("subjects.{archiver}"));
    fs::write(&archive, bytes).unwrap();
    archive
}

/// The bag of an archive, unpacked beside it.
fn unpacked(archive: &Path) -> PathBuf {
    let folder = archive.with_extension("unpacked");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir(&folder).unwrap();
    let place = ["-C".as_ref(), folder.as_os_str()];
    tool("bsdtar", ["-xf".as_ref(), archive.as_os_str(), place[0], place[1]]);
    folder.join("subjects")
}

#[tokio::test(flavor = "multi_thread")]
async fn bags_of_every_archiver_are_valid_and_keep_to_the_profile_they_name() {
    let door = Door::open().await;
    let home = door.path("");
    let profile = door.path("profile.json");
    fs::write(&profile, PROFILE).unwrap();
    let profile = profile.to_str().unwrap();
    for archiver in ARCHIVERS {
        // Those of Chaise ask for MD5 alone, which the profile does not take.
        for algorithms in [json!([]), json!(["md5"])] {
            let keys = json!({"bag_name": "subjects", "bag_archiver": archiver,
                "bag_algorithms": algorithms});
            let archive = packed(&door, archiver, &request(&door, &keys)).await;
            let bag = unpacked(&archive);
            valid(&bag, &home);
            let object = fs::read(bag.join("metadata/manifest.json")).unwrap();
            let object: Value = serde_json::from_slice(&object).unwrap();
            assert_eq!(object["authoredBy"]["name"], "test1");
            assert_eq!(object["aggregates"][0]["retrievedBy"]["name"], "test1");
            let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
            let names_it = info.contains("BagIt-Profile-Identifier: ");
            let keeps_to_it = ["zip", "tgz", "tar"].contains(&archiver) && algorithms == json!([]);
            assert_eq!(names_it, keeps_to_it, "{archiver}, {algorithms}: {info}");
            if names_it {
                let archive = archive.to_str().unwrap();
                let how = ["--profile-path", profile, "--validate-profile", "full", archive];
                let said = validator("bdbag", &home, &how);
                let told = String::from_utf8_lossy(&said.stderr);
                assert!(said.status.success(), "{archive}: {told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_bag_is_the_same_bytes_twice() {
    let door = Door::open().await;
    for archiver in ARCHIVERS {
        let bag = json!({"bag_name": "subjects", "bag_archiver": archiver, "bag_idempotent": true});
        let request = request(&door, &bag);
        let first = door.exported("bdbag", &request).await;
        assert!(first == door.exported("bdbag", &request).await, "{archiver}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_a_bag_refers_to_are_fetched_by_whoever_has_it() {
    let door = Door::open().await;
    let path = "/attribute/pnc:image_files/!(uri::null::)/url:=uri,filename?limit=none";
    let request = json!({
        "bag": {"bag_name": "subjects"},
        "catalog": door.catalog(&[query("fetch", path, "assets")]),
    });
    let bag = unpacked(&packed(&door, "zip", &request).await);
    let fetch = fs::read_to_string(bag.join("fetch.txt")).unwrap();
    assert_eq!(fetch.lines().count(), 4, "{fetch}");
    assert!(fetch.contains(&format!("{}/hatrac/pnc/obj0", door.catalogue.url)), "{fetch}");
    let (home, text) = (door.path(""), bag.to_str().unwrap());
    let fetched = validator("bdbag", &home, &["--resolve-fetch", "all", text]);
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    valid(&bag, &home);
}

/// deriva-py lists such files by the address of the first and the digest of the last.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_name_that_a_bag_refers_to_keep_their_addresses_and_digests() {
    let door = Door::open().await;
    let path = "/attribute/pnc:image_files/!(uri::null::)/RID,url:=uri,length:=bytes,filename:=subject,\
        md5:=md5sum,sha256:=sha256sum?limit=none";
    let request = json!({
        "bag": {"bag_name": "subjects"},
        "catalog": door.catalog(&[query("fetch", path, "assets")]),
    });
    let bag = unpacked(&packed(&door, "zip", &request).await);
    let fetch = fs::read_to_string(bag.join("fetch.txt")).unwrap();
    for (object, name) in [("obj0", "S1"), ("obj1", "S1~2"), ("obj2", "S3"), ("obj3", "S3~2")] {
        let (object, name) = (format!("/hatrac/pnc/{object}:"), format!(" data/assets/{name}"));
        let is_it = |line: &str| line.contains(&object) && line.ends_with(&name);
        assert!(fetch.lines().any(is_it), "{object},{name}: {fetch}");
    }
    let (home, text) = (door.path(""), bag.to_str().unwrap());
    let renamed = fs::read_to_string(bag.join("data/renamed.jsonl")).unwrap();
    assert_eq!(renamed.lines().count(), 2, "{renamed}");
    let fetched = validator("bdbag", &home, &["--resolve-fetch", "all", text]);
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    valid(&bag, &home);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bag_of_queries_that_find_nothing_is_made_where_it_may_be_empty() {
    let door = Door::open().await;
    let queries = [query("csv", "/entity/pnc:empty_t?limit=none", "nothing")];
    let request = |is_strict: bool| {
        let bag = json!({"bag_name": "subjects", "bag_strict": is_strict});
        json!({"bag": bag, "catalog": door.catalog(&queries)})
    };
    let refused = door.ask("bdbag", &request(true)).await;
    assert_eq!(refused.status, 502, "{refused:?}");
    assert!(refused.body.contains("empty_bag"), "{refused:?}");
    let bag = unpacked(&packed(&door, "zip", &request(false)).await);
    valid(&bag, &door.path(""));
    let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
    assert!(info.contains("Payload-Oxum: 0.0\n"), "{info}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bag_is_made_of_no_query_that_makes_a_file_where_it_may_be_empty() {
    let door = Door::open().await;
    let home = door.path("");
    for queries in [vec![], vec![query("fetch", "/entity/pnc:empty_t?limit=none", "nothing")]] {
        let request = |is_strict: bool| {
            let bag = json!({"bag_name": "subjects", "bag_strict": is_strict});
            json!({"bag": bag, "catalog": door.catalog(&queries)})
        };
        let refused = door.ask("bdbag", &request(true)).await;
        assert_eq!(refused.status, 502, "{queries:?}: {refused:?}");
        let bag = unpacked(&packed(&door, "zip", &request(false)).await);
        valid(&bag, &home);
        let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
        assert!(info.contains("Payload-Oxum: 0.0\n"), "{queries:?}: {info}");
    }
}
