//! The export templates of tables, as the service lists and runs them, with the rights of whoever asks.

use std::io::{Cursor, Read};

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use zip::ZipArchive;

use super::served::Served;
use crate::ermrest::asked::Asked;

/// Where templates are.
const TEMPLATES: &str = "deriva/export/templates";

/// A service for two catalogues of a server.
struct Service {
    asked: Asked,
    served: Served,
    client: Client,
}

impl Service {
    async fn new() -> Self {
        let asked = Asked::recorded().await;
        let url = &asked.server.url;
        let address = url.trim_start_matches("http://");
        let source = |name: &str, id: &str| {
            format!(
                "[sources.{name}]\nkind = \"ermrest\"\nurl = \"{url}\"\ncatalog = \"{id}\"\nrights = \"caller\"\n"
            )
        };
        let config = format!(
            "[addresses]\nallow = [\"{address}\"]\n{}{}[deriva]\nsources = [\"pnc\", \"annotated\"]\n",
            source("pnc", "7"),
            source("annotated", "8"),
        );
        let served = Served::start(&config).await;
        Self { asked, served, client: Client::new() }
    }

    /// Asks for something of templates, as the user.
    async fn ask(&self, method: Method, path: &str, body: &str) -> Response {
        let url = format!("{}{TEMPLATES}/{path}", self.served.url);
        let request = self.client.request(method, url).header("cookie", self.asked.cookie());
        request.body(body.to_owned()).send().await.unwrap()
    }

    async fn list(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, "").await;
        assert_eq!(answer.status(), 200, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// Runs a template; the address of its result.
    async fn run(&self, path: &str, body: &Value) -> String {
        let answer = self.ask(Method::POST, path, &body.to_string()).await;
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 201, "{path}: {text}");
        text
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_listed_by_context_with_what_is_wrong_with_others() {
    let service = Service::new().await;
    let names = async |path: &str| {
        let listed = service.list(path).await;
        let templates = listed["templates"].as_array().unwrap().iter();
        templates.map(|one| one["displayname"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let main = "8/export_table_annot_schema:main";
    assert_eq!(names(main).await, ["BDBag", "BDBag CSV", "BDBag JSON", "CSV"]);
    assert_eq!(names("7/pnc:big?context=compact").await, ["CSV"]);
    assert_eq!(names("7/pnc:image_files?context=detailed").await, ["BDBag", "CSV"]);
    let invalid = service.list("8/export_table_annot_schema:invalid_temp").await;
    let dropped = invalid["dropped"].as_array().unwrap();
    assert!(!dropped.is_empty(), "{invalid:#}");
    for one in dropped {
        assert!(one["reason"].is_string() && one["hint"].is_string(), "{one:#}");
    }
    // Each snapshot of a catalogue is described once.
    let described = service.asked.server.count("/ermrest/catalog/8@");
    names(main).await;
    assert_eq!(service.asked.server.count("/ermrest/catalog/8@"), described);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_run_as_if_its_request_had_come_from_a_client() {
    let service = Service::new().await;
    let bag = service.run("7/pnc:image_files/BDBag", &json!({"path": "RID=20J"})).await;
    assert!(bag.starts_with(&format!("{}deriva/export/bdbag/", service.served.url)), "{bag}");
    let fetched = service.client.get(&bag).header("cookie", service.asked.cookie()).send().await;
    let fetched = fetched.unwrap();
    assert_eq!(fetched.status(), 200);
    let mut archive = ZipArchive::new(Cursor::new(fetched.bytes().await.unwrap())).unwrap();
    let mut rows = String::new();
    let mut file = archive.by_name("image_files/data/image_files.csv").unwrap();
    file.read_to_string(&mut rows).unwrap();
    assert!(rows.lines().count() == 2 && rows.contains("20J"), "{rows}");
    let csv = service.run("7/pnc:image_files/CSV", &json!({"path": "RID=20J"})).await;
    assert!(csv.contains("deriva/export/file/") && csv.ends_with("/image_files.csv"), "{csv}");
    let fetched = service.client.get(&csv).header("cookie", service.asked.cookie()).send().await;
    assert_eq!(fetched.unwrap().text().await.unwrap(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_not_meant_is_told() {
    let service = Service::new().await;
    let check = async |method: Method, path: &str, body: &str, expected: u16, said: &str| {
        let answer = service.ask(method, path, body).await;
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, expected, "{path}: {text}");
        assert!(text.contains(said), "{said:?} is not in {text}");
    };
    check(Method::GET, "7/pnc:nothing", "", 404, "no table").await;
    check(Method::GET, "7/subject", "", 404, "no table").await;
    check(Method::GET, "9/pnc:subject", "", 409, "no catalogue").await;
    check(Method::POST, "7/pnc:image_files/Other", "", 404, "there are BDBag").await;
    check(Method::POST, "7/pnc:image_files/BDBag", "{\"paths\": 1}", 400, "path").await;
    check(Method::DELETE, "7/pnc:image_files", "", 405, "").await;
    let url = format!("{}{TEMPLATES}/7/pnc:subject", service.served.url);
    let nobody = service.client.get(url).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
}
