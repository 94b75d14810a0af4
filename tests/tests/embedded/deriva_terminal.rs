//! Exports of Deriva from a terminal: configurations of deriva-download as they are, and the templates of tables.

mod credentials;
mod signed_out;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Namespace, Trouble, env, until};

use super::bags::validator;
use super::bags_told::PROFILE;
use super::desk::{Ask, Desk};
use super::ran::Ran;
use crate::ermrest::asked::Asked;
use crate::far_bucket::{bucket, fetched};

/// How long a request may take to come on a machine that has much else to do.
const DEADLINE: Duration = Duration::from_mins(1);

/// A server, and a desk with the cookie of one of its users.
struct Terminal {
    asked: Asked,
    desk: Desk,
    cookie: PathBuf,
}

impl Terminal {
    async fn new() -> Self {
        let (asked, desk) = (Asked::recorded().await, Desk::new());
        let cookie = desk.write("cookie", format!("{}\n", asked.token));
        Self { asked, desk, cookie }
    }

    /// Asks for a run of a configuration, of the server and as nobody.
    fn of_server(&self, configuration: &Value) -> Ask<'_> {
        self.desk.define(configuration).with(&format!("--host={}", self.asked.server.url))
    }

    /// The same, as the user.
    fn ask(&self, configuration: &Value) -> Ask<'_> {
        self.of_server(configuration).with(&format!("--cookie-file={}", self.cookie.display()))
    }

    /// Runs `export ermrest`, as the user.
    async fn export(&self, catalogue: &str, table: &str, more: &[&str]) -> Ran {
        let cookie = format!("--cookie-file={}", self.cookie.display());
        let data = format!("--data={}", self.desk.path("data").display());
        let out = format!("--output={}", self.desk.path("out").display());
        let url = self.asked.server.url.as_str();
        let named = ["export", "ermrest", url, catalogue, table, &cookie, &data, &out];
        let ran = self.desk.command(&[&named[..], more].concat()).await;
        assert!(!ran.said.contains(&self.asked.token), "{}", ran.said);
        ran
    }

    /// Where the server answers of the snapshot of now.
    async fn snapshot(&self) -> String {
        let cookie = self.asked.cookie();
        let told = self.asked.ask("GET", "/ermrest/catalog/7", &[("cookie", &cookie)]).await;
        let told: Value = serde_json::from_str(&told.text()).unwrap();
        format!("/ermrest/catalog/7@{}/", told["snaptime"].as_str().unwrap())
    }

    /// All subjects, as the server sends them of the snapshot of now.
    async fn subjects(&self) -> String {
        let view = self.asked.server.change("7", |catalog| Ok(catalog.snapshot())).unwrap();
        let uri = format!("/ermrest/catalog/7@{view}/entity/pnc:subject@sort(RID)?limit=none");
        let cookie = self.asked.cookie();
        let headers = [("cookie", cookie.as_str()), ("accept", "text/csv")];
        self.asked.ask("GET", &uri, &headers).await.text()
    }
}

