//! Exports asked for as IDAH's pages ask, made of a folder of datasets.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Api, IdahServer, IdahSigner, plugins_section, until, workspace, write_datasets};

use super::served::Served;

/// How long a job may take.
const DEADLINE: Duration = Duration::from_mins(3);

const SYNC: &str = "/api/v1/sync";

/// Two datasets: three entries of the first, of which two are completed, and one of the second.
fn lay_down(folder: &Path) {
    let dataset = |id: &str| {
        json!({"id": id, "project_id": "p", "name": id, "modality": "idah-image",
            "labeling_configuration": {"idah-image:bounding-box": {"values": [{"id": "boat"}, {"id": "crane"}]}}})
    };
    let entry = |id: &str, dataset: &str, status: &str| {
        let name = format!("{id}.png");
        json!({"id": id, "project_id": "p", "dataset_id": dataset, "name": name, "resource": id,
            "status": status})
    };
    let entries = vec![
        entry("e1", "harbour", "completed"),
        entry("e2", "harbour", "completed"),
        entry("e3", "harbour", "in_progress"),
        entry("e4", "street", "completed"),
    ];
    let annotation = |id: &str, entry: &str, category: &str| {
        json!({"id": id, "entry_id": entry, "annotation": {"category": category},
            "dimensions": {"type": "idah-image:bounding-box", "points": [[0.1, 0.2], [0.5, 0.6]]}})
    };
    let annotations = vec![
        annotation("a1", "e1", "boat"),
        annotation("a2", "e1", "crane"),
        annotation("a3", "e2", "boat"),
    ];
    let media = |entry: &Value| {
        json!({"id": format!("m-{}", entry["id"].as_str().unwrap()), "resource": entry["id"], "key": "",
            "filename": entry["name"], "mime_type": "image/png", "meta": {"width": 200, "height": 100}})
    };
    fs::create_dir(folder.join("media")).unwrap();
    for entry in &entries {
        let name = entry["name"].as_str().unwrap();
        fs::write(folder.join("media").join(name), format!("picture of {name}")).unwrap();
    }
    let datasets = vec![dataset("harbour"), dataset("street")];
    let medias = entries.iter().map(media).collect();
    write_datasets(folder, [datasets, entries, annotations, medias]).unwrap();
}

/// Asks for an export of the first dataset, and waits for its job; its id.
async fn exported(served: &Served, exporter: &str, options: &Value) -> String {
    let asked = json!({"project_id": "p", "dataset_ids": ["harbour"], "exporter": exporter, "options": options});
    completed(&served.api, &asked).await
}

