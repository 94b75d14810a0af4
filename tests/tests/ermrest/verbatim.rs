//! What is kept of the answers to queries in batches of any size is, byte for byte, what the server answers at once.

use futures::TryStreamExt;
use proto::definition::{OnError, Verbatim};
use proto::filter::Where;
use serde_json::json;
use source::{Read, Source, SourceError, Survey, Text, Wanted};
use tests::Trouble;

use super::reading::{Reading, wanted};
use super::reads::QUERIES;

const FORMS: [(Verbatim, &str); 3] = [
    (Verbatim::Csv, "text/csv"),
    (Verbatim::Json, "application/json"),
    (Verbatim::JsonStream, "application/x-json-stream"),
];

/// A query whose key is not among its columns, with rows whose texts have several lines.
const WITHOUT_KEY: (&str, &str) = (
    "/attribute/pnc:subject/title,subject_id@sort(subject_id)",
    "attribute/pnc:subject/title,subject_id@sort(subject_id)",
);

impl Reading {
    /// What is kept of the answer to a query, and how many records are in it.
    async fn kept(
        &self,
        query: &str,
        form: Verbatim,
        batch_size: Option<u64>,
    ) -> Result<(String, u64), SourceError> {
        let survey = self.survey(query, batch_size, None).await?;
        let [open, between, close] = form.frame();
        let (mut kept, mut shares, mut records) = (open.to_owned(), 0, 0);
        for share in texts(&*self.source, query, &survey, form).await? {
            records += share.iter().map(|text| text.records).sum::<u64>();
            let share: Vec<u8> = share.iter().flat_map(|text| text.bytes.to_vec()).collect();
            if !share.is_empty() {
                kept.push_str(if shares > 0 { between } else { "" });
                kept.push_str(&String::from_utf8(share).unwrap());
                shares += 1;
            }
        }
        Ok((kept + close, records))
    }

    /// What the server itself answers for a path at once, as it was at a snapshot.
    async fn at_once(&self, view: &str, path: &str, accepted: &str) -> String {
        let cookie = self.asked.cookie();
        let headers = [("cookie", cookie.as_str()), ("accept", accepted)];
        let uri = format!("/ermrest/catalog/7@{view}/{path}?limit=none");
        let told = self.asked.ask("GET", &uri, &headers).await;
        assert_eq!(told.status, 200, "{uri}: {}", told.text());
        told.text()
    }

    async fn view(&self) -> String {
        self.source.view(None).await.unwrap().unwrap()
    }
}

/// The texts of each batch of a plan.
async fn texts(
    source: &dyn Source,
    query: &str,
    survey: &Survey,
    form: Verbatim,
) -> Result<Vec<Vec<Text>>, SourceError> {
    let mut shares = Vec::new();
    for slice in &survey.slices {
        let read = Read {
            slice: slice.clone(),
            fields: survey.fields.clone(),
            besides: Vec::new(),
            filter: Where::new(),
            search: None,
            query: Some(query.to_owned()),
            view: survey.view.clone(),
            on_error: OnError::Fail,
        };
        let texts = source.verbatim(&read, form).await?.unwrap();
        shares.push(texts.try_collect().await?);
    }
    Ok(shares)
}

