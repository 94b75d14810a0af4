//! `download`: fetches the volumes of an export. A file that was cut off is resumed, and a whole one
//! is checked against the CRC-32 that the archive was made with.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use futures::TryStreamExt;
use pack::digest::MemberDigest;
use reqwest::StatusCode;
use reqwest::header::RANGE;
use serde_json::{Value, json};

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
    let mut files = Vec::new();
    for link in links {
        let url = link["url"].as_str().context("the server gave a link without URL")?;
        let name = pack::name::sanitise(link["name"].as_str().unwrap_or("download"));
        let path = args.out.join(name.replace('/', "_"));
        let len = link["len"].as_u64();
        let crc32 = link["crc32"].as_str().and_then(|crc32| u32::from_str_radix(crc32, 16).ok());
        let sha256 = fetch(&client, url, &path, len, crc32).await?;
        if client.wants_json() {
            files.push(json!({"path": path.display().to_string(), "sha256": sha256}));
        } else {
            exit::print(&format!("{}  sha256 {sha256}", path.display()));
        }
    }
    if client.wants_json() {
        exit::print(&json!({ "files": files }).to_string());
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
    let (found, sha256) = MemberDigest::of(File::open(&staged)?)?;
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
    let mut have = fs::metadata(staged).map_or(0, |metadata| metadata.len());
    if len.is_some_and(|len| have > len) {
        // It is of something else, say of an archive that was called the same.
        fs::remove_file(staged).with_context(|| format!("taking {} away", staged.display()))?;
        have = 0;
    }
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server of one file, which begins within it nowhere.
    async fn serve(listener: TcpListener) {
        while let Ok((mut connection, _)) = listener.accept().await {
            let (mut asked, mut chunk) = (Vec::new(), [0; 1024]);
            while !asked.ends_with(b"\r\n\r\n") {
                let len = connection.read(&mut chunk).await.unwrap();
                asked.extend_from_slice(&chunk[..len]);
            }
            let asked = String::from_utf8(asked).unwrap().to_lowercase();
            let answer = if asked.contains("range:") {
                "HTTP/1.1 416 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            } else {
                "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n123456789"
            };
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_left_of_a_longer_file_is_begun_anew() {
        let desk = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let serving = tokio::spawn(serve(listener));
        let token = Some("none".to_owned());
        let server = cli::Server { url: url.parse().unwrap(), token, json: false };
        let client = Client::new(server).unwrap();
        let path = desk.path().join("a.zip");
        fs::write(desk.path().join("a.zip.part"), "of another archive").unwrap();
        fetch(&client, &url, &path, Some(9), Some(0xCBF4_3926)).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "123456789");
        serving.abort();
    }
}
