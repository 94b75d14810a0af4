//! `download`: fetches the volumes of an export. A file that was cut off is resumed, and a whole one
//! is checked against the CRC-32 that the archive was made with.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use futures::TryStreamExt;
use reqwest::StatusCode;
use reqwest::header::RANGE;
use serde_json::Value;

use super::client::{Client, items};
use crate::cli;
use crate::exit::{self, Exit};

/// How often a broken connection is made anew before the command gives up.
const TRIES: u32 = 8;

/// Downloads every volume.
pub(crate) async fn download(args: cli::Download) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let export = match client.export(args.export).await? {
        Ok(export) => export,
        Err(exit) => return Ok(exit),
    };
    let links = items(&export["run"]["downloads"]).flat_map(|link| items(&link["volumes"]));
    let links: Vec<&Value> = links.filter(|volume| volume["len"].is_u64()).collect();
    if links.is_empty() {
        exit::say("error: there is nothing to download");
        return Ok(Exit::Failed);
    }
    fs::create_dir_all(&args.out).with_context(|| format!("making {}", args.out.display()))?;
    for link in links {
        let url = link["url"].as_str().context("the server gave a link without URL")?;
        let name = pack::name::sanitise(link["name"].as_str().unwrap_or("download"));
        let path = args.out.join(name.replace('/', "_"));
        let len = link["len"].as_u64();
        let crc32 = link["crc32"].as_str().and_then(|crc32| u32::from_str_radix(crc32, 16).ok());
        let sha256 = fetch(&client, url, &path, len, crc32).await?;
        exit::print(&format!("{}  sha256 {sha256}", path.display()));
    }
    Ok(Exit::Done)
}

/// Fetches one file beside its place, checks it and moves it there; its SHA-256.
async fn fetch(
    client: &Client,
    url: &str,
    path: &Path,
    len: Option<u64>,
    crc32: Option<u32>,
) -> anyhow::Result<String> {
    let staged = PathBuf::from(format!("{}.part", path.display()));
    let mut tries = 0;
    while let Err(error) = fetch_rest(client, url, &staged, len).await {
        tries += 1;
        if tries == TRIES {
            return Err(error.context(format!("after {TRIES} tries")));
        }
        exit::say(&format!("{error:#}; trying again"));
        tokio::time::sleep(Duration::from_secs(1 << tries.min(5))).await;
    }
    let (found, sha256) = digest(&staged)?;
    if crc32.is_some_and(|crc32| crc32 != found) {
        fs::remove_file(&staged)?;
        bail!("{} is not what the server made: CRC-32 {found:08x}", path.display());
    }
    fs::rename(&staged, path).with_context(|| format!("writing {}", path.display()))?;
    Ok(sha256)
}

/// Fetches what is missing of a file.
async fn fetch_rest(
    client: &Client,
    url: &str,
    staged: &Path,
    len: Option<u64>,
) -> anyhow::Result<()> {
    let have = fs::metadata(staged).map_or(0, |metadata| metadata.len());
    if len.is_some_and(|len| have == len && len > 0) {
        return Ok(());
    }
    let mut request = client.get(url);
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
    }
    let response = request.send().await?;
    let mut file = match response.status() {
        StatusCode::PARTIAL_CONTENT => OpenOptions::new().append(true).open(staged)?,
        StatusCode::OK => {
            File::create(staged).with_context(|| format!("writing {}", staged.display()))?
        }
        status => bail!("the server answers {status}"),
    };
    let mut bytes = response.bytes_stream();
    while let Some(chunk) = bytes.try_next().await? {
        file.write_all(&chunk)?;
    }
    file.sync_all()?;
    let have = file.metadata()?.len();
    if len.is_some_and(|len| have != len) {
        bail!("the connection ended after {have} bytes");
    }
    Ok(())
}

/// CRC-32 and SHA-256 of a file.
fn digest(path: &Path) -> anyhow::Result<(u32, String)> {
    let mut file = File::open(path)?;
    let mut digest = pack::digest::MemberDigest::new();
    let mut chunk = vec![0; 1 << 20];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(digest.finish()),
            len => digest.update(&chunk[..len]),
        }
    }
}
