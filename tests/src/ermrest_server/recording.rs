//! What real servers were recorded to answer, and what follows from it: the catalogues with their rows, and the
//! objects.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result};
use axum::body::Bytes;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::token::decoded;
use super::{Catalog, ErmrestServer, HatracObject};

/// Who asked whenever somebody was signed in.
const USER: &str = "test1";

/// The catalogue that nobody else may see; all that is known of it.
const CLOSED: &str = "2";

/// The catalogue whose rows are known.
const SUBJECTS: &str = "7";

/// Where all columns of its tables are told.
const ROWS: &str = "/ermrest/catalog/7/entity/pnc:subject?limit=none";
const FILES: &str =
    "/ermrest/catalog/7/attributegroup/M:=pnc:subject/F:=pnc:image_files/M:RID;files:=array_d(F:*)";
const REMEMBERED: &str = "/ermrest/catalog/7@361-FY5J-NNKT/entity/pnc:subject";

/// A request with its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// Such as `GET`.
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// What forms were asked for.
    pub accept: String,
    /// Whether somebody was signed in.
    #[serde(rename = "authenticated")]
    pub is_signed_in: bool,
    /// Such as `200 OK`.
    pub status: String,
    /// The headers of the answer.
    pub headers: BTreeMap<String, String>,
    body_b64: String,
}

impl Exchange {
    /// What was answered.
    pub fn body(&self) -> Result<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(&self.body_b64)?)
    }

    fn json(&self) -> Result<Json> {
        Ok(serde_json::from_slice(&self.body()?)?)
    }

    /// The catalogue that it is about as a whole, by its document or its schema.
    fn documented(&self) -> Option<(&str, bool)> {
        let name = self.uri.strip_prefix("/ermrest/catalog/")?.trim_end_matches('/');
        if !self.status.starts_with("200") {
            return None;
        }
        match name.split_once('/') {
            None => Some((name, false)),
            Some((id, "schema")) => Some((id, true)),
            Some(_) => None,
        }
    }
}

/// The exchanges that were recorded.
pub struct ErmrestRecording {
    /// All of them, in their order.
    pub exchanges: Vec<Exchange>,
}

impl ErmrestRecording {
    /// Reads it.
    pub fn read() -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/ermrest.jsonl.gz");
        let file = File::open(&path).with_context(|| format!("{} opens", path.display()))?;
        let mut text = String::new();
        GzDecoder::new(file).read_to_string(&mut text)?;
        let exchanges = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self { exchanges })
    }

    /// A server with what was there when the recording began; the token of who asked.
    pub async fn serve(&self) -> Result<(ErmrestServer, String)> {
        let server = ErmrestServer::start(self.catalogs()?).await?;
        for exchange in self.exchanges.iter().filter(|one| one.uri.starts_with("/hatrac/")) {
            if exchange.method == "GET" {
                let named = exchange.headers.get("content-disposition");
                let named = named.and_then(|text| text.strip_prefix("filename*=UTF-8''"));
                server.put_object(HatracObject {
                    path: exchange.uri.clone(),
                    filename: named.map(decoded),
                    bytes: Bytes::from(exchange.body()?),
                    has_sha256: false,
                });
            }
        }
        let mut tags = self.exchanges.iter().filter_map(|one| one.headers.get("ETag"));
        // What stands for the user cannot be computed, for it was made of secrets of the server.
        if let Some((context, _)) = tags.find_map(|tag| tag.split_once(';')) {
            server.set_context(USER, context.trim_start_matches('"'));
        }
        let token = server.sign_in(USER);
        Ok((server, token))
    }

    /// The catalogues, with the rows that were read from them.
    pub fn catalogs(&self) -> Result<Vec<Catalog>> {
        let mut catalogs: BTreeMap<&str, Catalog> = BTreeMap::new();
        for exchange in &self.exchanges {
            let Some((id, true)) = exchange.documented() else { continue };
            if let Entry::Vacant(entry) = catalogs.entry(id) {
                entry.insert(Catalog::new(id, self.name(id)?.as_deref(), exchange.json()?)?);
            }
        }
        let acls = json!({"enumerate": [], "owner": [USER]});
        let closed = json!({"snaptime": "361-FY45-KHJT", "acls": acls, "schemas": {}});
        catalogs.insert(CLOSED, Catalog::new(CLOSED, None, closed)?);
        if let Some(catalog) = catalogs.get_mut(SUBJECTS) {
            catalog.fill("pnc", "subject", &self.rows(ROWS)?)?;
            let mut files: Vec<Json> = Vec::new();
            for row in self.rows(FILES)? {
                files.extend(row["files"].as_array().into_iter().flatten().cloned());
            }
            // They were found in the order in which they came to be.
            files.sort_by_key(|file| file["RID"].to_string());
            catalog.fill("pnc", "image_files", &files)?;
            let ids = self.rows(REMEMBERED)?.into_iter();
            let ids = ids.map(|row| row["RID"].as_str().unwrap_or_default().to_owned());
            catalog.arrange_history("pnc", "subject", &ids.collect::<Vec<_>>())?;
        }
        Ok(catalogs.into_values().collect())
    }

    /// A catalogue with the tables of the one whose rows are known, and without any row.
    pub fn empty(&self, id: &str) -> Result<Catalog> {
        let is_it = |one: &&Exchange| one.documented() == Some((SUBJECTS, true));
        let document = self.exchanges.iter().find(is_it).context("a schema document")?;
        Catalog::new(id, None, document.json()?)
    }

    /// What became of the schema document of a catalogue before an exchange, unless it had not changed since.
    pub fn altered(&self, before: usize) -> Result<Option<(String, Json)>> {
        let Some((id, _)) = self.exchanges[before].documented() else { return Ok(None) };
        let of_id = |exchange: &&Exchange| exchange.documented().is_some_and(|(of, _)| of == id);
        let now = self.exchanges[before].json()?["snaptime"].clone();
        let Some(last) = self.exchanges[..before].iter().rev().find(of_id) else {
            return Ok(None);
        };
        if last.json()?["snaptime"] == now {
            return Ok(None);
        }
        for exchange in self.exchanges[before..].iter().filter(of_id) {
            let document = exchange.json()?;
            if document["schemas"].is_object() && document["snaptime"] == now {
                return Ok(Some((id.to_owned(), document)));
            }
        }
        Ok(None)
    }

    /// The name of a catalogue.
    fn name(&self, id: &str) -> Result<Option<String>> {
        let document = self.exchanges.iter().find(|one| one.documented() == Some((id, false)));
        let document = document.context("a catalogue document")?.json()?;
        Ok(document["name"].as_str().map(str::to_owned))
    }

    /// The rows of an answer in JSON.
    fn rows(&self, uri: &str) -> Result<Vec<Json>> {
        let is_it = |one: &&Exchange| {
            one.uri.starts_with(uri) && one.accept == "application/json" && one.status == "200 OK"
        };
        let exchange =
            self.exchanges.iter().find(is_it).with_context(|| format!("{uri} in JSON"))?;
        Ok(serde_json::from_value(exchange.json()?)?)
    }
}
