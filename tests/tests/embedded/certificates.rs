//! Targets whose certificates prove nothing: told at once, and nothing is sent to them.

use serde_json::{Value, json};
use tests::{Certificate, TlsServer};

use super::desk::Desk;

fn targets(server: &TlsServer) -> [(&'static str, Value); 3] {
    let url = format!("https://localhost:{}/", server.port);
    [
        ("http", json!({"kind": "http", "url": format!("{url}{{path}}"), "bearer_file": "secret"})),
        ("webdav", json!({"kind": "webdav", "url": url, "bearer_file": "secret"})),
        (
            "s3",
            json!({
                "kind": "s3", "endpoint": url, "region": "r", "bucket": "bucket",
                "access_key_id": "identity", "secret_access_key_file": "secret",
            }),
        ),
    ]
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_ends_the_delivery_before_anything_is_sent() {
    for (certificate, why) in
        [(Certificate::SelfSigned, "UnknownIssuer"), (Certificate::Expired, "Expired")]
    {
        let desk = Desk::new();
        desk.write("s.csv", "id\n1\n");
        desk.write("secret", "CANARY");
        let server = TlsServer::start(&desk.path(""), certificate).await.unwrap();
        for (kind, target) in targets(&server) {
            let definition = json!({
                "name": "Out",
                "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
                "sources": {"s": {"kind": "csv", "path": "s.csv"}},
                "transports": [{"type": kind, "target": "far"}],
                "targets": {"far": target},
            });
            let ask = desk.define(&definition).apart(kind).for_people();
            // Nothing but its end is wrong with the one that has ended.
            let ran = ask.variable("SSL_CERT_FILE", &server.authorities).run().await;
            assert_eq!(ran.code, 1, "{}", ran.said);
            ran.assert_said(&["[target_untrusted]", "far is not who it was", why]);
            assert!(!ran.said.contains("CANARY"), "{}", ran.said);
        }
        let seen = server.seen().unwrap();
        assert!(seen.contains("not sent:"), "{seen}");
        assert!(!seen.lines().any(|line| line.starts_with("sent:")), "{seen}");
    }
}
