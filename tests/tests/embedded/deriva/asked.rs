//! Asking for exports as clients do: a request, addresses, and files once they are there.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tests::until;

use super::door::{DEADLINE, Door};

/// What became of a request for an export.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

/// A file of an export.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) disposition: Option<String>,
    pub(super) bytes: Vec<u8>,
}

impl Asked {
    /// Its addresses, where it was taken.
    pub(super) fn urls(&self) -> Vec<String> {
        if self.status == 201 { self.body.lines().map(str::to_owned).collect() } else { Vec::new() }
    }

    /// The address of the only file.
    pub(super) fn url(&self) -> &str {
        assert_eq!(self.status, 201, "{self:?}");
        assert!(!self.body.contains('\n'), "{self:?}");
        &self.body
    }
}

impl Door {
    /// Asks for an export, `bdbag` or `file`, with the session of its user.
    pub(super) async fn ask(&self, kind: &str, request: &Value) -> Asked {
        self.ask_as(&self.token, kind, request).await
    }

    /// Asks for one as somebody; the kind may end in a query.
    pub(super) async fn ask_as(&self, token: &str, kind: &str, request: &Value) -> Asked {
        let url = format!("{}/deriva/export/{kind}", self.url);
        let response = self.request(Method::POST, &url, token).json(request).send().await.unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        Asked {
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            location: header("location"),
            body: response.text().await.unwrap(),
        }
    }

    /// The status by which somebody sees a file.
    pub(super) async fn status(&self, url: &str, token: &str) -> StatusCode {
        self.request(Method::HEAD, url, token).send().await.unwrap().status()
    }

    /// Waits until somebody sees a file, which is not there yet or is; what is seen then.
    pub(super) async fn ready(&self, url: &str, token: &str) -> StatusCode {
        until("end of the export", DEADLINE, async || {
            let status = self.status(url, token).await;
            Ok((status != StatusCode::SERVICE_UNAVAILABLE).then_some(status))
        })
        .await
        .unwrap()
    }

    /// Fetches a file.
    pub(super) async fn fetch(&self, url: &str) -> Fetched {
        self.fetch_as(&self.token, url).await
    }

    /// Fetches a file as somebody.
    pub(super) async fn fetch_as(&self, token: &str, url: &str) -> Fetched {
        let response = self.request(Method::GET, url, token).send().await.unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        Fetched {
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            disposition: header("content-disposition"),
            bytes: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Asks for an export of one file, waits for it, and fetches it.
    pub(super) async fn exported(&self, kind: &str, request: &Value) -> Vec<u8> {
        let asked = self.ask(kind, request).await;
        let url = asked.url();
        assert_eq!(self.ready(url, &self.token).await, StatusCode::OK, "{}", self.log());
        let fetched = self.fetch(url).await;
        assert_eq!(fetched.status, 200, "{}", self.log());
        fetched.bytes
    }
}
