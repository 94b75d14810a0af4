//! Files that rows of a catalogue refer to: named in bags and in lists, or fetched; what rows do not tell of them,
//! their server does.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use serde_json::{Value, json};
use tests::{HatracObject, Trouble};

use super::ermrest::Deriva;

/// The files of the catalogue, by their addresses alone.
const ADDRESSES: &str = "/attribute/pnc:image_files/!(uri::null::)/RID,url:=uri";

/// All that the catalogue tells of them.
const TOLD: &str =
    "/attribute/pnc:image_files/!(uri::null::)/RID,url:=uri,length:=bytes,filename,md5:=md5sum";

/// The files: where they are, their lengths and sums, and what they are called.
const FILES: [(&str, u64, &str, &str); 4] = [
    ("obj0:FWC2GZSANUQG2KDRCODYM4ZNSE", 1000, "08b11122003b792ed8a8a6305b3d7b40", "one.bin"),
    (
        "obj1:O76DFNQ3BA2DALG3LC4TATDQLI",
        2_097_159,
        "02bd8e528f2897cb5690e26a350ddf42",
        "two words.bin",
    ),
    ("obj2:5VCDQAS6D6FJUJVPXVWTMFSKGY", 333, "fb92cd975fc40b634420c0ac94eba1f7", "três é.txt"),
    ("obj3:T52MMGMSU3ACCL26EWALG4GZHQ", 1, "524a50782178998021a88b8cd4c8dcd8", "tiny.bin"),
];

impl Deriva {
    /// A definition with one output, in a bag or in an archive.
    fn of_files(&self, output: &Value, packer: &Value, batch_size: u64) -> Value {
        let mut output = output.clone();
        output["from"] = json!("deriva");
        json!({
            "name": "Files", "batch_size": batch_size, "outputs": [output],
            "transports": [{"type": "download", "packer": packer}],
            "sources": {"deriva": self.source(&json!({}))},
        })
    }

    fn url(&self, place: &str) -> String {
        format!("{}/hatrac/pnc/{place}", self.asked.server.url)
    }

    /// How often the server was asked about a file, and not for it.
    fn heads(&self) -> usize {
        let asked = self.asked.server.asked();
        asked.iter().filter(|asked| asked.starts_with("HEAD /hatrac/")).count()
    }
}

