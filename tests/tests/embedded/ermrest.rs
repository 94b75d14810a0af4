//! A catalogue of Deriva, exported while its server fails and its rows change: what comes out is what the snapshot
//! has that the run began with.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tests::{Trouble, sha256};

use super::desk::{Desk, below};
use super::ran::Ran;
use crate::ermrest::asked::Asked;

/// A server, and a desk with the secret of one of its users.
pub(super) struct Deriva {
    pub(super) asked: Asked,
    pub(super) desk: Desk,
}

impl Deriva {
    pub(super) async fn new() -> Self {
        let (asked, desk) = (Asked::recorded().await, Desk::new());
        desk.write("cookie", format!("{}\n", asked.token));
        Self { asked, desk }
    }

    /// What lets sources ask the server.
    pub(super) fn addresses(&self) -> String {
        let (_, address) = self.asked.server.url.split_once("//").unwrap();
        format!("[addresses]\nallow = [\"{address}\"]\n")
    }

    /// A source with more or other keys.
    pub(super) fn source(&self, more: &Value) -> Value {
        let mut source = json!({"kind": "ermrest", "url": self.asked.server.url, "catalog": "7",
            "cookie_file": "cookie", "page_size": 3});
        source.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        source
    }

    /// Rows, groups, numbers and files of the catalogue.
    fn definition(&self, batch_size: u64) -> Value {
        json!({
            "name": "Subjects",
            "batch_size": batch_size,
            "outputs": [
                {"to": "subjects.csv", "from": "deriva", "format": "csv",
                 "select": {"fields": ["RID", "title"]}},
                {"to": "subjects.jsonl", "from": "deriva", "format": "jsonl"},
                {"to": "files.jsonl", "from": "deriva", "format": "jsonl",
                 "query": "/attribute/pnc:image_files/!(uri::null::)/url:=uri,length:=bytes"},
                {"to": "groups.jsonl", "from": "deriva", "format": "jsonl",
                 "query": "/attributegroup/pnc:image_files/subject;n:=cnt(*)"},
                {"to": "count.json", "from": "deriva", "format": "json",
                 "query": "/aggregate/pnc:subject/n:=cnt(*),m:=max(age)"},
                {"to": "files/", "from": "deriva", "query": "/entity/pnc:image_files/!(uri::null::)",
                 "assets": {"field": "uri", "name": "{RID}.bin"}},
            ],
            "sources": {"deriva": self.source(&json!({"query": "/entity/pnc:subject"}))},
        })
    }
}

