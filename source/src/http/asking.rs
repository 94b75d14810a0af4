//! Asking an API: at its pace, again where that may help.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use url::Url;

use super::answer::{Answer, Unfit};
use super::api::{Api, address_refused, refused};
use super::body::{MAX_PAGE_BYTES, beginning, body, too_long};
use super::request::{Content, Denied, Request};
use super::setback::{Setback, comes_later, retry_after};
use super::unpacked::{Packed, unpacked};
use crate::SourceError;
use crate::address::{not_public, told, unavailable};

/// How long it waits after the first failure, where the API does not say; twice that after each
/// further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest wait between two tries, also where the API asks for more: the batch is put off then.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// Most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

impl Api {
    /// Asks for a page until it comes whole, or was asked for often enough.
    pub(super) async fn get(&self, url: &Url) -> Result<Answer, SourceError> {
        self.send(&Request::get(url.clone())).await.map_err(|denied| denied.explained())
    }

    /// Asks until an answer comes whole, or was asked for often enough. What is asked changes nothing, so
    /// that it may be asked twice. Secrets go along where the request has them; see [`Api::send`].
    pub(super) async fn attempt(&self, request: &Request) -> Result<Answer, Box<Denied>> {
        let mut usual = FIRST_WAIT;
        for left in (0..self.tries).rev() {
            self.pace().turn().await;
            match self.in_time(request).await {
                Ok(answer) => return Ok(answer),
                Err(Setback::Never(denied)) => return Err(denied),
                Err(Setback::Later { what, wait }) => {
                    if left == 0 || wait.is_some_and(|wait| wait > LONGEST_WAIT) {
                        let mut denied: Box<Denied> = what.into();
                        denied.is_slow = wait.is_none();
                        return Err(denied);
                    }
                    tracing::debug!(
                        error = &what as &dyn std::error::Error,
                        "page asked for again"
                    );
                    match wait {
                        Some(wait) => self.pace().hold(wait),
                        None => tokio::time::sleep(usual).await,
                    }
                    usual = (usual * 2).min(LONGEST_WAIT);
                }
            }
        }
        let what = format!("{} was never asked", told(&request.url));
        Err(SourceError::Unavailable { what }.into())
    }

    async fn in_time(&self, request: &Request) -> Result<Answer, Setback> {
        match tokio::time::timeout(self.page_within, self.follow(request)).await {
            Ok(followed) => followed,
            Err(_) => {
                let secs = self.page_within.as_secs();
                let what = format!("{} takes longer than {secs} s for a page", told(&request.url));
                Err(Setback::later(SourceError::Unavailable { what }))
            }
        }
    }

    async fn follow(&self, request: &Request) -> Result<Answer, Setback> {
        let mut request = request.clone();
        for _ in 0..=MOST_REDIRECTS {
            let url = request.url.clone();
            let response = self.ask(&request).await?;
            // Of the others nobody knows whether what was sent is to be sent again.
            let is_redirect = match response.status().as_u16() {
                307 | 308 => true,
                301..=303 => request.body.is_none(),
                _ => false,
            };
            let Some(target) = response.headers().get(LOCATION).filter(|_| is_redirect) else {
                return self.take(&request, response).await;
            };
            let target = url.join(&String::from_utf8_lossy(target.as_bytes()));
            let target = target.map_err(|error| {
                Setback::never(refused(format!("{} redirects to no URL: {error}", told(&url))))
            })?;
            request.url = self.same_host(target).map_err(Setback::never)?;
        }
        Err(Setback::never(refused(format!(
            "{} redirects more than {MOST_REDIRECTS} times",
            told(&request.url)
        ))))
    }

    async fn ask(&self, request: &Request) -> Result<Response, Setback> {
        let url = &request.url;
        let barred = |why| Setback::never(address_refused(url, why));
        let client = self.clients.of(url).map_err(barred)?;
        let asking = match &request.body {
            None => client.get(url.clone()),
            Some((kind, body)) => {
                client.post(url.clone()).header(CONTENT_TYPE, *kind).body(body.clone())
            }
        };
        let headers = [&request.secrets, &self.headers, &request.headers];
        let asking = headers.into_iter().fold(asking, |asking, of| asking.headers(of.clone()));
        asking.send().await.map_err(|error| match not_public(&error) {
            Some(denied) => barred(denied.to_string()),
            None => Setback::later(unavailable(url, &error)),
        })
    }

    /// Takes an answer that is no redirect.
    async fn take(&self, request: &Request, response: Response) -> Result<Answer, Setback> {
        let url = &request.url;
        let status = response.status();
        let what = format!("{} answers {status}", told(url));
        if comes_later(status) {
            let wait = retry_after(response.headers());
            return Err(Setback::Later { what: SourceError::Unavailable { what }, wait });
        }
        if status != StatusCode::OK {
            let body = beginning(response).await;
            let (error, status) = (refused(what), Some(status));
            let (is_too_long, is_slow) = (false, false);
            let denied = Denied { error, status, body, is_too_long, is_slow };
            return Err(Setback::Never(Box::new(denied)));
        }
        let headers = response.headers().clone();
        let read: fn(String, HeaderMap, Vec<u8>) -> Result<Answer, Unfit> = match request.content {
            Content::Json => Answer::new,
            Content::Text => Answer::text,
            Content::Any => return Ok(Answer::of_status(told(url), headers)),
        };
        let body = body(url, response).await?;
        let body = unpacked(&headers, body, MAX_PAGE_BYTES).map_err(|packed| match packed {
            Packed::TooLong => too_long(url),
            Packed::Unknown { how } => Setback::never(refused(format!(
                "{} sends what is compressed by {how}, though it was asked not to",
                told(url)
            ))),
            Packed::Damaged { why } => Setback::later(SourceError::Unavailable {
                what: format!("{} sends what cannot be unpacked: {why}", told(url)),
            }),
        })?;
        read(told(url), headers, body).map_err(|unfit| match unfit {
            Unfit::BrokenOff { why } => Setback::later(SourceError::Unavailable {
                what: format!("{} sends JSON that breaks off: {why}", told(url)),
            }),
            Unfit::NotJson { why } => {
                Setback::never(refused(format!("{} sends no JSON: {why}", told(url))))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proto::source::SourceSpec;
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    use super::*;
    use crate::address::AddressRules;
    use crate::asset::{HttpAssets, HttpLimits};
    use crate::{Context, NoBuckets};

    #[tokio::test]
    async fn a_server_that_sends_a_byte_now_and_then_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let rules = AddressRules::new(&[address.to_string()]).unwrap();
        let http = Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap());
        let context = Context { base: "/".into(), buckets: Arc::new(NoBuckets), http };
        let spec = json!({"kind": "http", "url": format!("http://{address}/"), "tries": 1});
        let Ok(SourceSpec::Http(spec)) = serde_json::from_value(spec) else { panic!("no API") };
        let mut api = Api::open(&spec, &context).unwrap();
        api.page_within = Duration::from_millis(50);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            assert!(peer.read(&mut [0; 4096]).await.unwrap() > 0);
            peer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while peer.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let Err(error) = api.get(api.url()).await else { panic!("it has no end") };
        assert!(error.to_string().ends_with("for a page"), "{error}");
        assert!(error.is_transient());
    }
}
