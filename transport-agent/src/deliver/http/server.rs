//! The server of a target as HTTP knows it: where each request goes, and what proves what it carries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric::signature::Secret;
use futures::TryStreamExt;
use proto::target::{HttpMethod, HttpTarget};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::content::Content;
use crate::deliver::progress::Progress;
use crate::deliver::steps::Steps;
use crate::deliver::web::{Access, Meaning, Web, body};
use crate::deliver::{Delivery, DeliveryError};
use crate::error::AgentError;

/// The server of a target, for one delivery.
pub(super) struct Server<'d> {
    web: Web<'d>,
    spec: &'d HttpTarget,
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
        let mut headers = HeaderMap::new();
        for (key, value) in &spec.headers {
            let pair = key.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (key, value) = pair.ok_or_else(|| unusable(format!("the header {key}")))?;
            headers.insert(key, value);
        }
        let secret = match &spec.secret_file {
            Some(file) => {
                let secret = Secret::parse(&delivery.agent.targets.secret(name, file)?);
                Some(secret.ok_or_else(|| unusable("its secret_file has no secret".to_owned()))?)
            }
            None => None,
        };
        let access = Access {
            bearer_file: spec.bearer_file.as_deref(),
            user: spec.user.as_deref(),
            password_file: spec.password_file.as_deref(),
            given: None,
        };
        let web = Web::open(delivery, name, &access, spec.deadline)?;
        Ok(Self { web, spec, headers, secret, answer: Mutex::default() })
    }

    pub(super) fn delivery(&self) -> &'d Delivery<'d> {
        self.web.delivery
    }

    pub(super) fn name(&self) -> &str {
        self.web.name
    }

    /// Where it is, without what may be secret.
    pub(super) fn place(&self) -> String {
        self.spec.url.split('?').next().unwrap_or_default().to_owned()
    }

    /// What the server said to the last request.
    pub(super) async fn answer(&self) -> String {
        self.answer.lock().await.clone()
    }

    /// Sends something until the server has it, a few times at the most.
    pub(super) async fn send(
        &self,
        steps: &mut Steps<'_>,
        ask: &Ask<'_>,
        content: &Content<'_>,
        progress: &Mutex<Progress<'_>>,
    ) -> Result<(), AgentError> {
        let url = self.url(ask)?;
        let once = || self.once(&url, ask, content, progress);
        *self.answer.lock().await = self.web.ask(steps, once).await?;
        Ok(())
    }

    fn url(&self, ask: &Ask<'_>) -> Result<Url, DeliveryError> {
        let Delivery { run, plan, .. } = self.delivery();
        let url = self.spec.url_of(|field| match field {
            "export" => run.export.to_string(),
            "run" => run.run.to_string(),
            "name" => plan.definition.name.clone(),
            "path" => ask.path.to_owned(),
            _ => ask.number.to_string(),
        });
        url.map_err(|what| DeliveryError::Unusable { target: self.name().to_owned(), what })
    }

    async fn once(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        content: &Content<'_>,
        progress: &Mutex<Progress<'_>>,
    ) -> Result<Meaning<String>, AgentError> {
        let Delivery { agent, run, archive, .. } = self.delivery();
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
        let (body, reading) = body(content.read(&agent.store).await?);
        let mut request = self
            .web
            .request(method, url.clone(), content.len())
            .headers(self.headers.clone())
            .header("idempotency-key", &id)
            .header("content-digest", format!("sha-256=:{}:", STANDARD.encode(digest.finalize())))
            .header(CONTENT_TYPE, content.media_type())
            .header(CONTENT_LENGTH, content.len())
            .body(body);
        if let Some(signing) = signing {
            request = request
                .header("webhook-id", &id)
                .header("webhook-timestamp", at.as_second())
                .header("webhook-signature", signing.finish());
        }
        // Of a page nothing is told until the server has taken it: it is counted in bytes of its file.
        let bytes = || matches!(content, Content::File(_)).then(|| reading.bytes());
        let answer = progress.lock().await.watch(self.web.send(request), bytes).await;
        reading.told()?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(silence) => return Ok(silence.meaning()),
        };
        let is_success = match self.spec.success.as_slice() {
            [] => answer.status.is_success(),
            wanted => wanted.contains(&answer.status.as_u16()),
        };
        Ok(if is_success { Meaning::Taken(answer.text()) } else { answer.refusal() })
    }
}
