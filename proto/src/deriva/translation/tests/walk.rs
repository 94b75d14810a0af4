//! The walk: what is asked, and what the answers do to the queries behind.

use super::*;
use crate::deriva::engine::Values;

fn asked(translation: &mut Translation) -> String {
    match translation.next(now()).unwrap() {
        Next::Ask { path } => path,
        Next::Done(done) => panic!("{done:?}"),
    }
}

fn env(path: &str, keys: &Value) -> Value {
    query("env", path, &json!({"query_keys": keys}))
}

#[test]
fn variables_grow_from_query_to_query() {
    let queries = [
        env("/entity/s:t/id={sid}", &json!(["title"])),
        query("dir", "/entity/s:u/title={title_urlencoded}", &json!({"output_path": "d"})),
        csv("/entity/s:v/n={n}", "d/{title}_{hostname}"),
    ];
    let configuration = with(&queries, &json!({"env": {"sid": "S1", "n": 0}}));
    let mut translation = begun(&configuration, Way::Files);
    assert_eq!(asked(&mut translation), "/entity/s:t/id=S1");
    assert_eq!(asked(&mut translation), "/entity/s:t/id=S1");
    translation.answer(row(&json!({"title": "A b", "n": 5})));
    // Nothing was asked, so that this is no answer.
    translation.answer(row(&json!({"title": "other"})));
    assert_eq!(asked(&mut translation), "/entity/s:u/title=A%20b");
    translation.answer(row(&json!({"n": 7})));
    let Next::Done(done) = translation.next(now()).unwrap() else { panic!("there is no question") };
    assert_eq!(done.definition.outputs[0].query.as_deref(), Some("/entity/s:v/n=7"));
    assert_eq!(promised(&done), ["d/A b_localhost_8443.csv"]);
    assert_eq!(done.variables.value("n").as_deref(), Some("7"));
    assert_eq!(
        done.warnings,
        ["an output is written to d/A b_localhost_8443.csv, not to d/A b_localhost:8443.csv"]
    );
}

#[test]
fn a_question_without_a_row_leaves_variables_as_they_are() {
    let queries = [env("/entity/s:t", &json!(["x"])), csv("/entity/s:v", "z")];
    assert_eq!(promised(&loose(&queries, &[json!(null)])), ["z.csv"]);
    let queries = [env("/entity/s:t", &json!([])), csv("/entity/s:v", "{x}")];
    let configuration = with(&queries, &json!({}));
    let place = "/catalog/query_processors/1/processor_params/output_path";
    assert_eq!(refused(&configuration, &[json!(null)]), (place.to_owned(), 502));
}

#[test]
fn files_of_queries_before_a_question_stay() {
    let queries =
        [csv("/entity/s:t", "a"), env("/entity/s:u", &json!([])), csv("/entity/s:v", "b")];
    assert_eq!(promised(&loose(&queries, &[json!({"x": 1})])), ["a.csv", "b.csv"]);
}

#[test]
fn what_a_row_makes_of_a_path_is_checked() {
    let queries = |path: &str, output: &str| {
        with(&[env("/entity/s:t", &json!(["x"])), csv(path, output)], &json!({}))
    };
    let place = |key: &str| format!("/catalog/query_processors/1/processor_params/{key}");
    let up = [json!({"x": "../../authn"})];
    assert_eq!(refused(&queries("/entity/{x}", "a"), &up), (place("query_path"), 409));
    assert_eq!(refused(&queries("/entity/s:t", "{x}"), &up), (place("output_path"), 409));
    let long = [json!({"x": "a".repeat(20_000)})];
    let whole = "/catalog/query_processors/1".to_owned();
    assert_eq!(refused(&queries("/entity/{x}", "a"), &long), (whole, 502));
}

#[test]
fn a_configuration_without_files_is_refused() {
    let configuration = with(&[env("/entity/s:t", &json!([]))], &json!({}));
    let place = "/catalog/query_processors".to_owned();
    assert_eq!(refused(&configuration, &[json!({"a": 1})]), (place, 502));
}

#[test]
fn a_bag_that_may_be_empty_is_made_of_nothing() {
    let lenient = json!({"bag": {"bag_name": "b", "bag_strict": false}});
    let fetch = query("fetch", "/entity/s:t", &json!({"output_path": "a"}));
    for (queries, row) in [
        (vec![], json!(null)),
        (vec![env("/entity/s:t", &json!([]))], json!({"a": 1})),
        (vec![fetch], json!(null)),
    ] {
        let configuration = with(&queries, &lenient);
        let rows = [row];
        let done = walked(&mut begun(&configuration, Way::Bag), &rows).unwrap();
        assert!(done.definition.outputs.is_empty() && done.files.is_empty(), "{queries:?}");
    }
}

#[test]
fn a_folder_that_nothing_goes_to_is_told() {
    let folder =
        |path: &str| json!({"processor": "dir", "processor_params": {"output_path": path}});
    let queries = [folder("a"), folder("b"), csv("/entity/s:t", "a/x")];
    assert_eq!(
        bagged(&queries, &[]).warnings,
        ["there is no folder \"b\": nothing goes there, and only files are packed"]
    );
}

#[test]
fn everything_reads_the_snapshot_that_was_set_last() {
    let mut translation = begun(&with(&[csv("/entity/s:t", "a")], &json!({})), Way::Files);
    translation.set_view(Some("3-B".to_owned()));
    let read = |translated: Translated| outputs(&translated)[0]["view"].clone();
    assert_eq!(read(walked(&mut translation.clone(), &[]).unwrap()), "3-B");
    translation.set_view(None);
    assert_eq!(read(walked(&mut translation, &[]).unwrap()), json!(null));
}

#[test]
fn steps_that_are_left_are_kept() {
    let more = json!({
        "post_processors": [{"processor": "url_rewrite", "processor_params": {"remote_path": "x"}}],
    });
    let configuration = with(&[csv("/entity/s:t", "a")], &more);
    let done = walked(&mut begun(&configuration, Way::Bag), &[]).unwrap();
    assert_eq!(done.post_processors.len(), 1);
}
