//! Files that are made of the answers of queries.

use std::slice;

use super::*;

fn transform(processor: &str, input: &Value, output: &str, more: &Value) -> Value {
    let mut params = json!({"output_path": output});
    let key = if input.is_array() { "input_paths" } else { "input_path" };
    params[key] = input.clone();
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"processor": processor, "processor_params": params})
}

fn cat(input: &Value, output: &str) -> Value {
    transform("cat", input, output, &json!({}))
}

fn kept(input: &Value, output: &str) -> Value {
    transform("cat", input, output, &json!({"delete_input": false}))
}

fn configured(queries: &[Value], transforms: &[Value]) -> Value {
    with(queries, &json!({"transform_processors": transforms, "env": {"t": "a"}}))
}

fn made(queries: &[Value], transforms: &[Value]) -> Translated {
    let configuration = configured(queries, transforms);
    walked(&mut begun(&configuration, Way::Files), &[]).unwrap()
}

fn check_refused(queries: &[Value], transforms: &[Value], place: &str) {
    let found = refused(&configured(queries, transforms), &[]);
    assert_eq!(found, (format!("/transform_processors/{place}"), 502));
}

fn stream(path: &str, output: &str) -> Value {
    query("json-stream", path, &json!({"output_path": output}))
}

#[test]
fn what_is_made_stands_in_the_place_of_what_it_is_made_of() {
    let queries = [stream("/entity/s:t", "a"), csv("/entity/s:u", "u")];
    let done = made(
        &queries,
        &[
            transform(
                "strsub",
                &json!("{t}.json"),
                "b.json",
                &json!({"substitutions":
                [{"input": "x", "output": "y", "pattern": "a+", "repl": "\\n"}]}),
            ),
            transform("json2csv", &json!("b.json"), "{t}/c.csv", &json!({})),
        ],
    );
    assert_eq!(promised(&done), ["u.csv", "a/c.csv"]);
    let replaced = json!([{"input": "x", "output": "y", "pattern": "a+", "replacement": "\\n"}]);
    let inner = json!({"making": {"strsub": {"substitutions": replaced}}, "of":
        [{"query": "/entity/s:t", "view": "3-A", "verbatim": "json_stream"}]});
    let expected = json!({"to": "a/c.csv", "from": "isa", "empty_file": "drop",
        "made": {"making": {"json2csv": {}}, "of": [{"made": inner}]}});
    assert_eq!(outputs(&done)[1], expected);
}

#[test]
fn what_is_kept_is_a_file_and_may_be_used_again() {
    let queries = [csv("/entity/s:t", "a"), csv("/entity/s:u", "b")];
    let both = json!(["a.csv", "b.csv"]);
    let done = made(&queries, &[kept(&both, "c.csv"), cat(&both, "d.csv")]);
    assert_eq!(promised(&done), ["c.csv", "d.csv"]);
    let of = |place: usize| outputs(&done)[place]["made"]["of"].clone();
    assert_eq!(of(0), of(1));
    assert_eq!(of(0).as_array().unwrap().len(), 2);
    check_refused(
        &queries,
        &[cat(&both, "c.csv"), cat(&json!("a.csv"), "d")],
        "1/processor_params/input_path",
    );
}

#[test]
fn a_path_whose_file_was_used_up_is_free() {
    let done = made(&[csv("/entity/s:t", "a")], &[cat(&json!(["a.csv", "a.csv"]), "a.csv")]);
    assert_eq!((promised(&done), done.warnings.len()), (vec!["a.csv".to_owned()], 0));
    let done = made(&[csv("/entity/s:t", "a")], &[kept(&json!("a.csv"), "a.csv")]);
    assert_eq!(promised(&done), ["a.csv", "a~2.csv"]);
}

#[test]
fn sequences_of_a_query_are_made_of_its_rows() {
    let columns = json!({"output_path": "s", "column_map": {"id": "comment", "dna": "data"}});
    let done =
        made(&[query("fasta", "/entity/s:t", &columns)], &[cat(&json!("s.fasta"), "all.fasta")]);
    let rows = json!({"query": "/entity/s:t", "view": "3-A", "verbatim": "json_stream"});
    let making = json!({"fasta": {"comment": ["id"], "data": ["dna"]}});
    let expected = json!([{"made": {"making": making, "of": [rows]}}]);
    assert_eq!(outputs(&done)[0]["made"]["of"], expected);
}

#[test]
fn what_nothing_is_made_of_is_refused_with_its_place() {
    let queries = [csv("/entity/s:t", "a")];
    let input = "0/processor_params/input_path";
    check_refused(&queries, &[cat(&json!("b.csv"), "c")], input);
    let fetch = query("fetch", "/attribute/s:t/url:=u", &json!({"output_path": "f"}));
    check_refused(slice::from_ref(&fetch), &[cat(&json!("f"), "c")], input);
    let configuration = configured(&[fetch], &[cat(&json!("remote-file-manifest.json"), "c")]);
    let refused = walked(&mut begun(&configuration, Way::Files), &[]).unwrap_err();
    assert!(refused.mistakes[0].hint.contains("json-stream"), "{refused:?}");
}

#[test]
fn what_would_be_written_out_too_often_is_refused() {
    let queries = [csv("/entity/s:t", "0")];
    let deep: Vec<Value> = (0..17)
        .map(|n| {
            let input = if n == 0 { "0.csv".to_owned() } else { n.to_string() };
            cat(&json!(input), &(n + 1).to_string())
        })
        .collect();
    made(&queries, &deep[..16]);
    check_refused(&queries, &deep, "16");
    let text = json!({"template": "x".repeat(100_000)});
    let mut transforms = vec![transform("interpolation", &json!("0.csv"), "1", &text)];
    transforms.push(cat(&json!(vec!["1"; 50]), "2"));
    check_refused(&queries, &transforms, "1/processor_params/input_paths");
}

#[test]
fn a_bag_tells_where_files_that_are_made_of_one_answer_are_from() {
    let queries = [csv("/entity/s:t", "a"), csv("/entity/s:u", "b")];
    let told = |transforms: &[Value]| {
        let mut configuration = configured(&queries, transforms);
        configuration["bag"] = json!({"bag_name": "b", "bag_ro": true});
        let done = walked(&mut begun(&configuration, Way::Bag), &[]).unwrap();
        let transport = serde_json::to_value(&done.definition.transports[0]).unwrap();
        transport["packer"]["bag"]["research_object"]["retrieved_from"].clone()
    };
    let address =
        |table: &str| format!("https://localhost:8443/ermrest/catalog/7@3-A/entity/s:{table}");
    let one = told(&[cat(&json!("a.csv"), "c")]);
    assert_eq!(one, json!({"b.csv": address("u"), "c": address("t")}));
    assert_eq!(told(&[cat(&json!(["a.csv", "b.csv"]), "c")]), json!(null));
}
