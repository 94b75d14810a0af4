//! An API read through the source as a whole.

mod files;
mod library;
mod renewing;
mod setbacks;

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
        json!({"pages": {"by": "number", "parameter": "p", "first": 0, "total": "/meta/total"}}),
        json!({"pages": {"by": "offset", "parameter": "skip"}}),
        json!({"pages": {"by": "key", "key": "id", "parameter": "since"}}),
        json!({"pages": {"by": "cursor", "next": "/meta/next", "parameter": "token"}}),
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
    for (way, expected) in ways().into_iter().zip([3, 3, 1, 3, 1, 2, 1, 1, 1, 3, 1, 2, 1]) {
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
        if way["pages"]["by"] == "key" || way == json!({"pages": {"by": "number"}}) {
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
