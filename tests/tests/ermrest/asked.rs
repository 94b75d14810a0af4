//! Asking the stand-in.

use std::collections::BTreeMap;

use reqwest::{Client, Method, Response};
use tests::{ErmrestRecording, ErmrestServer};

/// A stand-in with what was recorded, asked by the user whose requests were.
pub(crate) struct Asked {
    pub(crate) server: ErmrestServer,
    pub(crate) token: String,
    client: Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Told {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl Asked {
    /// A stand-in with what a recording tells.
    pub(crate) async fn of(recording: &ErmrestRecording) -> Self {
        let (server, token) = recording.serve().await.unwrap();
        Self { server, token, client: Client::new() }
    }

    /// A stand-in with what was recorded.
    pub(crate) async fn recorded() -> Self {
        Self::of(&ErmrestRecording::read().unwrap()).await
    }

    /// Asks with headers.
    pub(crate) async fn ask(&self, method: &str, uri: &str, headers: &[(&str, &str)]) -> Told {
        let response = self.begin(method, uri, headers).await.unwrap();
        let (status, told) = (response.status().as_u16(), response.headers().clone());
        let headers = told
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()));
        let headers = headers.collect();
        Told { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    /// Asks with headers, and waits for those of the answer alone.
    pub(crate) async fn begin(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{uri}", self.server.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await
    }

    /// The cookie of the user.
    pub(crate) fn cookie(&self) -> String {
        format!("webauthn={}", self.token)
    }

    /// Asks as the user for data of the catalogue, in CSV.
    pub(crate) async fn csv(&self, uri: &str) -> Told {
        let headers = [("cookie", self.cookie()), ("accept", "text/csv".to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.ask("GET", &format!("/ermrest/catalog/7/{uri}"), &headers).await
    }
}
