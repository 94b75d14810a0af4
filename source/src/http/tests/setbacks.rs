//! APIs that fail, refuse, or give what cannot be taken.

use proto::fault::Code;

use super::*;

#[tokio::test]
async fn what_fails_is_asked_for_again_and_half_an_answer_is_never_taken() {
    // At once, for each waits some seconds before it asks again.
    let asked = ways().into_iter().map(|way| async move {
        let library = Library::with(1..=10).await;
        library.trouble([
            Trouble::Status(500, None),
            Trouble::HalfJson,
            Trouble::CutOff,
            Trouble::Status(503, None),
        ]);
        let given = read(&*library.source(&way), &Asked::all().fields(&["id"])).await.unwrap();
        assert_eq!(ids(&given), (1..=10).collect::<Vec<_>>(), "{way}");
    });
    futures::future::join_all(asked).await;
}

#[tokio::test]
async fn who_is_asked_to_wait_waits() {
    let library = Library::with(1..=10).await;
    library.trouble([Trouble::Status(429, Some("1"))]);
    let begun = Instant::now();
    let given = read(&*library.source(&keyed()), &Asked::all().fields(&["id"])).await.unwrap();
    assert_eq!((ids(&given).len(), library.asked()), (10, 5));
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_is_asked_more_often_than_is_configured() {
    let library = Library::with(1..=10).await;
    let source = library.source(&json!({"per_second": 20, "pages": {"by": "key", "key": "id"}}));
    let begun = Instant::now();
    let given = read(&*source, &Asked::all().fields(&["id"])).await.unwrap();
    assert_eq!((ids(&given).len(), library.asked()), (10, 4));
    // Three times a twentieth of a second lies between four requests.
    assert!(begun.elapsed() >= Duration::from_millis(150), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_api_that_stays_away_is_left_for_later() {
    let library = Library::with(1..=10).await;
    library.trouble((0..3).map(|_| Trouble::HalfJson));
    let source = library.source(&json!({"tries": 3, "pages": {"by": "key", "key": "id"}}));
    let error = read(&*source, &Asked::all()).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("JSON that breaks off"), "{error}");
    assert_eq!(library.asked(), 3);
    // Longer than a batch should wait.
    library.trouble([Trouble::Status(429, Some("3600"))]);
    assert!(read(&*source, &Asked::all()).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn what_will_not_change_is_refused_at_once() {
    for (trouble, told) in [
        (Trouble::Status(401, None), "401"),
        (Trouble::Status(403, None), "the source forbids"),
        (Trouble::Status(404, None), "404"),
        (Trouble::Body("<html>Log in</html>"), "sends no JSON"),
        (Trouble::Body("{\"data\":{\"items\":[{\"id\":01}]}}"), "sends no JSON"),
        (
            Trouble::Packed("identity", b"{\"data\":\"\xff\"}".to_vec()),
            "sends no JSON: invalid utf-8",
        ),
        (
            Trouble::Body("{\"error\":\"no\"}"),
            "has no list of records at /data/items; it has error",
        ),
        (Trouble::To("http://127.0.0.1:9/".to_owned()), "leads to another host"),
    ] {
        let library = Library::with(1..=10).await;
        library.trouble([trouble]);
        let error = read(&*library.source(&keyed()), &Asked::all()).await.unwrap_err();
        assert!(error.to_string().contains(told) && !error.is_transient(), "{error}");
        assert_eq!(library.asked(), 1);
    }
}

#[tokio::test]
async fn an_api_that_pages_otherwise_than_configured_is_refused() {
    let library = Library::with([1, 2, 3, 4, 5]).await;
    for (pages, told) in [
        (json!({"by": "number", "parameter": "seite"}), "does it know the parameter"),
        (json!({"by": "key", "key": "id", "parameter": "nach"}), "leads to itself"),
        (json!({"by": "key", "key": "price"}), "is no whole number"),
        (json!({"by": "key", "key": "ID"}), "has no key \"ID\""),
        (json!({"by": "cursor", "next": "/meta/next", "parameter": "x"}), "leads to itself"),
        (json!({"by": "number", "total": "/meta/count"}), "says no total at /meta/count"),
    ] {
        let source = library.source(&json!({"pages": pages}));
        let error = read(&*source, &Asked::all()).await.unwrap_err();
        assert!(error.to_string().contains(told), "{pages}: {error}");
    }
}

#[tokio::test]
async fn an_api_that_claims_to_have_more_than_can_be_planned_is_refused() {
    let library = Library::with([1]).await;
    for by in ["number", "offset"] {
        let source = library.source(&json!({"pages": {"by": by, "total": "/meta/total"}}));
        for total in ["1000000000000000000", "18446744073709551615"] {
            let body =
                format!("{{\"meta\": {{\"total\": {total}}}, \"data\": {{\"items\": [{{}}]}}}}");
            library.trouble([Trouble::Body(body.leak())]);
            let error = read(&*source, &Asked::all().batch_size(1)).await.unwrap_err();
            assert!(matches!(error, SourceError::TooMany { .. }), "{by} {total}: {error}");
        }
    }
}

#[tokio::test]
async fn empty_pages_are_followed_and_not_for_ever() {
    let library = Library::with(1..=10).await;
    let source = library.source(&json!({"pages": {"by": "cursor", "next": "/meta/next"}}));
    let empty = |next: u64| {
        let body = format!("{{\"meta\": {{\"next\": \"c-{next}\"}}, \"data\": {{\"items\": []}}}}");
        Trouble::Body(body.leak())
    };
    // The last one leads to the records.
    library.trouble((0..1000).rev().map(empty));
    let given = read(&*source, &Asked::all().fields(&["id"])).await.unwrap();
    assert_eq!((ids(&given), library.asked()), ((1..=10).collect(), 1003));
    library.trouble((1..2000).map(empty));
    let error = read(&*source, &Asked::all()).await.unwrap_err();
    assert!(error.to_string().contains("no records on 1001 pages in a row"), "{error}");
    assert_eq!((error.fault().code, error.is_transient()), (Code::SourceRefused, false));
    assert_eq!(library.asked(), 1003 + 1001);
}

#[tokio::test]
async fn pages_that_lead_round_in_a_circle_are_refused() {
    let library = Library::with([1]).await;
    let page = |id: u64, next: &str| {
        let body = format!(
            "{{\"meta\": {{\"next\": \"{next}\"}}, \"data\": {{\"items\": [{{\"id\": {id}}}]}}}}"
        );
        Trouble::Body(body.leak())
    };
    library.trouble((0..20).flat_map(|round| [page(2 * round, "c-1"), page(2 * round + 1, "c-2")]));
    let source = library.source(&json!({"pages": {"by": "cursor", "next": "/meta/next"}}));
    let error = read(&*source, &Asked::all()).await.unwrap_err();
    assert!(error.to_string().contains("leads back to a later page"), "{error}");
}

#[tokio::test]
async fn records_that_do_not_rise_by_their_key_are_refused() {
    let library = Library::with(1..=9).await;
    library.shelves(|shelves| shelves.records.insert(7, record(6)));
    let source = library.source(&keyed());
    for size in [0, 3] {
        let error = read(&*source, &Asked::all().batch_size(size)).await.unwrap_err();
        assert!(error.to_string().contains("the keys do not rise: \"6\""), "{error}");
    }
}

#[tokio::test]
async fn broken_records_are_told_with_their_place() {
    let library = Library::with(1..=6).await;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    library.shelves(|shelves| {
        shelves.records.extend([
            (6, "{\"id\":6,\"\\ud800\":0}".to_owned()),
            (7, format!("{{\"id\":7,\"x\":{deep}}}")),
            // Neither of these is broken.
            (8, "{\"id\":8,\"x\":1e999}".to_owned()),
            (9, "{\"id\":9,\"x\":1,\"x\":2}".to_owned()),
        ]);
    });
    let source = library.source(&json!({"pages": {"by": "number"}}));
    let asked = Asked::all().fields(&["id", "x"]);
    assert!(matches!(read(&*source, &asked).await, Err(SourceError::BrokenRecord { .. })));
    let given = read(&*source, &asked.warn()).await.unwrap();
    assert_eq!(ids(&given), [1, 2, 3, 4, 5, 8, 9]);
    let last: Vec<&str> = given.rows[5..].iter().map(|row| row[1].1.as_str()).collect();
    assert_eq!(last, ["1e999", "2"]);
    let told: Vec<&str> = given.broken.iter().map(|(told, _)| told.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, (record, why)) in told.iter().zip([(2, ""), (3, "nested deeper than 128")]) {
        let page = format!("http://127.0.0.1:{}/objects, page 2, record {record}", library.port);
        assert!(told.starts_with(&format!("{page}, byte ")) && told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn credentials_are_sent_and_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let (token, password) = (file("token", "canary-1\n"), file("password", "canary-2"));
    let library = Library::with([1]).await;
    for (more, name, expected) in [
        (json!({"bearer_file": &token}), "authorization", "Bearer canary-1"),
        (
            json!({"user": "u", "password_file": &password}),
            "authorization",
            "Basic dTpjYW5hcnktMg==",
        ),
        (json!({"header_files": {"X-Key": &token}}), "x-key", "canary-1"),
        (json!({"headers": {"X-Tenant": "a"}}), "x-tenant", "a"),
    ] {
        read(&*library.source(&more), &Asked::all()).await.unwrap();
        let sent = library.shelves(|shelves| shelves.asked.last().unwrap().1[name].clone());
        assert_eq!(sent, expected);
        library.trouble([Trouble::Status(401, None)]);
        let error = read(&*library.source(&more), &Asked::all()).await.unwrap_err();
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn specifications_that_cannot_be_are_refused() {
    let library = Library::with([]).await;
    for (more, told) in [
        (json!({"url": "http://169.254.169.254/latest"}), "is not public"),
        (json!({"url": "http://2130706433/"}), "is not public"),
        (json!({"url": "file:///etc/passwd"}), "neither http nor https"),
        (json!({"url": "objects"}), "is no URL"),
        (json!({"records": "data"}), "is no JSON pointer"),
        (json!({"pages": {"by": "cursor", "next": "next"}}), "is no JSON pointer"),
        (json!({"bearer_file": "/none/such"}), "the secret in /none/such"),
        (json!({"bearer_file": "/a", "user": "u"}), "either a bearer_file or a user"),
        (json!({"user": "u"}), "a user has a password_file"),
        (json!({"headers": {"a b": "c"}}), "is no name of a header"),
        (json!({"headers": {"a": "b\nc"}}), "is not printable ASCII"),
    ] {
        let error = library.try_source(&more).err().unwrap();
        assert!(error.to_string().contains(told), "{more}: {error}");
    }
}

#[tokio::test]
async fn links_to_another_host_are_not_followed() {
    let library = Library::with([1]).await;
    library.trouble([Trouble::Body(
        r#"{"data":{"items":[]},"meta":{"link":"http://127.0.0.1:9/objects"}}"#,
    )]);
    let source = library.source(&json!({"pages": {"by": "link", "next": "/meta/link"}}));
    let error = read(&*source, &Asked::all()).await.unwrap_err();
    assert!(matches!(error, SourceError::AddressRefused { .. }), "{error}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_page_that_unpacks_to_more_than_may_be_read_is_refused_at_once() {
    let library = Library::with(1..=2).await;
    let bomb = gzip(&vec![b' '; 70 << 20]);
    assert!(bomb.len() < 100_000);
    for (how, bomb) in [("gzip", bomb.clone()), ("gzip, gzip", gzip(&bomb))] {
        library.trouble([Trouble::Packed(how, bomb)]);
        let source = library.source(&json!({}));
        let error = read(&*source, &Asked::all()).await.unwrap_err();
        assert!(matches!(error, SourceError::Refused { .. }), "{how}: {error}");
        assert!(error.to_string().contains("longer than 64 MiB"), "{how}: {error}");
    }
    assert_eq!(library.asked(), 2);
}

#[tokio::test]
async fn a_page_that_was_packed_unasked_is_read() {
    let library = Library::with(1..=2).await;
    let packed = gzip(br#"{"data": {"items": [{"id": 7}]}}"#);
    library.trouble([Trouble::Packed("gzip", packed)]);
    let given = read(&*library.source(&json!({})), &Asked::all()).await.unwrap();
    assert_eq!(given.rows.len(), 1);
    let library = Library::with(1..=2).await;
    library.trouble([Trouble::Packed("br", b"x".to_vec())]);
    let error = read(&*library.source(&json!({})), &Asked::all()).await.unwrap_err();
    assert!(error.to_string().contains("compressed by br"), "{error}");
}
