//! What goes wrong on the way from a catalogue, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fabric::link::Keys;
use fabric::store::DirectoryStore;
use futures::TryStreamExt;
use proto::id::Owner;
use serde_json::json;
use source::pass::{Pass, Passes, Password, Place, Token};
use source::{Catalog, SourceError};
use tests::{HatracObject, Trouble};

use super::reading::{Reading, http, opened, wanted};

/// The table of a catalogue that only those see who have signed in.
const CLOSED: &str = "/entity/public:ERMrest_Client";

/// A source over that, with so many rows.
async fn closed(rows: u64) -> Reading {
    let reading = Reading::with(&json!({"catalog": "8", "page_size": 7})).await;
    let make = |catalog: &mut tests::Catalog| catalog.make("public", "ERMrest_Client", rows);
    reading.asked.server.change("8", make).unwrap();
    reading
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_asked_for_in_smaller_pages() {
    let reading = Reading::with(&json!({})).await;
    reading.change(|catalog| catalog.make("pnc", "big", 60));
    reading.asked.server.limit_run_time(5);
    let (batches, rows) = reading.all("/entity/pnc:big", Some(25)).await.unwrap();
    assert_eq!((batches, rows.len()), (3, 60));
    reading.asked.server.limit_run_time(0);
    let error = reading.all("/entity/pnc:big", None).await.unwrap_err();
    assert!(error.to_string().contains("Query run time limit exceeded"), "{error}");
}

#[tokio::test]
async fn what_fails_is_asked_for_again() {
    for trouble in [
        Trouble::Status(503, None),
        Trouble::Status(429, Some(0)),
        Trouble::Status(500, None),
        Trouble::TimeLimit,
        Trouble::Half,
        Trouble::Cut,
        Trouble::Late(Duration::from_millis(50)),
    ] {
        let reading = Reading::with(&json!({"page_size": 2})).await;
        reading.asked.server.fail_nth("/ermrest/catalog/7@", 4, trouble.clone());
        reading.asked.server.fail_next("/ermrest/catalog/7@", [trouble.clone()]);
        let rows = reading.all("/entity/pnc:subject", Some(2)).await;
        assert_eq!(rows.as_ref().map(|(_, rows)| rows.len()).ok(), Some(4), "{trouble:?} {rows:?}");
    }
}

#[tokio::test]
async fn a_source_that_never_answers_well_is_unavailable() {
    let reading = Reading::with(&json!({"tries": 2})).await;
    reading.asked.server.fail_next("/ermrest/", [Trouble::Status(503, None), Trouble::Half]);
    let error = reading.all("/entity/pnc:subject", None).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_session_that_ends_is_followed_by_the_one_that_is_put_in_its_place() {
    let reading = closed(50).await;
    let survey = reading.survey(CLOSED, Some(20), None).await.unwrap();
    reading.asked.server.end_sessions();
    let filter = proto::filter::Where::new();
    let error = reading.rows(CLOSED, &survey, &filter).await.unwrap_err();
    assert!(error.fault().to_string().contains("put a new one there"), "{error}");
    assert!(!error.to_string().contains(&reading.asked.token), "{error}");
    reading.sign_in_anew();
    assert_eq!(reading.rows(CLOSED, &survey, &filter).await.unwrap().len(), 50);
}

#[tokio::test]
async fn nobody_reads_on_as_nobody_where_a_session_has_ended() {
    let reading = Reading::with(&json!({})).await;
    let (query, filter) = ("/entity/pnc:subject", proto::filter::Where::new());
    let survey = reading.survey(query, Some(2), None).await.unwrap();
    reading.asked.server.end_sessions();
    // Anybody may read this catalogue, and somebody else might see less of it.
    let error = reading.rows(query, &survey, &filter).await.unwrap_err();
    assert!(error.fault().to_string().contains("put a new one there"), "{error}");
    assert!(reading.survey(query, None, None).await.is_err());
    reading.sign_in_anew();
    assert_eq!(reading.rows(query, &survey, &filter).await.unwrap().len(), 4);
    reading.asked.server.end_sessions();
    reading.sign_in_anew();
    let error = reading.rows(query, &survey, &filter).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(reading.rows(query, &survey, &filter).await.unwrap().len(), 4);
}

#[tokio::test]
async fn everybody_reads_with_their_own_rights_where_the_caller_counts() {
    let reading = closed(10).await;
    let server = &reading.asked.server;
    let more = json!({"catalog": "8", "rights": "caller"});
    let source = opened(server, &more, &reading.secrets, &reading.http);
    let store = Arc::new(DirectoryStore::open(reading.secrets.path().join("store")).unwrap());
    let passes = Passes::new(store, Keys::new(vec![vec![7; 32]]).unwrap());
    let token = Token::new(server.sign_in("test1"), Place::Webauthn);
    let pass = source.users().unwrap().whose(&token).await.unwrap().unwrap();
    assert_eq!(pass.login, "test1");
    let nobody = Token::new("nobody", Place::Webauthn);
    assert!(source.users().unwrap().whose(&nobody).await.unwrap().is_none());
    let sources = [("deriva".to_owned(), source)].into();
    let catalog = Catalog::new(sources, Arc::clone(&reading.http)).with_passes(passes.clone());
    let owner = |name: &str| Owner::try_from(name.to_owned()).unwrap();
    let keep = |name: &'static str, pass: Pass| {
        let passes = passes.clone();
        async move { passes.keep("deriva", &owner(name), pass).await.unwrap() }
    };
    keep("test1", pass.clone()).await;
    let token = Token::new(server.sign_in("other"), Place::Bearer);
    keep("other", Pass { login: "other".to_owned(), token, password: Password::Forgotten }).await;
    let survey = |name: &'static str| {
        let source = catalog.of_owner(Some(owner(name))).get("deriva").unwrap();
        async move { source.survey(&wanted(CLOSED, None, None)).await.map(|survey| survey.records) }
    };
    assert_eq!(survey("test1").await.unwrap(), Some(10));
    let denied = survey("other").await.unwrap_err();
    assert!(denied.to_string().contains("access on catalog/8"), "{denied}");
    assert!(matches!(survey("third").await.unwrap_err(), SourceError::SignedOut { .. }));
    server.end_sessions();
    assert!(matches!(survey("test1").await.unwrap_err(), SourceError::SignedOut { .. }));
    let token = Token::new(server.sign_in("test1"), Place::Webauthn);
    keep("test1", Pass { token, ..pass }).await;
    assert_eq!(survey("test1").await.unwrap(), Some(10));
}

