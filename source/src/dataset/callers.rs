//! A deployment that everybody exports from with their own rights: nothing is read as anybody else.
//!
//! Whoever comes with a token of it leaves a pass. What they see is a source of its own.

use std::sync::Arc;

use async_trait::async_trait;
use proto::source::{DatasetApi, DatasetSpec};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, mpsc};

use super::DatasetSource;
use super::api::Api;
use super::medium::Medium;
use super::signers::Signers;
use crate::asset::{AssetRoot, Assets, HttpAssets, Renewal, root_at};
use crate::http::refused;
use crate::pass::{Caller, Pass, Password, Token};
use crate::users::Users;
use crate::{Chunk, Context, Read, Source, SourceError, Survey, Wanted};

/// A deployment, as nobody sees it.
pub(super) struct CallersSource(Arc<Callers>);

/// Those who read from a deployment.
struct Callers {
    /// Its services, which nothing opens.
    api: Api,
    signers: Signers,
    medium: Medium,
    root: Option<Arc<dyn AssetRoot>>,
    http: Arc<HttpAssets>,
}

/// What opens the services to a user.
struct Keys {
    caller: Caller,
    now: Mutex<Option<HeaderMap>>,
}

impl CallersSource {
    /// Judges the addresses and reads the keys; connects to nothing.
    pub(super) fn open(
        spec: &DatasetSpec,
        api: &DatasetApi,
        context: &Context,
    ) -> Result<Self, SourceError> {
        if spec.directory.is_some() || spec.postgres.is_some() {
            return Err(refused(
                "exactly one of `directory`, `postgres` and `http` is wanted".to_owned(),
            ));
        }
        let (None, Some(keys)) = (&api.bearer_file, &api.token_keys_file) else {
            return Err(refused(
                "with `rights = \"caller\"` there is a `token_keys_file` and no `bearer_file`"
                    .to_owned(),
            ));
        };
        let signers = Signers::open(&context.base.join(keys), &api.login)?;
        let api = Api::closed(api, context)?;
        let reference = spec.reference.clone().unwrap_or_else(|| api.reference());
        let root = spec.assets.as_deref().map(|place| root_at(place, context)).transpose()?;
        Ok(Self(Arc::new(Callers {
            api,
            signers,
            medium: Medium::new(Some(&reference))?,
            root,
            http: Arc::clone(&context.http),
        })))
    }
}

#[async_trait]
impl Users for Callers {
    /// Made anew each time, for rights stand in tokens: an older one that holds still may show less than the newest.
    fn as_caller(&self, caller: Caller) -> Arc<dyn Source> {
        let api = self.api.opened_by(Arc::new(Keys { caller, now: Mutex::new(None) }));
        let assets = Assets {
            root: self.root.clone(),
            http: Arc::clone(&self.http),
            credentials: Some(api.credentials()),
        };
        Arc::new(DatasetSource::over(Box::new(api), self.medium.clone(), assets))
    }

    /// Passwords are for the pages of the deployment, which give a token for them.
    async fn enter(
        &self,
        _login: &str,
        _password: &SecretString,
    ) -> Result<Option<Pass>, SourceError> {
        Ok(None)
    }

    async fn whose(&self, token: &Token) -> Result<Option<Pass>, SourceError> {
        let Some(login) = self.signers.whose(token.text().expose_secret()) else {
            return Ok(None);
        };
        let pass = Pass { login, token: token.clone(), password: Password::Forgotten };
        Ok(self.api.lets_in(token).await?.then_some(pass))
    }
}

#[async_trait]
impl Renewal for Keys {
    /// Of many who come with a token that holds no more, the first one looks for a newer one.
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError> {
        let mut now = self.now.lock().await;
        if let Some(headers) = now.as_ref().filter(|headers| Some(*headers) != stale) {
            return Ok(headers.clone());
        }
        *now = None;
        let none = || self.caller.signed_out("they have not come with a token yet");
        let (pass, _) = self.caller.find().await?.ok_or_else(none)?;
        let headers = pass.token.header().unwrap_or_default();
        if Some(&headers) == stale {
            return Err(self.caller.signed_out("their token holds no more"));
        }
        Ok(now.insert(headers).clone())
    }

    fn is_stale(&self, status: StatusCode, _body: &[u8]) -> bool {
        status == StatusCode::UNAUTHORIZED
    }
}

