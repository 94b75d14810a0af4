//! What a request proves of its body, found out anew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric::signature::Secret;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tests::Request;

/// That the digest of a request is that of its body (RFC 9530).
pub(crate) fn assert_digest(request: &Request) {
    let digest = STANDARD.encode(Sha256::digest(&request.body));
    assert_eq!(request.header("content-digest"), format!("sha-256=:{digest}:"));
}

/// That a request is signed with a secret, as Standard Webhooks have it.
pub(crate) fn assert_signed(request: &Request, secret: &str) {
    let at = Timestamp::from_second(request.header("webhook-timestamp").parse().unwrap()).unwrap();
    let age = Timestamp::now().duration_since(at).as_secs();
    assert!((0..600).contains(&age), "it is signed of {at}");
    let id = request.header("webhook-id");
    let signature = Secret::parse(secret).unwrap().sign(id, at, &request.body);
    assert_eq!(request.header("webhook-signature"), signature);
}