/// A configuration that exports subjects of a catalogue.
fn subjects(bag: &Value) -> Value {
    let csv = json!({"processor": "csv", "processor_params": {
        "query_path": "/entity/pnc:{table}?limit=none", "output_path": "{table}"}});
    let catalog = json!({"catalog_id": "7", "query_processors": [csv]});
    let mut configuration = json!({"env": {"table": "subject"}, "catalog": catalog});
    if !bag.is_null() {
        configuration["bag"] = bag.clone();
    }
    configuration
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_of_deriva_download_runs_as_it_is() {
    let terminal = Terminal::new().await;
    let mut configuration = subjects(&json!({"bag_name": "b_{who}", "bag_archiver": "zip"}));
    let queries = configuration["catalog"]["query_processors"].as_array_mut().unwrap();
    queries[0]["processor_params"]["output_path"] = "{title}/{table}".into();
    queries.insert(
        0,
        json!({"processor": "env", "processor_params": {
            "query_path": "/entity/pnc:subject/RID=20A", "query_keys": ["title"]}}),
    );
    let ran = terminal.ask(&configuration).with("who=ann").done().await;
    assert!(ran.archive().ends_with("b_ann.zip"), "{}", ran.said);
    assert_eq!(ran.text("b_ann/data/Plain/subject.csv"), terminal.subjects().await);
    let object: Value = serde_json::from_str(&ran.text("b_ann/metadata/manifest.json")).unwrap();
    assert_eq!(object["authoredBy"]["name"], "test1");
    ran.assert_said(&["is asked without TLS"]);
    assert!(!ran.said.contains(&terminal.asked.token), "{}", ran.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bag_without_an_archiver_is_a_folder_and_files_without_a_bag_are_loose() {
    let terminal = Terminal::new().await;
    let expected = terminal.subjects().await;
    let told = async |bag: Value, name: &str| {
        let ran = terminal.ask(&subjects(&bag)).apart(name).done().await;
        let tree = ran.result()["trees"][0]["path"].as_str().map(PathBuf::from);
        tree.unwrap_or_else(|| panic!("no folder: {}", ran.said))
    };
    let bag = told(json!({"bag_name": "b"}), "bag").await;
    assert!(bag.ends_with("b") && bag.join("bagit.txt").is_file(), "{}", bag.display());
    assert_eq!(fs::read_to_string(bag.join("data/subject.csv")).unwrap(), expected);
    let profile = terminal.desk.write("profile.json", PROFILE);
    let profile = ["--profile-path", profile.to_str().unwrap(), "--validate-profile", "bag-only"];
    let arguments = [&profile[..], &[bag.to_str().unwrap()]].concat();
    let said = validator("bdbag", &terminal.desk.path(""), &arguments);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let loose = told(Value::Null, "loose").await;
    assert_eq!(fs::read_to_string(loose.join("subject.csv")).unwrap(), expected);
    assert!(!loose.join("bagit.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_comes_to_a_bucket_of_the_configuration_besides() {
    let (terminal, server) = (Terminal::new().await, env::s3().unwrap());
    let prefix = Namespace::new().name().to_owned();
    let secret = terminal.desk.write("secret", &server.secret_key);
    let config = bucket(&server, &prefix, &secret);
    let mut configuration = subjects(&json!({"bag_name": "b", "bag_archiver": "zip"}));
    let brought_to = |folder: &str| {
        let params = json!({"target_url": format!("s3://{folder}/bags"), "overwrite": true});
        json!([{"processor": "cloud_upload", "processor_params": params}])
    };
    configuration["post_processors"] = brought_to(&format!("{}/{prefix}", server.bucket));
    let ran = terminal.ask(&configuration).config(&config).done().await;
    ran.assert_said(&["the result is brought to s3://"]);
    let there = fetched(&server, &prefix, &terminal.desk.path("there")).await;
    assert_eq!(there.keys().collect::<Vec<_>>(), ["bags/b.zip"]);
    let brought = fs::read(terminal.desk.path("there/bags/b.zip")).unwrap();
    assert_eq!(brought, fs::read(ran.archive()).unwrap());
    configuration["post_processors"] = brought_to("another");
    let refused = terminal.ask(&configuration).apart("refused").config(&config).run().await;
    assert_eq!(refused.code, 2, "{}", refused.said);
    refused.assert_said(&["/post_processors/0/processor_params/target_url", "unknown_target"]);
    refused.assert_nothing_made();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_killed_goes_on_with_the_snapshot_it_began_with() {
    let terminal = Terminal::new().await;
    let (server, before) = (&terminal.asked.server, terminal.subjects().await);
    let path = terminal.snapshot().await;
    server.fail_next(&path, [Trouble::Never]);
    let asked = server.count(&path);
    let configuration = subjects(&json!({"bag_name": "b", "bag_archiver": "zip"}));
    let ask = terminal.ask(&configuration);
    let under = ask.start();
    until("query", DEADLINE, async || Ok((server.count(&path) > asked).then_some(())))
        .await
        .unwrap();
    under.killed().await;
    server.change("7", |catalog| catalog.delete("pnc", "subject", "20A")).unwrap();
    let ran = ask.done().await;
    ran.assert_said(&["going on with the run that was cut off"]);
    assert_eq!(ran.text("b/data/subject.csv"), before);
    let later = terminal.ask(&configuration).apart("later").done().await;
    assert_eq!(later.text("b/data/subject.csv"), terminal.subjects().await);
    // What has ended is not gone on with.
    let again = ask.done().await;
    assert_eq!(again.text("b/data/subject.csv"), terminal.subjects().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_session_ended_goes_on_with_the_next_one_and_its_snapshot() {
    let terminal = Terminal::new().await;
    let (server, before) = (&terminal.asked.server, terminal.subjects().await);
    server.fail_next(&terminal.snapshot().await, [Trouble::Expired]);
    let configuration = subjects(&json!({"bag_name": "b", "bag_archiver": "zip"}));
    let ask = terminal.ask(&configuration);
    let ended = ask.run().await;
    assert_eq!(ended.code, 1, "{}", ended.said);
    assert_eq!(ended.result()["faults"][0]["code"], "signed_out", "{}", ended.said);
    ended.assert_said(&["put a new one there, and retry the run"]);
    server.change("7", |catalog| catalog.delete("pnc", "subject", "20A")).unwrap();
    terminal.desk.write("cookie", server.sign_in("test1"));
    let ran = ask.done().await;
    ran.assert_said(&["going on with the run that failed"]);
    assert_eq!(ran.text("b/data/subject.csv"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_may_not_ask_for_is_told_before_anything_is_asked() {
    let terminal = Terminal::new().await;
    let url = terminal.asked.server.url.clone();
    let refused = async |configuration: &Value, said: &[&str]| {
        let ran = terminal.desk.define(configuration).run().await;
        assert_eq!(ran.code, 2, "{}", ran.said);
        ran.assert_said(said);
        ran.assert_nothing_made();
    };
    let mut configuration = subjects(&Value::Null);
    refused(&configuration, &["/catalog/host", "is missing"]).await;
    configuration["catalog"]["host"] = url.into();
    refused(&configuration, &["address_refused", "addresses"]).await;
    configuration["transform_processors"] = json!([{"processor": "geo", "processor_params": {
        "input_paths": ["subject.csv"], "output_path": "geo.xlsx"}}]);
    refused(&configuration, &["/transform_processors/0", "workbooks for GEO"]).await;
    configuration.as_object_mut().unwrap().remove("transform_processors");
    configuration["post_processors"] =
        json!([{"processor": "url_rewrite", "processor_params": {"remote_path": "x"}}]);
    refused(&configuration, &["/post_processors", "not_configured"]).await;
    assert_eq!(terminal.asked.server.asked(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_of_a_table_are_listed_with_what_is_wrong_with_others() {
    let terminal = Terminal::new().await;
    let listed =
        terminal.export("8", "export_table_annot_schema:main", &["--list", "--json"]).await;
    let listed = listed.result();
    let templates = listed["templates"].as_array().unwrap().iter();
    let told: Vec<_> = templates.map(|one| (&one["displayname"], &one["type"])).collect();
    let expected =
        [("BDBag", "BAG"), ("BDBag CSV", "FILE"), ("BDBag JSON", "FILE"), ("CSV", "FILE")];
    let expected = expected.map(|(name, kind)| (json!(name), json!(kind)));
    assert_eq!(told, expected.each_ref().map(|(name, kind)| (name, kind)));
    let shown = terminal.export("8", "export_table_annot_schema:invalid_temp", &["--list"]).await;
    assert_eq!(shown.code, 0, "{}", shown.said);
    shown.assert_said(&["left out: table export_table_annot_schema:invalid_temp: "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_run_for_the_rows_of_a_path() {
    let terminal = Terminal::new().await;
    let more = ["--path=RID=20J", "--json", "--workers=2"];
    let ran = terminal.export("7", "pnc:image_files", &more).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(ran.archive().ends_with("image_files.zip"), "{}", ran.said);
    let rows = ran.text("image_files/data/image_files.csv");
    assert_eq!(rows.lines().count(), 2, "{rows}");
    assert!(rows.contains("20J"), "{rows}");
    let references = ran.text("image_files/fetch.txt");
    assert!(references.contains("/hatrac/") && references.lines().count() == 1, "{references}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_run_says_what_can() {
    let terminal = Terminal::new().await;
    let refused = async |catalogue: &str, table: &str, more: &[&str], said: &[&str]| {
        let ran = terminal.export(catalogue, table, more).await;
        assert_eq!(ran.code, 2, "{}", ran.said);
        ran.assert_said(said);
        ran.assert_nothing_made();
    };
    let several = "name one of BDBag, BDBag CSV, BDBag JSON, CSV";
    let main = "export_table_annot_schema:main";
    refused("8", main, &[], &["there are several templates", several]).await;
    refused("8", main, &["--template=Other"], &["no template \"Other\"", several]).await;
    refused("7", "pnc:nothing", &[], &["shows no table \"pnc:nothing\""]).await;
    refused("7", "subject", &[], &["names no table"]).await;
    let definition =
        json!({"name": "A", "outputs": [{"to": "a.csv", "from": "a", "format": "csv"}]});
    let ran = terminal.desk.define(&definition).with("who=ann").run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["KEY=VALUE", "the file is a definition"]);
}