#[async_trait]
impl Source for CallersSource {
    fn kind(&self) -> &'static str {
        "dataset"
    }

    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(nobody())
    }

    async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        Err(nobody())
    }

    fn users(&self) -> Option<Arc<dyn Users>> {
        Some(Arc::clone(&self.0) as Arc<dyn Users>)
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

fn nobody() -> SourceError {
    refused(
        "it is read with the rights of whoever comes with a token of the deployment, and nobody does here"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fabric::link;
    use fabric::store::DirectoryStore;
    use proto::id::Owner;
    use serde_json::json;
    use url::Url;

    use super::*;
    use crate::pass::{Passes, Place};
    use crate::reading::{Asked, folder, source};

    const KEYS: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjcA99oLY1zsVgJg8e8co9gFO6/dB
s1BBCvplYHZ9jAPzdoCQSZ12rz0yNm0Fi8h2ttedBgC2cqoc7vQ6VKEorg==
-----END PUBLIC KEY-----
";

    /// A deployment, whose keys are in a folder.
    fn deployment(folder: &Path) -> Arc<dyn Source> {
        let http = json!({"url": "https://idah.example.org/api/v1", "rights": "caller", "token_keys_file": "keys.pem"});
        source(folder, &json!({"kind": "dataset", "http": http}).to_string()).unwrap()
    }

    /// Passes that are kept in a folder.
    fn passes(folder: &Path) -> Passes {
        let store = Arc::new(DirectoryStore::open(folder.join("store")).unwrap());
        Passes::new(store, link::Keys::new(vec![vec![1; 32]]).unwrap())
    }

    fn ann() -> Owner {
        Owner::try_from("7".to_owned()).unwrap()
    }

    fn pass(token: &str) -> Pass {
        let token = Token::new(token, Place::Bearer);
        Pass { login: "7".to_owned(), token, password: Password::Forgotten }
    }

    /// What opens the media of a source.
    async fn opening(source: &dyn Source) -> Result<HeaderMap, SourceError> {
        let url = Url::parse("https://idah.example.org/api/v1/medias/1/download").unwrap();
        source.credentials().unwrap().for_url(&url).await
    }

    #[tokio::test]
    async fn a_deployment_needs_keys_and_is_read_as_nobody_else() {
        let folder = folder(&[("keys.pem", KEYS.as_bytes())]);
        let url = "https://idah.example.org/api/v1";
        for (http, told) in [
            (json!({"url": url, "rights": "caller"}), "there is a `token_keys_file`"),
            (
                json!({"url": url, "rights": "caller", "token_keys_file": "keys.pem", "bearer_file": "token"}),
                "no `bearer_file`",
            ),
            (json!({"url": url, "token_keys_file": "keys.pem"}), "is for `rights = \"caller\"`"),
        ] {
            let spec = json!({"kind": "dataset", "http": http}).to_string();
            let error = source(folder.path(), &spec).err().unwrap().to_string();
            assert!(error.contains(told), "{error}");
        }
        let survey = deployment(folder.path()).survey(&Asked::all().wanted).await;
        let error = survey.err().unwrap().to_string();
        assert!(error.contains("nobody does here"), "{error}");
    }

    #[tokio::test]
    async fn what_somebody_sees_is_what_their_newest_token_opens() {
        let folder = folder(&[("keys.pem", KEYS.as_bytes())]);
        let users = deployment(folder.path()).users().unwrap();
        let (passes, ann) = (passes(folder.path()), ann());
        let error = opening(&*users.as_caller(passes.caller("labels", &ann))).await.unwrap_err();
        assert!(matches!(error, SourceError::SignedOut { .. }), "{error}");
        // The first one holds still when she comes with the second.
        for token in ["first", "second"] {
            passes.keep("labels", &ann, pass(token)).await.unwrap();
            let seen = users.as_caller(passes.caller("labels", &ann));
            let headers = opening(&*seen).await.unwrap();
            assert_eq!(headers["authorization"], format!("Bearer {token}"));
        }
    }

    #[tokio::test]
    async fn a_token_that_opens_nothing_more_is_not_sent_again() {
        let folder = folder(&[]);
        let (passes, ann) = (passes(folder.path()), ann());
        passes.keep("labels", &ann, pass("first")).await.unwrap();
        let keys = Keys { caller: passes.caller("labels", &ann), now: Mutex::new(None) };
        let first = keys.headers(None).await.unwrap();
        let error = keys.headers(Some(&first)).await.unwrap_err();
        assert!(matches!(error, SourceError::SignedOut { .. }), "{error}");
        passes.keep("labels", &ann, pass("second")).await.unwrap();
        let second = keys.headers(Some(&first)).await.unwrap();
        assert_eq!(second["authorization"], "Bearer second");
    }
}
