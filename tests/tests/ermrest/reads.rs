//! Every way of asking gives, in batches of any size, what the server gives at once.

use proto::filter::Where;
use serde_json::{Value, json};
use source::SourceError;

use super::reading::{Reading, wanted};

/// Queries, each with one that gives the same rows in the same order at once.
pub(super) const QUERIES: &[(&str, &str)] = &[
    ("/entity/pnc:subject", "entity/pnc:subject@sort(RID)"),
    ("entity/pnc:empty_t?limit=none", "entity/pnc:empty_t"),
    (
        "/entity/pnc:subject/(pnc:image_files:subject)",
        "entity/pnc:subject/(pnc:image_files:subject)@sort(RID)",
    ),
    (
        "/attribute/pnc:subject/RID,title,note%3A%20a%2Fb",
        "attribute/pnc:subject/RID,title,note%3A%20a%2Fb@sort(RID)",
    ),
    (
        "/attribute/pnc:subject/title,RID@sort(title::desc::)",
        "attribute/pnc:subject/title,RID@sort(title::desc::,RID)",
    ),
    (
        "/attributegroup/M:=pnc:subject/F:=pnc:image_files/M:title,F:subject;n:=cnt(*),RID",
        "attributegroup/M:=pnc:subject/F:=pnc:image_files/M:title,F:subject;n:=cnt(*),RID@sort(title,subject)",
    ),
    ("/attributegroup/pnc:subject/age,flag", "attributegroup/pnc:subject/age,flag@sort(age,flag)"),
    ("/attributegroup/pnc:subject/tags;n:=cnt(*)", "attributegroup/pnc:subject/tags;n:=cnt(*)"),
    ("/aggregate/pnc:subject/n:=cnt(*),m:=max(age)", "aggregate/pnc:subject/n:=cnt(*),m:=max(age)"),
];

