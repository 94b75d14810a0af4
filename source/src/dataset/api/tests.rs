//! What becomes of refusals.

use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::NoBuckets;
use crate::address::AddressRules;
use crate::asset::{HttpAssets, HttpLimits};
use crate::pass::Place;

/// Services that answer everything by a status, for as long as the second lives.
async fn answering(status: StatusCode) -> (Api, JoinSet<()>) {
    let router = axum::Router::new().fallback(move || async move { status });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let rules = AddressRules::new(&[address.to_string()]).unwrap();
    let http = Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap());
    let context = Context { base: "/".into(), buckets: Arc::new(NoBuckets), http };
    let spec = json!({"url": format!("http://{address}/api/v1"), "tries": 1});
    let api = Api::closed(&serde_json::from_value(spec).unwrap(), &context).unwrap();
    (api, serving)
}

#[tokio::test]
async fn whoever_the_services_know_is_let_in_whatever_they_may_see() {
    let token = Token::new("one", Place::Bearer);
    for (status, expected) in [
        (StatusCode::OK, Some(true)),
        (StatusCode::FORBIDDEN, Some(true)),
        (StatusCode::UNAUTHORIZED, Some(false)),
        (StatusCode::NOT_FOUND, None),
        (StatusCode::SERVICE_UNAVAILABLE, None),
    ] {
        let (api, _serving) = answering(status).await;
        assert_eq!(api.lets_in(&token).await.ok(), expected, "{status}");
    }
    let (api, _serving) = answering(StatusCode::OK).await;
    let unfit = Token::new("no\nheader", Place::Bearer);
    assert!(!api.lets_in(&unfit).await.unwrap());
}

#[tokio::test]
async fn records_that_somebody_may_not_see_are_told_as_such() {
    let (api, _serving) = answering(StatusCode::FORBIDDEN).await;
    let error = api.ids().await.unwrap_err();
    assert!(matches!(error, SourceError::Forbidden { .. }), "{error}");
    let (api, _serving) = answering(StatusCode::NOT_FOUND).await;
    let error = api.ids().await.unwrap_err();
    assert!(matches!(error, SourceError::Refused { .. }), "{error}");
}
