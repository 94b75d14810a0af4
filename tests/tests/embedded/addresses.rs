//! Files by URL: from hosts that the operator allows, and from nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::desk::Desk;

const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

/// A web server on a port of its own, which counts who comes.
struct Site {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Site {
    /// Serves `/picture.svg`, a redirect to it at `/moved.svg`, and one elsewhere at `/away.svg`.
    async fn start(elsewhere: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(stream, elsewhere));
            }
        });
        Self { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Answers one request and hangs up.
async fn answer(stream: TcpStream, elsewhere: u16) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream);
    let mut request = String::new();
    lines.read_line(&mut request).await?;
    let mut header = String::new();
    while lines.read_line(&mut header).await? > 2 {
        header.clear();
    }
    let (status, location, body) = match request.split(' ').nth(1) {
        Some("/picture.svg") => ("200 OK", String::new(), PICTURE),
        Some("/moved.svg") => ("302 Found", "Location: /picture.svg\r\n".to_owned(), ""),
        Some("/away.svg") => {
            ("302 Found", format!("Location: http://127.0.0.1:{elsewhere}/picture.svg\r\n"), "")
        }
        Some(_) | None => ("404 Not Found", String::new(), "gone"),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = lines.into_inner();
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn definition(on_error: &str) -> Value {
    json!({
        "name": "Pictures",
        "on_error": on_error,
        "outputs": [{"to": "media/", "from": "p", "assets": {"field": "url"}}],
        "sources": {"p": {"kind": "jsonl", "path": "p.jsonl"}},
    })
}

fn records(urls: &[String]) -> String {
    urls.iter().map(|url| json!({"url": url}).to_string() + "\n").collect()
}

#[tokio::test]
async fn files_by_url_come_from_allowed_hosts_and_redirects_elsewhere_are_not_followed() {
    let inside = Site::start(0).await;
    let site = Site::start(inside.port).await;
    let desk = Desk::new();
    let urls = ["/picture.svg", "/moved.svg", "/gone.svg", "/away.svg"].map(|path| site.url(path));
    desk.write("p.jsonl", records(&urls));
    let allowed = format!("[addresses]\nallow = [\"127.0.0.1:{}\"]\n", site.port);
    let ran = desk.define(&definition("warn")).config(&allowed).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["media/picture.svg", "media/moved.svg", "warnings.jsonl"]);
    assert_eq!(ran.text("media/moved.svg"), PICTURE);
    let result = ran.result();
    let told = |at: usize| (&result["warnings"][at]["code"], &result["warnings"][at]["subject"]);
    assert_eq!(told(0), (&json!("asset_missing"), &json!(urls[2])));
    assert_eq!(told(1), (&json!("address_refused"), &json!(urls[3])));
    assert_eq!(inside.asked(), 0, "a host that is not allowed was asked");
}

#[tokio::test]
async fn an_address_of_this_machine_is_refused_unless_it_is_allowed() {
    let site = Site::start(0).await;
    let desk = Desk::new();
    desk.write("p.jsonl", records(&[site.url("/picture.svg")]));
    let ran = desk.define(&definition("fail")).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[address_refused]"]);
    ran.assert_nothing_made();
    assert_eq!(site.asked(), 0);
}

#[tokio::test]
async fn a_file_that_a_site_does_not_have_fails_the_run() {
    let site = Site::start(0).await;
    let desk = Desk::new();
    desk.write("p.jsonl", records(&[site.url("/gone.svg")]));
    let allowed = format!("[addresses]\nallow = [\"127.0.0.1:{}\"]\n", site.port);
    let ran = desk.define(&definition("fail")).config(&allowed).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["/gone.svg", "404", "[asset_missing]"]);
    ran.assert_nothing_made();
}