fn remote(query: &str, more: &Value) -> Value {
    let mut assets = json!({"field": "url", "remote": {"ask": true}});
    assets.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    json!({"to": "files/", "query": query, "assets": assets})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rows_do_not_tell_of_a_file_its_server_does() {
    let deriva = Deriva::new().await;
    let server = &deriva.asked.server;
    server.guard_objects();
    let (fetch, manifest): (Vec<_>, Vec<_>) = FILES
        .iter()
        .map(|(place, len, md5, name)| {
            let fetch = format!("{} {len} data/files/{name}\n", deriva.url(place));
            (fetch, format!("{md5}  data/files/{name}\n"))
        })
        .unzip();
    let mut sums = BTreeSet::new();
    for batch_size in [1, 3, 100] {
        let before = deriva.heads();
        server.fail_next("/hatrac/", [Trouble::Status(503, None), Trouble::Status(429, Some(0))]);
        let bag = json!({"bag": {"algorithms": ["md5"]}});
        let definition = deriva.of_files(&remote(ADDRESSES, &json!({})), &bag, batch_size);
        let ask = deriva.desk.define(&definition).apart(&batch_size.to_string());
        let ran = ask.config(&deriva.addresses()).done().await;
        assert!(!ran.said.contains(&deriva.asked.token), "{}", ran.said);
        assert_eq!(ran.text("Files/fetch.txt"), fetch.concat());
        assert_eq!(ran.text("Files/manifest-md5.txt"), manifest.concat());
        assert_eq!(deriva.heads() - before, FILES.len() + 2);
        sums.insert(ran.sha256());
    }
    assert_eq!(sums.len(), 1, "the bags are not the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_tell_enough_are_written_without_asking_anybody() {
    let deriva = Deriva::new().await;
    let told = json!({"length": "length", "md5": "md5", "ask": true});
    let more = json!({"filename": "filename", "name": "assets/{_name}", "remote": told});
    let mut list = remote(TOLD, &more);
    list["to"] = json!("remote-files.json");
    list["format"] = json!("jsonl");
    let lines = FILES.map(|(place, len, md5, name)| {
        let url = deriva.url(place);
        let name = format!("assets/{name}");
        format!(
            "{{\"url\":\"{url}\",\"length\":{len},\"filename\":\"{name}\",\"md5\":\"{md5}\"}}\n"
        )
    });
    for batch_size in [1, 2, 100] {
        let definition = deriva.of_files(&list, &json!("zip"), batch_size);
        let ask = deriva.desk.define(&definition).apart(&batch_size.to_string());
        let ran = ask.config(&deriva.addresses()).done().await;
        assert_eq!(ran.text("remote-files.json"), lines.concat(), "batches of {batch_size}");
    }
    assert_eq!(deriva.heads(), 0);
    let mut asked = remote(ADDRESSES, &json!({}));
    (asked["to"], asked["format"]) = (json!("asked.json"), json!("jsonl"));
    let definition = deriva.of_files(&asked, &json!("none"), 100);
    let ran = deriva.desk.define(&definition).config(&deriva.addresses()).done().await;
    let tree = ran.result()["trees"][0]["path"].as_str().unwrap().to_owned();
    let text = fs::read_to_string(format!("{tree}/asked.json")).unwrap();
    let end = r#""length":1000,"filename":"one.bin","md5":"08b11122003b792ed8a8a6305b3d7b40","content_type":"application/octet-stream"}"#;
    assert!(text.lines().next().unwrap().ends_with(end), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_too_little_is_known_is_left_out_or_fails_the_run() {
    let deriva = Deriva::new().await;
    deriva.asked.server.put_object(HatracObject {
        path: format!("/hatrac/pnc/{}", FILES[3].0),
        filename: Some("{RID}/../tiny.bin".to_owned()),
        bytes: Bytes::from_static(b"x"),
        has_sha256: true,
    });
    let bag = |version: &str| json!({"bag": {"version": version, "algorithms": ["md5", "sha256"]}});
    let output = remote(ADDRESSES, &json!({}));
    let ask = |definition: &Value, name| {
        deriva.desk.define(definition).apart(name).config(&deriva.addresses())
    };
    let definition = deriva.of_files(&output, &bag("1.0"), 100);
    let failed = ask(&definition, "fail").run().await;
    assert_eq!(failed.code, 1, "{}", failed.said);
    assert_eq!(failed.result()["faults"][0]["code"], "asset_missing", "{}", failed.said);
    failed.assert_said(&["nobody tells its sha256", FILES[0].0]);
    let mut warned = definition;
    warned["on_error"] = json!("warn");
    let ran = ask(&warned, "warn").run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert_eq!(ran.result()["warnings"].as_array().unwrap().len(), 3, "{}", ran.said);
    let line = format!("{} 1 data/files/{{RID}}_.._tiny.bin\n", deriva.url(FILES[3].0));
    assert_eq!(ran.text("Files/fetch.txt"), line);

    let ran = ask(&deriva.of_files(&output, &bag("0.97"), 100), "old").done().await;
    let lines = |name: &str| ran.text(&format!("Files/{name}")).lines().count();
    let lines = ["fetch.txt", "manifest-md5.txt", "manifest-sha256.txt"].map(lines);
    // What was called otherwise is listed in a file of the bag.
    assert_eq!(lines, [4, 5, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_is_a_mistake_of_its_row() {
    let deriva = Deriva::new().await;
    let query = "/attribute/pnc:image_files/filename=nourl/RID,url:=filename";
    let output = remote(query, &json!({}));
    let bag = json!({"bag": {"algorithms": ["md5"]}});
    let definition = deriva.of_files(&output, &bag, 100);
    let ran = deriva.desk.define(&definition).config(&deriva.addresses()).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["asset_missing", "/nourl", "the server answers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_object_store_of_another_server_is_refused() {
    let deriva = Deriva::new().await;
    let row = json!({"uri": "https://elsewhere.example/hatrac/pnc/tiny:1"});
    let change = |catalog: &mut tests::Catalog| {
        catalog.update("pnc", "image_files", "20R", row.as_object().unwrap())
    };
    deriva.asked.server.change("7", change).unwrap();
    let told = remote(TOLD, &json!({"remote": {"length": "length", "md5": "md5"}}));
    let asked = remote(ADDRESSES, &json!({}));
    let mut fetched = remote(ADDRESSES, &json!({}));
    fetched["assets"].as_object_mut().unwrap().remove("remote");
    let bag = json!({"bag": {"algorithms": ["md5"]}});
    for (name, output, packer) in
        [("told", told, bag.clone()), ("asked", asked, bag), ("fetched", fetched, json!("zip"))]
    {
        let definition = deriva.of_files(&output, &packer, 100);
        let ask = deriva.desk.define(&definition).apart(name).config(&deriva.addresses());
        let ran = ask.run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        assert_eq!(ran.result()["faults"][0]["code"], "address_refused", "{}", ran.said);
        ran.assert_said(&["elsewhere.example", "of another server", "credentials_to"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_fetched_are_called_as_their_rows_or_their_server_say() {
    let deriva = Deriva::new().await;
    let fetched = |query: &str, more: &Value| {
        let mut assets = json!({"field": "url"});
        assets.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({"to": "files/", "query": query, "assets": assets})
    };
    let by_rows = fetched(TOLD, &json!({"filename": "filename"}));
    let by_server = fetched(ADDRESSES, &json!({"name": "{_stem}-{RID}.{_extension}"}));
    let names = |names: [&str; 4]| names.map(|name| format!("files/{name}"));
    for (name, output, expected) in [
        ("rows", by_rows, names(FILES.map(|(.., name)| name))),
        (
            "server",
            by_server,
            names(["one-20J.bin", "two words-20M.bin", "três é-20P.txt", "tiny-20R.bin"]),
        ),
    ] {
        let definition = deriva.of_files(&output, &json!("zip"), 2);
        let ask = deriva.desk.define(&definition).apart(name);
        let ran = ask.config(&deriva.addresses()).done().await;
        let found = ran.unpacked();
        for (path, (_, len, ..)) in expected.iter().zip(FILES) {
            assert_eq!(fs::metadata(found.join(path)).unwrap().len(), len, "{path}");
        }
    }
    assert_eq!(deriva.heads(), 0);
}