fn lines(ran: &Ran, file: &str) -> Vec<Value> {
    ran.text(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_gives_the_same_files_in_batches_of_any_size_whatever_fails() {
    let deriva = Deriva::new().await;
    let server = &deriva.asked.server;
    server.guard_objects();
    let mut contents = BTreeSet::new();
    for batch_size in [1, 2, 3, 100] {
        let troubles = [Trouble::Status(503, None), Trouble::Half, Trouble::Cut];
        for (nth, trouble) in (3..).zip(troubles) {
            server.fail_nth("/ermrest/catalog/7@", nth, trouble);
        }
        server.fail_next("/hatrac/", [Trouble::Half, Trouble::Status(503, Some(1))]);
        let ask = deriva.desk.define(&deriva.definition(batch_size)).apart(&batch_size.to_string());
        let ran = ask.config(&deriva.addresses()).done().await;
        assert!(!ran.said.contains(&deriva.asked.token), "{}", ran.said);
        let unpacked = ran.unpacked();
        let mut files = below(&unpacked);
        files.sort();
        let told = files
            .iter()
            .map(|file| (file.strip_prefix(&unpacked).unwrap().to_owned(), sha256(file).unwrap()));
        contents.insert(told.collect::<Vec<_>>());
        if batch_size > 1 {
            continue;
        }
        let csv = ran.text("subjects.csv");
        assert!(csv.starts_with("RID,title\r\n20A,Plain\r\n"), "{csv}");
        assert!(csv.contains("20E,\"line1\nline2\r\nline3\"\r\n"), "{csv}");
        let rows = lines(&ran, "subjects.jsonl");
        assert_eq!((rows.len(), &rows[0]["meta"]["k"]), (4, &json!([1, 2, null])));
        assert_eq!(lines(&ran, "files.jsonl").len(), 4);
        let groups = lines(&ran, "groups.jsonl");
        assert_eq!(groups, [json!({"subject": "S1", "n": 3}), json!({"subject": "S3", "n": 2})]);
        let count: Value = serde_json::from_str(&ran.text("count.json")).unwrap();
        assert_eq!(count, json!([{"n": 4, "m": 2_147_483_647}]));
        assert_eq!(fs::metadata(ran.unpacked().join("files/20J.bin")).unwrap().len(), 1000);
    }
    assert_eq!(contents.len(), 1, "the files are not the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_goes_on_with_its_snapshot() {
    let deriva = Deriva::new().await;
    let server = &deriva.asked.server;
    server.change("7", |catalog| catalog.make("pnc", "big", 600)).unwrap();
    let definition = json!({
        "name": "Rows", "batch_size": 10,
        "outputs": [
            {"to": "big.jsonl", "from": "deriva", "query": "/entity/pnc:big", "format": "jsonl"},
            {"to": "subjects.jsonl", "from": "deriva", "query": "/entity/pnc:subject", "format": "jsonl"},
        ],
        "sources": {"deriva": deriva.source(&json!({"per_second": 40, "page_size": 1000}))},
    });
    let ask = |name| deriva.desk.define(&definition).apart(name).config(&deriva.addresses());
    let undisturbed = ask("undisturbed").done().await;
    assert_eq!(lines(&undisturbed, "big.jsonl").len(), 600);
    let killed = ask("killed");
    let mut under = killed.start();
    under.is_amid(&deriva.desk.path("killed/data"), 3).await;
    under.killed().await;
    server.change("7", |catalog| catalog.delete("pnc", "subject", "20A")).unwrap();
    let ran = killed.done().await;
    ran.assert_said(&["going on with the run that was cut off"]);
    assert_eq!(ran.sha256(), undisturbed.sha256());
    let later = ask("later").done().await;
    assert_eq!(lines(&later, "subjects.jsonl").len(), 3);
    assert_ne!(sha256(&later.archive()).unwrap(), ran.sha256());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_fails_the_run_and_tells_which_file_to_renew() {
    let deriva = Deriva::new().await;
    let definition = json!({
        "name": "Clients",
        "outputs": [{"to": "clients.csv", "from": "deriva", "format": "csv",
            "query": "/entity/public:ERMrest_Client"}],
        "sources": {"deriva": deriva.source(&json!({"catalog": "8"}))},
    });
    let ask = |name| deriva.desk.define(&definition).apart(name).config(&deriva.addresses());
    deriva.asked.server.end_session(&deriva.asked.token);
    let ran = ask("ended").run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.result()["faults"][0]["code"], "signed_out", "{}", ran.said);
    ran.assert_said(&["cookie no longer opens", "put a new one there, and retry the run"]);
    assert!(!ran.said.contains(&deriva.asked.token), "{}", ran.said);
    ran.assert_nothing_made();
    deriva.desk.write("cookie", deriva.asked.server.sign_in("test1"));
    ask("renewed").done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_for_sources_that_have_queries_to_choose_from() {
    let deriva = Deriva::new().await;
    deriva.desk.write("a.jsonl", "{\"a\": 1}\n");
    let output = json!({"to": "a.csv", "from": "a", "query": "/entity/a:b", "format": "csv"});
    let definition = json!({"name": "A", "outputs": [output],
        "sources": {"a": {"kind": "jsonl", "path": "a.jsonl"}}});
    let ran = deriva.desk.define(&definition).run().await;
    ran.assert_said(&["has no queries to choose from", "/outputs/0/query"]);
    let mut definition = definition;
    definition["sources"] = json!({"a": deriva.source(&json!({}))});
    definition["outputs"][0].as_object_mut().unwrap().remove("query");
    let ran = deriva.desk.define(&definition).config(&deriva.addresses()).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["neither the output nor the source says what is read"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_listed_tested_and_looked_into() {
    let deriva = Deriva::new().await;
    let (cookie, url) = (deriva.desk.path("cookie"), &deriva.asked.server.url);
    let config = format!(
        "{}\n[sources.all]\nkind = \"ermrest\"\nurl = \"{url}\"\ncatalog = \"7\"\ncookie_file = {cookie:?}\n\
         [sources.subjects]\nkind = \"ermrest\"\nurl = \"{url}\"\ncatalog = \"7\"\ncookie_file = {cookie:?}\n\
         query = \"/entity/pnc:subject\"\n",
        deriva.addresses()
    );
    let config = format!("--config={}", deriva.desk.write("sources.toml", config).display());
    let told = async |arguments: &[&str]| {
        let ran =
            deriva.desk.command(&[&[config.as_str(), "sources"][..], arguments].concat()).await;
        assert_eq!(ran.code, 0, "{}", ran.said);
        assert!(!ran.said.contains(&deriva.asked.token), "{}", ran.said);
        ran
    };
    let listed = told(&["list"]).await;
    listed.assert_said(&["ermrest", "catalogue 7", "/entity/pnc:subject"]);
    let tested = told(&["test"]).await;
    tested.assert_said(&["all (ermrest): good, 7 tables", "good, 4 records, 15 fields, 1 batches"]);
    told(&["show", "all"]).await.assert_said(&["pnc:image_files", "public:ERMrest_Client"]);
    told(&["show", "subjects"]).await.assert_said(&["about 4 records", "note: a/b", "Plain"]);
    let peeked = told(&["show", "all", "pnc:image_files", "--json"]).await.result();
    assert_eq!(
        (&peeked["fields"][0]["name"], &peeked["first"][0]["RID"]),
        (&json!("RID"), &json!("20J"))
    );
}
