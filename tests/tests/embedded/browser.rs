//! The list of files that a link opens, in a browser; its policy lets no script run.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::served::Served;

/// A page as a browser has it once it is loaded.
struct Page(String);

impl Page {
    /// Opens an address; a page that the browser complains about is none.
    fn open(profile: &Path, url: &str) -> Self {
        let shown = Command::new("chromium-headless-shell")
            .args(["--no-sandbox", "--disable-gpu"])
            .args(["--enable-logging=stderr", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(url)
            .output()
            .expect("./check tools installs the browser");
        let said = String::from_utf8_lossy(&shown.stderr);
        assert!(shown.status.success(), "{said}");
        assert!(!said.contains("CONSOLE"), "{said}");
        Self(String::from_utf8(shown.stdout).unwrap())
    }

    /// The texts between two others, as they are without escapes.
    fn between(&self, begin: &str, end: &str) -> Vec<String> {
        let parts = self.0.split(begin).skip(1);
        parts
            .map(|part| {
                let text = part.split(end).next().unwrap();
                text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            })
            .collect()
    }
}

#[tokio::test]
async fn a_browser_lists_all_files_and_its_links_lead_to_them() {
    let served = Served::start("[sources.s]\nkind = \"csv\"\npath = \"{folder}/s.csv\"\n").await;
    let rows: Vec<String> = (1..=210).map(|id| id.to_string()).collect();
    fs::write(served.path("s.csv"), format!("id\n{}\n", rows.join("\n"))).unwrap();
    let definition = json!({"name": "Listed",
        "outputs": [{"to": "Flüge & more/'{id}' 航班.json", "from": "s", "format": "json",
                     "per": "record"}],
        "transports": [{"type": "download", "packer": "none"}]});
    let export = served.export(&definition).await;
    let shown = served.ended(&export, 1).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let url = shown["downloads"][0]["url"].as_str().unwrap();

    let (mut names, mut links, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = vec![url.to_owned()];
    while let Some(url) = next.pop() {
        let page = Page::open(&served.path("profile"), &url);
        assert_eq!(page.between("<title>", "</title>"), ["Files"]);
        names.extend(page.between("<bdi>", "</bdi>"));
        links.extend(page.between("<a download=\"\" href=\"", "\""));
        sizes.extend(page.between("</bdi></a></td><td>", "</td>"));
        next = page.between("<a rel=\"next\" href=\"", "\"");
    }
    let all: Vec<Value> =
        (1..=210).map(|id| json!(format!("Flüge & more/'{id}' 航班.json"))).collect();
    assert_eq!(json!(names), json!(all));
    for place in [0, 199, 200, 209] {
        let file = served.path("fetched.json");
        let len = served.api.download(&links[place], &file).await.unwrap();
        assert_eq!(len.to_string(), sizes[place]);
        let fetched: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(fetched["id"], (place + 1).to_string());
    }
}
