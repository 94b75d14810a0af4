//! Requests to the web server of a target, whatever protocol they are of: who we are, how long and how
//! often we ask, and what answers mean. Redirects are not followed, for credentials are for the server
//! that the operator named; proxies of the environment are not used.

mod access;
mod answer;
mod body;
mod silence;

use std::time::Duration;

use fabric::causes::chain;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, Url, redirect};

pub(super) use self::access::Access;
pub(super) use self::answer::{Answer, Meaning};
pub(super) use self::body::body;
pub(super) use self::silence::Silence;
use super::steps::Steps;
use super::{Delivery, DeliveryError};
use crate::error::AgentError;

/// How often a request is made before the whole delivery is tried again later.
const TRIES: u32 = 3;

/// The wait before the second try; doubled before the third.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Longest wait within one try of the delivery; what is longer is waited for by the next ones.
const LONGEST_WAIT: Duration = Duration::from_mins(4);

/// The slowest line that is put up with, in bytes a second.
const SLOWEST: u64 = 64 << 10;

/// The server of a target, for one delivery.
pub(super) struct Web<'d> {
    pub(super) delivery: &'d Delivery<'d>,
    /// The target's name.
    pub(super) name: &'d str,
    client: Client,
    authorization: Option<HeaderValue>,
    deadline: Duration,
}

impl<'d> Web<'d> {
    /// Reads the credentials; connects to nothing. An answer may take `deadline` after all was sent.
    pub(super) fn open(
        delivery: &'d Delivery<'d>,
        name: &'d str,
        access: &Access<'_>,
        deadline: Duration,
    ) -> Result<Self, DeliveryError> {
        let authorization = access.authorization(&delivery.agent.targets, name)?;
        let client = Client::builder()
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(deadline)
            .build();
        let client = client.map_err(|error| DeliveryError::Unusable {
            target: name.to_owned(),
            what: chain(&error),
        })?;
        Ok(Self { delivery, name, client, authorization, deadline })
    }

    /// A request that sends or is sent so many bytes.
    pub(super) fn request(&self, method: Method, url: Url, len_bytes: u64) -> RequestBuilder {
        let slowest = Duration::from_secs(len_bytes / SLOWEST);
        self.client.request(method, url).timeout(self.deadline + slowest)
    }

    /// Sends a request with the credentials; its answer, or why there is none.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, Silence> {
        let response = self.fetch(request).await?;
        Ok(self.read(response).await)
    }

    /// Reads an answer.
    pub(super) async fn read(&self, response: Response) -> Answer {
        Answer::read(response, self.delivery.agent.ambient.now()).await
    }

    /// The same for an answer whose body is read by the caller.
    pub(super) async fn fetch(&self, request: RequestBuilder) -> Result<Response, Silence> {
        let mut request = request.build().map_err(Silence::of)?;
        if let Some(value) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, value.clone());
        }
        self.client.execute(request).await.map_err(Silence::of)
    }

    /// Does something until the server has taken it, a few times at the most, and not before the time
    /// that it asked for.
    pub(super) async fn ask<T, F>(
        &self,
        steps: &mut Steps<'_>,
        once: impl Fn() -> F,
    ) -> Result<T, AgentError>
    where
        F: Future<Output = Result<Meaning<T>, AgentError>>,
    {
        let target = || self.name.to_owned();
        self.wait(steps).await?;
        let (mut attempt, mut wait) = (1, FIRST_WAIT);
        loop {
            let (what, asked) = match once().await? {
                Meaning::Taken(taken) => return Ok(taken),
                Meaning::Never(what) => {
                    return Err(DeliveryError::Refused { target: target(), what }.into());
                }
                Meaning::Full(what) => {
                    return Err(DeliveryError::Full { target: target(), what }.into());
                }
                Meaning::Untrusted(what) => {
                    return Err(DeliveryError::Untrusted { target: target(), what }.into());
                }
                Meaning::Later { what, wait } => (what, wait),
            };
            if let Some(asked) = asked {
                steps.wait_until(self.delivery.agent.ambient.now() + asked).await?;
            }
            if attempt >= TRIES {
                return Err(DeliveryError::Unreachable { target: target(), what }.into());
            }
            tracing::warn!(attempt, "request will be made again");
            match asked {
                Some(_) => self.wait(steps).await?,
                None => tokio::time::sleep(wait).await,
            }
            (attempt, wait) = (attempt + 1, wait * 2);
        }
    }

    /// Waits as long as the server asked for, or leaves the rest to the next try of the delivery.
    async fn wait(&self, steps: &Steps<'_>) -> Result<(), DeliveryError> {
        let Some(not_before) = steps.done().not_before else { return Ok(()) };
        let left = not_before.duration_since(self.delivery.agent.ambient.now());
        let left = Duration::try_from(left).unwrap_or_default();
        tokio::time::sleep(left.min(LONGEST_WAIT)).await;
        if left <= LONGEST_WAIT {
            return Ok(());
        }
        let what = format!("it asks to be left alone until {not_before}");
        Err(DeliveryError::Unreachable { target: self.name.to_owned(), what })
    }
}
