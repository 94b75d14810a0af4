//! The server of a target: requests with the credentials that the operator gave for it, and what its
//! answers mean.

use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric::signature::Secret;
use fabric::store::chain;
use futures::TryStreamExt;
use proto::target::{HttpMethod, HttpTarget};
use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Body, Client, Method, Url, redirect};
use sha2::{Digest, Sha256};

use super::content::Content;
use super::meaning::Meaning;
use crate::deliver::steps::Steps;
use crate::deliver::{Delivery, DeliveryError};
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
pub(super) struct Server<'d> {
    delivery: &'d Delivery<'d>,
    name: &'d str,
    spec: &'d HttpTarget,
    client: Client,
    headers: HeaderMap,
    secret: Option<Secret>,
    answer: Mutex<String>,
}

/// One request.
pub(super) struct Ask<'a> {
    /// Which one of the delivery, from 1.
    pub(super) number: u64,
    /// The path of what is sent.
    pub(super) path: &'a str,
}

impl<'d> Server<'d> {
    /// Reads the credentials; connects to nothing.
    pub(super) fn open(
        delivery: &'d Delivery<'d>,
        name: &'d str,
        spec: &'d HttpTarget,
    ) -> Result<Self, DeliveryError> {
        let unusable = |what: String| DeliveryError::Unusable { target: name.to_owned(), what };
        let read = |file: &std::path::Path| {
            let path = delivery.agent.targets.path(file);
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|error| unusable(format!("{}: {error}", path.display())))?;
            Ok::<_, DeliveryError>(text.trim_end_matches(['\r', '\n']).to_owned())
        };
        let mut headers = HeaderMap::new();
        for (key, value) in &spec.headers {
            let pair = key.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (key, value) = pair.ok_or_else(|| unusable(format!("the header {key}")))?;
            headers.insert(key, value);
        }
        let authorization = match (&spec.bearer_file, &spec.user, &spec.password_file) {
            (Some(file), _, _) => Some(format!("Bearer {}", read(file)?)),
            (None, Some(user), Some(file)) => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{}", read(file)?))))
            }
            (None, _, _) => None,
        };
        if let Some(authorization) = authorization {
            let mut value = HeaderValue::from_str(&authorization)
                .map_err(|_| unusable("its secret has characters that no header has".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let secret = match &spec.secret_file {
            Some(file) => {
                let secret = Secret::parse(&read(file)?);
                Some(secret.ok_or_else(|| unusable("its secret_file has no secret".to_owned()))?)
            }
            None => None,
        };
        let client = Client::builder()
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(spec.deadline)
            .build()
            .map_err(|error| unusable(chain(&error)))?;
        let answer = Mutex::default();
        Ok(Self { delivery, name, spec, client, headers, secret, answer })
    }

    pub(super) fn delivery(&self) -> &'d Delivery<'d> {
        self.delivery
    }

    pub(super) fn name(&self) -> &str {
        self.name
    }

    /// Where it is, without what may be secret.
    pub(super) fn place(&self) -> String {
        self.spec.url.split('?').next().unwrap_or_default().to_owned()
    }

    /// What the server said to the last request.
    pub(super) fn last_answer(&self) -> String {
        self.answer.lock().map(|answer| answer.clone()).unwrap_or_default()
    }

    /// Sends something until the server has it, a few times at the most.
    pub(super) async fn send(
        &self,
        steps: &mut Steps<'_>,
        ask: &Ask<'_>,
        content: &Content<'_>,
    ) -> Result<(), AgentError> {
        self.wait(steps).await?;
        let url = self.url(ask)?;
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let (what, asked) = match self.once(&url, ask, content).await? {
                Meaning::Taken(answer) => {
                    if let Ok(mut last) = self.answer.lock() {
                        *last = answer;
                    }
                    return Ok(());
                }
                Meaning::Never(what) => {
                    return Err(
                        DeliveryError::Refused { target: self.name.to_owned(), what }.into()
                    );
                }
                Meaning::Later { what, wait } => (what, wait),
            };
            if let Some(asked) = asked {
                steps.wait_until(self.delivery.agent.ambient.now() + asked).await?;
            }
            if attempt >= TRIES {
                let target = self.name.to_owned();
                return Err(DeliveryError::Unreachable { target, what }.into());
            }
            tracing::warn!(attempt, "request will be made again");
            match asked {
                Some(_) => self.wait(steps).await?,
                None => tokio::time::sleep(wait).await,
            }
            wait *= 2;
        }
        unreachable!("the loop ends by its tries")
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

    fn url(&self, ask: &Ask<'_>) -> Result<Url, DeliveryError> {
        let Delivery { run, plan, .. } = self.delivery;
        let url = self.spec.url_of(|field| match field {
            "export" => run.export.to_string(),
            "run" => run.run.to_string(),
            "name" => plan.definition.name.clone(),
            "path" => ask.path.to_owned(),
            _ => ask.number.to_string(),
        });
        url.map_err(|what| DeliveryError::Unusable { target: self.name.to_owned(), what })
    }

    async fn once(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        content: &Content<'_>,
    ) -> Result<Meaning, AgentError> {
        let Delivery { agent, run, archive, .. } = self.delivery;
        let (id, at) = (
            format!("{}.{}.{}.{}", run.export, run.run, archive.transport, ask.number),
            agent.ambient.now(),
        );
        // Read once for what must be said before it, and once more to be sent.
        let (mut digest, mut signing) =
            (Sha256::new(), self.secret.as_ref().map(|secret| secret.begin(&id, at)));
        let mut bytes = content.read(&agent.store).await?;
        while let Some(chunk) = bytes.try_next().await? {
            digest.update(&chunk);
            if let Some(signing) = &mut signing {
                signing.update(&chunk);
            }
        }
        let method = match self.spec.method {
            HttpMethod::Put => Method::PUT,
            HttpMethod::Post => Method::POST,
        };
        let slowest = Duration::from_secs(content.len() / SLOWEST);
        let mut request = self
            .client
            .request(method, url.clone())
            .headers(self.headers.clone())
            .timeout(self.spec.deadline + slowest)
            .header("idempotency-key", &id)
            .header("content-digest", format!("sha-256=:{}:", STANDARD.encode(digest.finalize())))
            .header(CONTENT_TYPE, content.media_type())
            .header(CONTENT_LENGTH, content.len())
            .body(Body::wrap_stream(content.read(&agent.store).await?));
        if let Some(signing) = signing {
            request = request
                .header("webhook-id", &id)
                .header("webhook-timestamp", at.as_second())
                .header("webhook-signature", signing.finish());
        }
        match request.send().await {
            Ok(response) => {
                Ok(Meaning::of(response, &self.spec.success, agent.ambient.now()).await)
            }
            Err(error) => Ok(Meaning::Later { what: told(error), wait: None }),
        }
    }
}

/// Why a request was not answered, without its URL.
fn told(error: reqwest::Error) -> String {
    chain(&error.without_url())
}
