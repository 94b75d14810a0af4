use serde_json::{Value, json};

use crate::reading::{folder, source};

fn open(more: &Value) -> Result<(), String> {
    let dir = folder(&[("secret", b"canary\n")]);
    let mut spec = json!({"kind": "ermrest", "url": "https://deriva.example.org", "catalog": "1"});
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    source(dir.path(), &spec.to_string()).map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_catalogue_is_opened_as_nobody_as_somebody_or_as_whoever_exports() {
    for more in [
        json!({}),
        json!({"cookie_file": "secret", "credentials_to": ["https://hatrac.example.org"]}),
        json!({"catalog": "1@361-FY5J-NNKT", "query": "/entity/isa:dataset"}),
        json!({"rights": "caller"}),
    ] {
        assert_eq!(open(&more), Ok(()), "{more}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_configuration_is_told_before_anything_is_asked() {
    for (more, expected) in [
        (json!({"url": "deriva.example.org"}), "is no URL"),
        (json!({"url": "http://127.0.0.1"}), "is not public"),
        (json!({"catalog": "1/entity"}), "is no catalogue"),
        (json!({"query": "isa:dataset"}), "does not begin with"),
        (json!({"credentials_to": ["x"]}), "is no URL"),
        (json!({"rights": "caller", "cookie_file": "secret"}), "no credentials of its own"),
        (json!({"cookie_file": "gone"}), "the secret in"),
    ] {
        let told = open(&more).unwrap_err();
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("canary"), "{told}");
    }
}
