//! An API read through the source as a whole.

mod library;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::library::{Library, PAGE, Trouble, record};
use crate::SourceError;
use crate::page::Kind;
use crate::reading::{Asked, Given, read, read_slice};

/// Every way of paging.
fn ways() -> Vec<Value> {
    vec![
        json!({"pages": {"by": "number", "total": "/meta/total"}}),
        json!({"pages": {"by": "number", "total": "X-Total-Count"}}),
        json!({"pages": {"by": "number"}}),
        json!({"pages": {"by": "offset", "total": "/meta/total"}}),
        json!({"pages": {"by": "offset"}}),
        json!({"pages": {"by": "key", "key": "id"}}),
        json!({"pages": {"by": "cursor", "next": "/meta/next"}}),
        json!({"pages": {"by": "link"}}),
        json!({"pages": {"by": "link", "next": "/meta/link"}}),
    ]
}

fn keyed() -> Value {
    json!({"pages": {"by": "key", "key": "id"}})
}

/// The keys of the records that came, in order.
fn ids(given: &Given) -> Vec<i64> {
    given.rows.iter().map(|row| row[0].1.parse().unwrap()).collect()
}

/// An empty result, to be filled slice by slice.
fn nothing(fields: &[&str]) -> Given {
    let fields = Some(fields.iter().map(|field| (*field).to_owned()).collect());
    Given { fields, slices: 0, records: None, rows: Vec::new(), broken: Vec::new() }
}

#[tokio::test]
async fn every_way_of_paging_gives_the_same_records_for_any_batch_size() {
    for records in [0, 1, 4, 10, 12] {
        let library = Library::with(1..=records).await;
        let expected: Vec<String> = (1..=records).map(record).collect();
        for way in ways() {
            let source = library.source(&way);
            let sizes = [0, 1, 3, 4, 5, 100].map(|size| Asked::all().batch_size(size));
            for asked in sizes.into_iter().chain([Asked::all().target_bytes(64)]) {
                let given = read(&*source, &asked).await.unwrap();
                let rows: Vec<&str> = given.rows.iter().map(|row| row[0].1.as_str()).collect();
                assert_eq!(rows, expected, "{way} {:?}", asked.wanted.batch_size);
            }
        }
    }
}

#[tokio::test]
async fn pages_that_can_be_counted_are_shared_and_chains_are_not_unless_records_are_counted() {
    let library = Library::with(1..=10).await;
    for (way, expected) in ways().into_iter().zip([3, 3, 1, 3, 1, 2, 1, 1, 1]) {
        let asked = Asked::all().target_bytes(64);
        let survey = library.source(&way).survey(&asked.wanted).await.unwrap();
        assert_eq!(survey.slices.len(), expected, "{way}");
    }
    for way in ways() {
        let asked = Asked::all().batch_size(PAGE as u64);
        let survey = library.source(&way).survey(&asked.wanted).await.unwrap();
        assert_eq!((survey.slices.len(), survey.records), (3, Some(10)), "{way}");
    }
    // Keys cut between any two records.
    let survey = library.source(&keyed()).survey(&Asked::all().batch_size(3).wanted).await.unwrap();
    assert_eq!(survey.slices.len(), 4);
}

#[tokio::test]
async fn without_pages_there_is_one() {
    let library = Library::with(1..=10).await;
    let url = format!("http://127.0.0.1:{}/objects?all=1", library.port);
    let given =
        read(&*library.source(&json!({"url": url})), &Asked::all().fields(&["id"])).await.unwrap();
    assert_eq!((ids(&given), library.asked()), ((1..=10).collect(), 1));
}

