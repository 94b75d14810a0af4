//! The requests that were sent to deriva-web, with its answers and files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::super::super::tool::tool;
use super::super::door::Door;
use super::seen::{File, Plain, Seen};

/// Where deriva-web was.
const SERVICE: &str = "https://localhost:8443";

/// All of them.
pub(super) struct Recorded {
    pub(super) cases: Vec<Case>,
}

/// A request.
pub(super) struct Case {
    pub(super) name: String,
    told: Told,
    /// Where the files lie that it led to.
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Told {
    kind: String,
    request: Value,
    post: Answer,
    gets: BTreeMap<String, Answer>,
}

#[derive(Deserialize)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Recorded {
    /// Reads what was recorded, and lays the files down in a folder.
    pub(super) fn read(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/deriva-web.tar.gz");
        let arguments = ["-xf".as_ref(), archive.as_os_str(), "-C".as_ref(), folder.as_os_str()];
        tool("bsdtar", arguments);
        let answers = fs::read(folder.join("answers.json")).unwrap();
        let told: BTreeMap<String, Told> = serde_json::from_slice(&answers).unwrap();
        let cases = told.into_iter().map(|(name, told)| {
            let folder = folder.join("artifacts").join(&name);
            Case { name, told, folder }
        });
        Self { cases: cases.collect() }
    }
}

impl Case {
    /// What was seen of deriva-web.
    pub(super) fn theirs(&self) -> Seen {
        let Told { post, gets, .. } = &self.told;
        let plain = Plain::of(SERVICE, SERVICE);
        let files = gets.iter().map(|(url, answer)| {
            let file = File {
                status: answer.status,
                content_type: plain.content_type(answer.status, answer.header("content-type")),
                disposition: answer.header("content-disposition").map(|text| plain.text(text)),
                content: match answer.status {
                    200 => plain.content(&self.artifact(), &self.folder.join("theirs")),
                    _ => BTreeMap::new(),
                },
            };
            (plain.text(url), file)
        });
        Seen {
            status: post.status,
            content_type: plain.content_type(post.status, post.header("content-type")),
            location: post.header("location").map(|text| plain.text(text)),
            urls: if post.status == 201 { plain.text(&recoded(&post.body)) } else { String::new() },
            files: files.collect(),
        }
    }

    /// What is seen of Longshore.
    pub(super) async fn ours(&self, door: &Door) -> Seen {
        let request = self.told.request.to_string().replace(SERVICE, &door.catalogue.url);
        let request: Value = serde_json::from_str(&request).unwrap();
        let asked = door.ask(&self.told.kind, &request).await;
        let plain = Plain::of(&door.url, &door.catalogue.url);
        let mut files = BTreeMap::new();
        for (number, url) in asked.urls().iter().enumerate() {
            door.ready(url, &door.token).await;
            let fetched = door.fetch(url).await;
            let made = door.path(&format!("recorded/ours-{}-{number}", self.name));
            fs::write(&made, &fetched.bytes).unwrap();
            let content = match fetched.status {
                200 => plain.content(&made, &made.with_extension("content")),
                _ => BTreeMap::new(),
            };
            let file = File {
                status: fetched.status,
                content_type: plain.content_type(fetched.status, Some(&fetched.content_type)),
                disposition: fetched.disposition.as_deref().map(|text| plain.text(text)),
                content,
            };
            files.insert(plain.text(url), file);
        }
        Seen {
            status: asked.status,
            content_type: plain.content_type(asked.status, Some(&asked.content_type)),
            location: asked.location.as_deref().map(|text| plain.text(text)),
            urls: asked.urls().iter().map(|url| plain.text(url)).collect::<Vec<_>>().join("\n"),
            files,
        }
    }

    /// The file that it led to.
    fn artifact(&self) -> PathBuf {
        let found = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<PathBuf> = found.filter(|path| path.is_file()).collect();
        assert_eq!(files.len(), 1, "{}", self.name);
        files[0].clone()
    }
}

/// A body that was noted as if each of its bytes were a letter.
fn recoded(body: &str) -> String {
    let bytes: Option<Vec<u8>> = body.chars().map(|sign| u8::try_from(sign).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| body.to_owned())
}