#[tokio::test]
async fn every_query_gives_in_batches_of_any_size_what_it_gives_at_once() {
    for page_size in [1, 3, 1000] {
        let reading = Reading::with(&json!({"page_size": page_size})).await;
        let view = reading.survey(QUERIES[0].0, Some(0), None).await.unwrap().view.unwrap();
        for (query, at_once) in QUERIES {
            let expected = reading.expected(&view, at_once).await;
            for batch_size in [None, Some(0), Some(1), Some(2), Some(100)] {
                let (batches, rows) = reading.all(query, batch_size).await.unwrap();
                assert_eq!(rows, expected, "{query} by {page_size} in batches of {batch_size:?}");
                if let (Some(1), "/entity/pnc:subject") = (batch_size, *query) {
                    assert_eq!(batches, expected.len());
                }
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_asked_for_is_not_shown() {
    let reading = Reading::with(&json!({"page_size": 2})).await;
    let query =
        "/attribute/pnc:image_files/!(uri::null::)/url:=uri,length:=bytes,longshore_key:=md5sum";
    let (batches, rows) = reading.all(query, Some(2)).await.unwrap();
    let survey = reading.survey(query, None, None).await.unwrap();
    assert_eq!(survey.fields.unwrap(), ["url", "length", "longshore_key"]);
    assert_eq!((batches, rows.len()), (2, 4));
    assert_eq!(rows[0]["url"], "/hatrac/pnc/obj0:FWC2GZSANUQG2KDRCODYM4ZNSE");
}

#[tokio::test]
async fn line_ends_in_values_stay_as_they_are_wherever_pages_end() {
    for page_size in [1, 2, 3] {
        let reading = Reading::with(&json!({"page_size": page_size})).await;
        let (_, rows) = reading.all("/entity/pnc:subject", Some(1)).await.unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().any(|row| row["title"] == "line1\nline2\r\nline3"), "{rows:?}");
    }
}

#[tokio::test]
async fn a_run_sees_one_snapshot_while_rows_change() {
    let reading = Reading::with(&json!({})).await;
    let query = "/entity/pnc:empty_t";
    let row = |id: &str, x: &str| json!({"RID": id, "x": x}).as_object().cloned().unwrap();
    for (id, x) in [("3A", "one"), ("3B", "two"), ("3C", "three")] {
        reading.change(|catalog| catalog.insert("pnc", "empty_t", &row(id, x)));
    }
    let survey = reading.survey(query, Some(1), None).await.unwrap();
    reading.change(|catalog| catalog.delete("pnc", "empty_t", "3B"));
    reading.change(|catalog| catalog.insert("pnc", "empty_t", &row("2Z", "before all")));
    let changed = row("3A", "changed");
    reading.change(|catalog| catalog.update("pnc", "empty_t", "3A", &changed));
    let values = |rows: &[Value]| rows.iter().map(|row| row["x"].clone()).collect::<Vec<_>>();
    let rows = reading.rows(query, &survey, &Where::new()).await.unwrap();
    assert_eq!(values(&rows), ["one", "two", "three"]);
    // Another output of the same run sees the same, another run what is there now.
    let same = reading.survey(query, Some(2), survey.view.as_deref()).await.unwrap();
    let rows = reading.rows(query, &same, &Where::new()).await.unwrap();
    assert_eq!(
        (same.view, values(&rows)),
        (survey.view, vec![json!("one"), json!("two"), json!("three")])
    );
    let (_, rows) = reading.all(query, Some(2)).await.unwrap();
    assert_eq!(values(&rows), ["before all", "changed", "three"]);
}

#[tokio::test]
async fn a_snapshot_that_is_configured_stays() {
    let before = Reading::with(&json!({})).await;
    let view = before.survey("/entity/pnc:subject", None, None).await.unwrap().view.unwrap();
    let reading = Reading::with(&json!({"catalog": format!("7@{view}")})).await;
    let row = json!({"RID": "3A", "x": "later"}).as_object().cloned().unwrap();
    reading.change(|catalog| catalog.insert("pnc", "empty_t", &row));
    for wanted in [None, Some(view.as_str())] {
        let survey = reading.survey("/entity/pnc:empty_t", None, wanted).await.unwrap();
        assert_eq!((survey.view.as_deref(), survey.records), (Some(view.as_str()), Some(0)));
    }
    let other = reading.survey("/entity/pnc:empty_t", None, Some("3-LATER")).await.err().unwrap();
    assert!(other.to_string().contains("3-LATER"), "{other}");
}

#[tokio::test]
async fn another_number_of_rows_than_were_planned_is_told_and_not_taken() {
    let reading = Reading::with(&json!({})).await;
    let mut survey = reading.survey("/entity/pnc:subject", Some(3), None).await.unwrap();
    // As a source that does not show it again.
    survey.view = None;
    reading.change(|catalog| catalog.delete("pnc", "subject", "20A"));
    let error = reading.rows("/entity/pnc:subject", &survey, &Where::new()).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn columns_that_are_not_there_and_conditions_are_known() {
    let reading = Reading::with(&json!({"query": "/entity/pnc:subject"})).await;
    let mut asked = wanted("", None, None);
    asked.query = None;
    asked.fields = Some(vec!["nope".to_owned()]);
    let error = reading.source.survey(&asked).await.err().unwrap();
    assert!(matches!(error, SourceError::UnknownField { .. }), "{error}");
    let filter: Where = serde_json::from_value(json!({"age": {"gt": 0}})).unwrap();
    let survey = reading.survey("/entity/pnc:subject", Some(1), None).await.unwrap();
    let rows = reading.rows("/entity/pnc:subject", &survey, &filter).await.unwrap();
    assert_eq!(rows.iter().map(|row| row["RID"].clone()).collect::<Vec<_>>(), ["20A", "20E"]);
}

#[tokio::test]
async fn what_is_not_asked_for_rightly_is_refused_with_what_the_server_says() {
    let reading = Reading::with(&json!({})).await;
    for (query, expected) in [
        ("/entity/pnc:nope", "Table nope does not exist in schema pnc."),
        ("/entity/pnc:subject(((", "URL parse error"),
        ("/entity/../../../../authn/session", "no path of a catalogue"),
        ("/schemas", "does not begin with"),
        ("/schema", "a document has no columns"),
    ] {
        let error = reading.survey(query, None, None).await.err().unwrap();
        assert!(error.to_string().contains(expected), "{query}: {error}");
        assert!(!error.is_transient(), "{query}: {error}");
    }
}

#[tokio::test]
async fn tables_are_told_as_queries_call_them_and_looked_into() {
    let reading = Reading::with(&json!({})).await;
    let names: Vec<String> =
        reading.source.holdings().await.unwrap().into_iter().map(|held| held.name).collect();
    assert!(names.contains(&"pnc:subject".to_owned()) && names.is_sorted(), "{names:?}");
    let peek = reading.source.peek("pnc:subject", 2).await.unwrap().unwrap();
    assert_eq!((peek.fields.len(), peek.fields[14].as_str()), (15, "note: a/b"));
    let source::Chunk::Page(page) = &peek.chunks[0] else { panic!("no page") };
    assert_eq!(page.len(), 2);
    let empty = reading.source.peek("pnc:empty_t", 2).await.unwrap().unwrap();
    assert_eq!(empty.fields.last().unwrap(), "x");
}

#[tokio::test]
async fn batches_of_a_large_table_are_cut_by_size_and_lose_nothing() {
    let reading = Reading::with(&json!({})).await;
    reading.change(|catalog| catalog.make("pnc", "big", 1500));
    let (batches, rows) = reading.all("/entity/pnc:big", None).await.unwrap();
    assert!(batches > 5, "{batches} batches");
    let numbers: Vec<u64> = rows.iter().map(|row| row["i"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..1500).collect::<Vec<u64>>());
    // How many are asked for is always said.
    let asked = reading.asked.server.asked();
    let is_data = |uri: &&String| uri.contains("/entity/") || uri.contains("/attribute/");
    assert!(asked.iter().filter(is_data).all(|uri| uri.contains("?limit=")), "{asked:?}");
}