#[tokio::test]
async fn every_form_of_every_query_is_what_it_is_at_once() {
    for page_size in [1, 3, 1000] {
        let reading = Reading::with(&json!({"page_size": page_size})).await;
        let view = reading.view().await;
        for (query, path) in QUERIES.iter().chain([&WITHOUT_KEY]) {
            for (form, accepted) in FORMS {
                let expected = reading.at_once(&view, path, accepted).await;
                for batch_size in [Some(0), Some(1), Some(2)] {
                    let (kept, _) = reading.kept(query, form, batch_size).await.unwrap();
                    let of = format!("{query} by {page_size} in batches of {batch_size:?}");
                    assert_eq!(kept, expected, "{of} as {form:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn lists_are_written_as_a_query_says() {
    let reading = Reading::with(&json!({"page_size": 2})).await;
    let view = reading.view().await;
    let (cookie, accepted) = (reading.asked.cookie(), ("accept", "text/csv"));
    for path in
        ["attribute/pnc:subject/RID,tags@sort(RID)", "attributegroup/pnc:subject/tags;n:=cnt(*)"]
    {
        let uri = format!("/ermrest/catalog/7@{view}/{path}?limit=none&arrays=json");
        let told = reading.asked.ask("GET", &uri, &[("cookie", cookie.as_str()), accepted]).await;
        assert!(told.text().contains('['), "{}", told.text());
        let query = format!("/{path}?arrays=json");
        let (kept, _) = reading.kept(&query, Verbatim::Csv, None).await.unwrap();
        assert_eq!(kept, told.text());
    }
}

#[tokio::test]
async fn line_ends_in_values_neither_end_rows_nor_change() {
    let reading = Reading::with(&json!({"page_size": 1})).await;
    let (kept, records) = reading.kept(WITHOUT_KEY.0, Verbatim::Csv, Some(2)).await.unwrap();
    assert!(kept.contains("\n\"line1\nline2\r\nline3\",S3\n"), "{kept:?}");
    assert_eq!((kept.matches("title,subject_id\n").count(), records), (1, 4));
}

#[tokio::test]
async fn what_breaks_off_or_takes_too_long_changes_nothing() {
    let reading = Reading::with(&json!({"page_size": 1000, "tries": 3})).await;
    let query = "/entity/pnc:subject";
    for (form, _) in FORMS {
        let undisturbed = reading.kept(query, form, Some(0)).await.unwrap();
        // The names of the columns, the first rows, what they are put in order by to its end, and then all.
        for nth in 1..6 {
            reading.asked.server.fail_nth("/ermrest/catalog/7@", nth, Trouble::Half);
            let disturbed = reading.kept(query, form, Some(0)).await.unwrap();
            assert_eq!(disturbed, undisturbed, "{form:?}, {nth}");
        }
        reading.asked.server.limit_run_time(2);
        assert_eq!(reading.kept(query, form, Some(0)).await.unwrap(), undisturbed, "{form:?}");
        reading.asked.server.limit_run_time(usize::MAX);
    }
}

#[tokio::test]
async fn groups_that_come_at_once_are_counted_where_they_break_off_behind_a_row() {
    let reading = Reading::with(&json!({})).await;
    let server = &reading.asked.server;
    let query = "/attributegroup/pnc:subject/tags;n:=cnt(*)";
    let undisturbed = reading.kept(query, Verbatim::Csv, None).await.unwrap();
    let survey = reading.survey(query, None, None).await.unwrap();
    let answer = "/ermrest/catalog/7@";
    server.fail_next(answer, [Trouble::Lines]);
    let shares = texts(&*reading.source, query, &survey, Verbatim::Csv).await.unwrap();
    assert_eq!(shares[0][0].bytes, undisturbed.0);
    // Each answer as CSV is counted by one as JSON.
    for nth in [1, 2, 2] {
        server.fail_nth(answer, nth, Trouble::Lines);
    }
    let error = texts(&*reading.source, query, &survey, Verbatim::Csv).await.err().unwrap();
    assert!(error.is_transient(), "{error}");
    assert!(error.to_string().contains("rows as CSV"), "{error}");
}

#[tokio::test]
async fn no_rows_are_the_names_of_columns_or_nothing_and_no_record() {
    let reading = Reading::with(&json!({})).await;
    let kept = async |form| reading.kept("/entity/pnc:empty_t", form, None).await.unwrap();
    let (csv, records) = kept(Verbatim::Csv).await;
    assert!(csv.starts_with("RID,") && csv.ends_with('\n') && csv.lines().count() == 1, "{csv}");
    assert_eq!(records, 0);
    assert_eq!(kept(Verbatim::Json).await, ("[]\n".to_owned(), 0));
    assert_eq!(kept(Verbatim::JsonStream).await, (String::new(), 0));
}

#[tokio::test]
async fn rows_that_are_gone_end_the_reading() {
    let reading = Reading::with(&json!({"page_size": 2})).await;
    let query = "/entity/pnc:subject";
    let survey = reading.survey(query, Some(2), None).await.unwrap();
    reading.change(|catalog| catalog.delete("pnc", "subject", "20A"));
    let now = Survey { view: None, ..survey };
    for (form, _) in FORMS {
        let error = texts(&*reading.source, query, &now, form).await.err().unwrap();
        assert!(matches!(error, SourceError::Changed { .. }), "{error}");
    }
}

#[tokio::test]
async fn documents_come_whole_as_they_were_at_a_snapshot() {
    let reading = Reading::with(&json!({})).await;
    let view = reading.view().await;
    for (query, path) in [("/", ""), ("/schema", "schema"), ("/schema/pnc/", "schema/pnc")] {
        let uri = format!("/ermrest/catalog/7@{view}/{path}");
        let cookie = reading.asked.cookie();
        let told = reading.asked.ask("GET", &uri, &[("cookie", cookie.as_str())]).await;
        let wanted = Wanted { needs_columns: false, ..wanted(query, Some(1), None) };
        let survey = reading.source.survey(&wanted).await.unwrap();
        assert_eq!((survey.slices.len(), &survey.fields), (1, &None));
        let shares = texts(&*reading.source, query, &survey, Verbatim::Json).await.unwrap();
        let whole = Text { bytes: told.body.clone().into(), records: 1 };
        assert_eq!(shares, [[whole]], "{query}");
        let document = reading.source.document(query, Some(&view)).await.unwrap();
        assert_eq!(document, told.body);
    }
    let error = reading.survey("/schema", None, None).await.err().unwrap();
    assert!(error.to_string().contains("no columns"), "{error}");
    let error = reading.source.document("/entity/pnc:subject", None).await.err().unwrap();
    assert!(error.to_string().contains("is no document"), "{error}");
}

#[tokio::test]
async fn the_first_row_is_that_of_the_order_without_the_key_that_nobody_asked_for() {
    let reading = Reading::with(&json!({})).await;
    let first = async |query| reading.source.first(query, None).await.unwrap();
    let expected = json!({"title": "Plain"}).as_object().cloned();
    assert_eq!(first("/attribute/pnc:subject/title").await, expected);
    let expected = json!({"n": 4}).as_object().cloned();
    assert_eq!(first("/aggregate/pnc:subject/n:=cnt(*)").await, expected);
    assert_eq!(first("/entity/pnc:empty_t").await, None);
    assert_eq!(first("/").await.unwrap()["id"], "7");
}