#[tokio::test]
async fn values_keep_their_spelling_and_conditions_hold() {
    let library = Library::with([7, 8]).await;
    let asked = Asked::all().fields(&["price", "large", "even", "none"]);
    let given = read(&*library.source(&keyed()), &asked.clone().filter(r#"{"even": false}"#)).await;
    let expected = [
        (Kind::Number, "7.0"),
        (Kind::Number, "12345678901234567897"),
        (Kind::Bool, "false"),
        (Kind::Null, ""),
    ];
    assert_eq!(
        given.unwrap().rows,
        [expected.map(|(kind, text)| (kind, text.to_owned())).to_vec()]
    );
}

#[tokio::test]
async fn a_table_has_the_columns_of_all_records() {
    let library = Library::with(1..=9).await;
    library.shelves(|shelves| {
        shelves.records.insert(9, "{\n \"id\": 9,\n \"late\": [1,\n 2]\n}".to_owned())
    });
    for way in ways() {
        let mut asked = Asked::all();
        asked.wanted.needs_columns = true;
        let given = read(&*library.source(&way), &asked).await.unwrap();
        assert_eq!(given.fields.as_deref().unwrap(), ["id", "price", "large", "even", "late"]);
        assert_eq!((given.rows.len(), given.rows[8][4].1.as_str()), (9, "[1,2]"), "{way}");
    }
}

#[tokio::test]
async fn a_key_loses_and_doubles_nothing_while_records_come_and_go() {
    for size in [0, 1, 3, 4, 7] {
        let library = Library::with((1..=40).map(|n| n * 10)).await;
        let source = library.source(&keyed());
        let asked = Asked::all().fields(&["id"]).batch_size(size);
        let survey = source.survey(&asked.wanted).await.unwrap();
        // With each page, one is inserted before everything, one somewhere, and one is deleted;
        // every tenth stays.
        library.shelves(|shelves| {
            shelves.changes = Some(Box::new(|number, records| {
                let number = i64::try_from(number).unwrap();
                for key in [-number, (number * 37 % 400) | 1] {
                    records.insert(key, record(key));
                }
                let gone = number * 70 % 400;
                if gone % 100 != 0 {
                    records.remove(&gone);
                }
            }));
        });
        let mut given = nothing(&["id"]);
        for slice in survey.slices {
            read_slice(&*source, &asked, slice, &mut given).await.unwrap();
        }
        let ids = ids(&given);
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{size}: {ids:?}");
        for stays in [100, 200, 300, 400] {
            assert!(ids.contains(&stays), "{size}: {stays} is lost of {ids:?}");
        }
        // Multiples of ten were there from the beginning.
        let is_old = |key: &i64| *key > 0 && key % 10 == 0;
        let untouched: Vec<i64> =
            library.shelves(|shelves| shelves.records.keys().copied().filter(is_old).collect());
        assert!(untouched.iter().all(|key| ids.contains(key)), "{size}: {untouched:?} {ids:?}");
    }
}

#[tokio::test]
async fn pages_that_shift_since_the_plan_are_told_not_taken() {
    for way in ways() {
        if way == keyed() || way == json!({"pages": {"by": "number"}}) {
            continue;
        }
        let library = Library::with(1..=10).await;
        let source = library.source(&way);
        let asked = Asked::all().fields(&["id"]).batch_size(3);
        let survey = source.survey(&asked.wanted).await.unwrap();
        library.shelves(|shelves| shelves.records.remove(&2));
        let mut given = nothing(&["id"]);
        let mut last = Ok(());
        for slice in survey.slices {
            last = read_slice(&*source, &asked, slice, &mut given).await;
            if last.is_err() {
                break;
            }
        }
        let error = last.unwrap_err();
        assert!(matches!(error, SourceError::Changed { .. }), "{way}: {error}");
    }
}

#[tokio::test]
async fn what_fails_is_asked_for_again_and_half_an_answer_is_never_taken() {
    for way in ways() {
        let library = Library::with(1..=10).await;
        library.trouble([
            Trouble::Status(500, None),
            Trouble::HalfJson,
            Trouble::CutOff,
            Trouble::Status(503, None),
        ]);
        let given = read(&*library.source(&way), &Asked::all().fields(&["id"])).await.unwrap();
        assert_eq!(ids(&given), (1..=10).collect::<Vec<_>>(), "{way}");
    }
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
        (Trouble::Status(404, None), "404"),
        (Trouble::Body("<html>Log in</html>"), "sends no JSON"),
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
        (json!({"by": "key", "key": "id", "parameter": "since"}), "leads to itself"),
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
async fn ranges_of_whole_numbers_are_found_by_few_requests_however_they_are_spread() {
    for keys in [(1..=600).collect::<Vec<i64>>(), (1..=600).map(|n| (n * n * n) << 20).collect()] {
        let library = Library::with(keys.clone()).await;
        let source = library.source(&keyed());
        let asked = Asked::all().fields(&["id"]).target_bytes(16 * 1024);
        let survey = source.survey(&asked.wanted).await.unwrap();
        assert!(survey.slices.len() > 5, "{} slices", survey.slices.len());
        assert!(library.asked() < 60, "{} requests", library.asked());
        let mut given = nothing(&["id"]);
        for slice in survey.slices {
            read_slice(&*source, &asked, slice, &mut given).await.unwrap();
        }
        assert_eq!(ids(&given), keys);
    }
}

#[tokio::test]
async fn an_api_that_knows_only_its_own_keys_is_read_in_one_go() {
    let library = Library::with(1..=40).await;
    library.trouble([Trouble::Pass, Trouble::Status(400, None)]);
    let asked = Asked::all().fields(&["id"]).target_bytes(64);
    let given = read(&*library.source(&keyed()), &asked).await.unwrap();
    assert_eq!((given.slices, ids(&given)), (1, (1..=40).collect()));
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
    library.shelves(|shelves| shelves.records.insert(6, "{\"id\":6,\"x\":\"\\ud800\"}".to_owned()));
    let source = library.source(&json!({"pages": {"by": "number"}}));
    let asked = Asked::all().fields(&["id", "x"]);
    assert!(matches!(read(&*source, &asked).await, Err(SourceError::BrokenRecord { .. })));
    let given = read(&*source, &asked.warn()).await.unwrap();
    assert_eq!(ids(&given), [1, 2, 3, 4, 5]);
    let place = format!("http://127.0.0.1:{}/objects, page 2, record 2, byte ", library.port);
    assert!(given.broken[0].0.starts_with(&place), "{:?}", given.broken);
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