/// Asks for an export, and waits for its job; its id.
async fn completed(api: &Api, asked: &Value) -> String {
    let made = api.post(&format!("{SYNC}/exports/export"), asked).await.unwrap();
    assert_eq!(made.status, 201, "{:#}", made.body);
    let id = made.body["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("{SYNC}/jobs/{id}");
    let job = until("end of the job", DEADLINE, async || {
        let job = api.get(&path).await?.body;
        let status = job["data"]["attributes"]["status"].as_str().unwrap_or_default();
        Ok(matches!(status, "completed" | "errored").then_some(job))
    });
    let job = job.await.unwrap();
    assert_eq!(job["data"]["attributes"]["status"], "completed", "{job:#}");
    assert_eq!(job["data"]["attributes"]["progress"], 1.0, "{job:#}");
    id
}

/// A server with these datasets, and more of its configuration.
async fn serving(datasets: &Path, more: &str) -> Served {
    let config = format!(
        "[sources.labels]\nkind = \"dataset\"\ndirectory = \"{}\"\n[idah]\nsource = \"labels\"\n{more}",
        datasets.display()
    );
    Served::start(&config).await
}

/// What an export tells of its file, and what is in it.
async fn fetched(served: &Served, id: &str) -> (Value, String) {
    let shown = served.api.get(&format!("{SYNC}/exports/{id}")).await.unwrap().body;
    let file = served.path("fetched");
    let url = shown["data"]["links"]["download"].as_str().unwrap();
    let len_bytes = served.api.download(url, &file).await.unwrap();
    assert_eq!(shown["data"]["attributes"]["size"], len_bytes);
    (shown["data"]["attributes"].clone(), fs::read_to_string(&file).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_are_exported_fetched_and_deleted_as_pages_of_idah_ask() {
    let datasets = tempfile::tempdir().unwrap();
    lay_down(datasets.path());
    let served = serving(datasets.path(), "").await;

    let coco = exported(&served, "Longshore::Coco", &json!({})).await;
    let files = served.unpacked(&format!("/v1/exports/{coco}"), 1).await;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["coco.json", "images/e1.png", "images/e2.png"]);
    let document: Value = serde_json::from_str(&files[0].1).unwrap();
    let count = |key: &str| document[key].as_array().unwrap().len();
    assert_eq!((count("images"), count("annotations"), count("categories")), (2, 3, 2));
    assert_eq!(document["images"][0]["file_name"], "images/e1.png");
    assert_eq!(files[1].1, "picture of e1.png");
    let shown = served.api.get(&format!("{SYNC}/exports/{coco}")).await.unwrap().body;
    assert_eq!(shown["data"]["attributes"]["mime_type"], "application/zip", "{shown:#}");

    let options = json!({"include_medias": "none", "completed_entries": false});
    let lines = exported(&served, "Longshore::Jsonl", &options).await;
    let (file, text) = fetched(&served, &lines).await;
    assert_eq!(file["filename"], "entries.jsonl", "{file:#}");
    let ids = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), ["e1", "e2", "e3"]);

    let deleted = served.api.delete(&format!("{SYNC}/jobs?status=completed")).await.unwrap();
    assert_eq!(deleted.body, json!({"meta": {"deleted": 2}}));
    let left = served.api.get(&format!("{SYNC}/jobs")).await.unwrap().body;
    assert_eq!(left["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exporter_of_a_plugin_is_run_as_pages_of_idah_ask() {
    let datasets = tempfile::tempdir().unwrap();
    lay_down(datasets.path());
    let exporter =
        "[idah.exporters.\"OneFile::Export\"]\nname = \"One file\"\nto = \"labels.json\"\n";
    let more = format!("{exporter}{}", plugins_section(&[workspace("examples/plugins")], ""));
    let served = serving(datasets.path(), &more).await;
    let formats = served.api.get(&format!("{SYNC}/exports/formats")).await.unwrap().body;
    let expected = json!({"name": "One file", "description": "", "exporter": "OneFile::Export"});
    assert_eq!(formats[0], expected, "{formats:#}");
    // Those that only lie in the folder are offered by their own words, each once, and for what they take.
    let listed = formats.as_array().unwrap().iter();
    let own = |format: &&Value| format["exporter"] == "FilePerDataset::Export";
    let dropped: Vec<&Value> = listed.filter(own).collect();
    assert_eq!(
        (dropped.len(), &dropped[0]["modalities"]),
        (1, &json!(["/\\Aidah-/"])),
        "{formats:#}"
    );
    let of_others = format!("{SYNC}/exports/formats?modalities[]=other");
    let of_others = served.api.get(&of_others).await.unwrap().body.to_string();
    assert!(of_others.contains("OneFile::Export"), "{of_others}");
    assert!(!of_others.contains("FilePerDataset::Export"), "{of_others}");
    exported(&served, "FilePerDataset::Export", &json!({})).await;
    let id = exported(&served, "OneFile::Export", &json!({})).await;
    let (file, text) = fetched(&served, &id).await;
    assert_eq!(
        (&file["filename"], &file["mime_type"]),
        (&json!("labels.json"), &json!("application/json"))
    );
    let trees: Value = serde_json::from_str(&text).unwrap();
    let count = |list: &Value| list.as_array().unwrap().len();
    assert_eq!((count(&trees), &trees[0]["id"]), (1, &json!("harbour")));
    let entries = &trees[0]["entries"];
    assert_eq!((count(entries), count(&entries[0]["annotations"])), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_a_deployment_export_what_they_may_see_there() {
    let folder = tempfile::tempdir().unwrap();
    lay_down(folder.path());
    let services = IdahServer::start(folder.path()).await.unwrap();
    let (signer, stranger) = (IdahSigner::new().unwrap(), IdahSigner::new().unwrap());
    let keys = folder.path().join("keys.pem");
    fs::write(&keys, signer.public().unwrap()).unwrap();
    let (ann, bob) = (signer.token(7).unwrap(), signer.token(8).unwrap());
    services.let_in(&ann, &["harbour"]);
    services.let_in(&bob, &["street"]);
    // Nobody but the deployment may say who somebody is, even where its services look at no signature.
    let forged = stranger.token(7).unwrap();
    services.let_in(&forged, &["harbour"]);
    let ended = signer.token(9).unwrap();
    let served = Served::start(&format!(
        "[addresses]\nallow = [\"{}\"]\n[idah]\nsource = \"labels\"\n\
         [sources.labels]\nkind = \"dataset\"\n[sources.labels.http]\nurl = \"{}/api/v1\"\n\
         rights = \"caller\"\ntoken_keys_file = \"{}\"\n",
        services.url.trim_start_matches("http://"),
        services.url,
        keys.display()
    ))
    .await;
    let (ann, bob) = (served.api.with_token(&ann), served.api.with_token(&bob));

    let asked = json!({"project_id": "p", "dataset_ids": ["street", "harbour"],
        "exporter": "Longshore::Jsonl",
        "options": {"include_medias": "none", "completed_entries": false}});
    for (api, user, dataset, ids) in
        [(&ann, "7", "harbour", vec!["e1", "e2", "e3"]), (&bob, "8", "street", vec!["e4"])]
    {
        let id = completed(api, &asked).await;
        let job = api.get(&format!("{SYNC}/jobs/{id}")).await.unwrap().body;
        let arguments = &job["data"]["attributes"]["arguments"];
        assert_eq!(arguments["dataset_ids"], json!([dataset]), "{job:#}");
        let shown = api.get(&format!("{SYNC}/exports/{id}")).await.unwrap().body;
        assert_eq!(shown["data"]["attributes"]["created_by_id"], user, "{shown:#}");
        let file = served.path(dataset);
        let url = shown["data"]["links"]["download"].as_str().unwrap();
        api.download(url, &file).await.unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let read = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
        assert_eq!(text.lines().map(read).collect::<Vec<_>>(), ids, "{text}");
    }
    // Entries of other datasets are not even asked for.
    let paths = services.asked();
    let entries = |path: &&String| path.starts_with("/api/v1/entries?");
    let is_narrowed = |path: &String| path.contains("filter%5Bdataset_id%5D=");
    assert!(paths.iter().filter(entries).count() > 0, "{paths:#?}");
    assert!(paths.iter().filter(entries).all(is_narrowed), "{paths:#?}");
    let jobs = async |api: &Api| api.get(&format!("{SYNC}/jobs")).await.unwrap().body;
    let (anns, bobs) = (jobs(&ann).await, jobs(&bob).await);
    assert_ne!(anns["data"][0]["id"], bobs["data"][0]["id"]);
    let path = format!("{SYNC}/jobs/{}", anns["data"][0]["id"].as_str().unwrap());
    assert_eq!(bob.get(&path).await.unwrap().status, 404);

    let mut others = asked.clone();
    others["dataset_ids"] = json!(["harbour"]);
    let export = format!("{SYNC}/exports/export");
    let refused = bob.post(&export, &others).await.unwrap();
    assert_eq!(
        (refused.status.as_u16(), &refused.body["errors"][0]["code"]),
        (403, &json!("forbidden"))
    );
    // A token of ours opens nothing of the deployment, and none that it does not know any more opens anything.
    for (token, code) in [
        (served.api.token().unwrap(), "signed_out"),
        (forged.as_str(), "unauthenticated"),
        (ended.as_str(), "unauthenticated"),
    ] {
        let refused = served.api.with_token(token).post(&export, &asked).await.unwrap();
        let told = (refused.status.as_u16(), &refused.body["errors"][0]["code"]);
        assert_eq!(told, (401, &json!(code)));
    }
}