#[tokio::test]
async fn objects_of_hatrac_are_what_their_checksums_say() {
    let reading = Reading::with(&json!({})).await;
    let server = &reading.asked.server;
    server.put_object(HatracObject {
        path: "/hatrac/pnc/note:ABC".to_owned(),
        filename: None,
        bytes: Bytes::from_static(b"what a note says"),
        has_sha256: true,
    });
    server.guard_objects();
    let fetched = async |reference: &str| {
        let asset = reading.assets().open(reference).await?;
        let chunks: Vec<Bytes> = asset.bytes.try_collect().await?;
        Ok::<_, SourceError>(chunks.concat())
    };
    let whole = format!("{}/hatrac/pnc/note:ABC", server.url);
    for reference in ["/hatrac/pnc/note:ABC", whole.as_str()] {
        assert_eq!(fetched(reference).await.unwrap(), b"what a note says");
        server.fail_next("/hatrac/", [Trouble::Half]);
        let error = fetched(reference).await.unwrap_err();
        assert!(error.to_string().contains("does not have the SHA-256"), "{error}");
        assert!(error.is_transient(), "{error}");
    }
    assert!(fetched("/hatrac/pnc/obj0:FWC2GZSANUQG2KDRCODYM4ZNSE").await.is_ok());
    assert!(fetched("/hatrac/pnc/gone:A").await.is_err());
}

#[tokio::test]
async fn nobody_but_the_configured_servers_gets_the_credentials() {
    let (reading, other) = (Reading::with(&json!({})).await, Reading::with(&json!({})).await);
    other.asked.server.guard_objects();
    let http = http(&[&reading.asked.server, &other.asked.server]);
    let at = format!("{}/hatrac/pnc/obj3:T52MMGMSU3ACCL26EWALG4GZHQ", other.asked.server.url);
    // Both know the session, so that only who sends it decides.
    for (more, is_given) in
        [(json!({}), false), (json!({"credentials_to": [other.asked.server.url]}), true)]
    {
        std::fs::write(other.secrets.path().join("cookie"), &other.asked.token).unwrap();
        let source = opened(&reading.asked.server, &more, &other.secrets, &http);
        let credentials = source.credentials().unwrap();
        let opened = http.open(&at, Some(&*credentials)).await;
        assert_eq!(opened.is_ok(), is_given, "{more}");
        // Nobody is asked for what is in the object store of a server that is not named.
        let refused = opened.err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(refused.contains("of another server"), !is_given, "{more}: {refused}");
    }
}

#[tokio::test]
async fn a_session_is_told_as_the_server_tells_it_whoever_reads() {
    let reading = Reading::with(&json!({})).await;
    let (server, more) = (&reading.asked.server, json!({"rights": "caller"}));
    let callers = opened(server, &more, &reading.secrets, &reading.http);
    for source in [&reading.source, &callers] {
        for place in [Place::Webauthn, Place::Bearer] {
            let token = server.sign_in("test1");
            let session = source.session(&Token::new(token.clone(), place)).await.unwrap().unwrap();
            assert_eq!(session.login, "test1");
            let document: serde_json::Value = serde_json::from_str(&session.document).unwrap();
            assert_eq!(document["client"]["email"], "test1@example.org");
            server.end_session(&token);
            assert!(source.session(&Token::new(token, place)).await.unwrap().is_none());
        }
    }
}
