//! Each processor as an output.

use super::*;

#[test]
fn answers_are_kept_in_the_bytes_of_the_catalogue() {
    let queries = [
        csv("/entity/s:t?limit=none", "t"),
        query("json", "/schema", &json!({"output_path": "doc", "output_filename": "schema"})),
        query("json-stream", "/attribute/s:t/a", &json!({"output_path": "t.csv"})),
        query("json", "/aggregate/s:t/n:=cnt(*)", &json!({"output_path": "n.json"})),
    ];
    let translated = loose(&queries, &[]);
    let output = |to: &str, query: &str, form: &str| {
        json!({"to": to, "from": "isa", "query": query, "view": "3-A", "verbatim": form,
            "empty_file": "drop"})
    };
    assert_eq!(
        outputs(&translated),
        [
            output("t.csv", "/entity/s:t?limit=none", "csv"),
            output("doc/schema.json", "/schema", "json"),
            output("t.csv.json", "/attribute/s:t/a", "json_stream"),
            output("n.json", "/aggregate/s:t/n:=cnt(*)", "json"),
        ]
    );
    assert_eq!(promised(&translated), ["t.csv", "doc/schema.json!", "t.csv.json", "n.json!"]);
    assert!(translated.warnings.is_empty());
}

#[test]
fn pages_put_rows_in_their_order() {
    let paged = json!({"output_path": "p", "paged_query": true, "paged_query_size": 2,
        "paged_query_sort_columns": ["a", "RID"]});
    let queries = [
        query("csv", "/entity/s:t?limit=9", &paged),
        query("csv", "/attributegroup/s:t/a", &paged),
    ];
    let translated = loose(&queries, &[]);
    let asked: Vec<&str> =
        translated.definition.outputs.iter().filter_map(|one| one.query.as_deref()).collect();
    assert_eq!(asked, ["/entity/s:t@sort(a,RID)?limit=none", "/attributegroup/s:t/a"]);
}

#[test]
fn the_first_of_several_files_keeps_its_path() {
    let translated = loose(&[csv("/entity/s:t", "a"), csv("/entity/s:u", "A")], &[]);
    assert_eq!(promised(&translated), ["a.csv", "A~2.csv"]);
    assert_eq!(
        translated.warnings,
        ["an output is written to A~2.csv, for a.csv is another one's"]
    );
}

#[test]
fn files_are_collected_by_the_columns_that_rows_have() {
    let path = "/attribute/s:t/!(uri::null::)/RID,url:=uri,filename";
    let queries = [
        query("download", path, &json!({"output_path": "dl/{{x}}/{RID}"})),
        query("download", "/attribute/s:t/url", &json!({"output_filename": "{hostname}.bin"})),
    ];
    let translated = loose(&queries, &[]);
    assert_eq!(
        outputs(&translated),
        [
            json!({"to": "dl/{x}/", "from": "isa", "query": path, "view": "3-A", "assets":
                {"field": "url", "filename": "filename", "name": "{RID}/{_name}"}}),
            json!({"to": "/", "from": "isa", "query": "/attribute/s:t/url", "view": "3-A",
                "assets": {"field": "url", "name": "localhost:8443.bin"}}),
        ]
    );
    assert_eq!(promised(&translated), ["dl/{x}/", ""]);
}

#[test]
fn where_only_the_catalogue_knows_the_columns_a_row_is_asked_for() {
    let fetch = query("fetch", "/entity/s:t", &json!({"output_path": "a/{kind}"}));
    let found = json!({"url": "/hatrac/x", "kind": "scan", "length": 7, "md5": null});
    let translated = bagged(std::slice::from_ref(&fetch), &[found]);
    assert_eq!(
        outputs(&translated)[0]["assets"],
        json!({"field": "url", "name": "{kind}/{_name}",
            "remote": {"length": "length", "md5": "md5", "ask": true}})
    );
    let translated = bagged(&[fetch, csv("/entity/s:t", "t")], &[json!(null)]);
    assert_eq!(promised(&translated), ["t.csv"]);
    assert_eq!(translated.warnings, ["nothing comes of /entity/s:t: it has no rows"]);
}

#[test]
fn rows_without_addresses_lead_to_no_files() {
    let queries = [
        query("fetch", "/attribute/s:t/uri", &json!({"output_path": "a"})),
        csv("/entity/s:t", "t"),
    ];
    let translated = bagged(&queries, &[]);
    assert_eq!(promised(&translated), ["t.csv"]);
    assert_eq!(
        translated.warnings,
        ["/attribute/s:t/uri leads to no files: no column is called \"url\""]
    );
}

#[test]
fn references_are_a_bags_own_or_lists() {
    let path = "/attribute/s:t/url:=uri,length:=bytes,filename,md5,sha256,content_type";
    let fetch = query("fetch", path, &json!({"output_path": "assets/t/uri"}));
    let in_bag = bagged(std::slice::from_ref(&fetch), &[]);
    let remote = json!({"length": "length", "md5": "md5", "sha256": "sha256", "ask": true});
    assert_eq!(
        outputs(&in_bag),
        [json!({"to": "assets/t/uri/", "from": "isa", "query": path, "view": "3-A",
            "assets": {"field": "url", "filename": "filename", "remote": remote}})]
    );
    assert_eq!(promised(&in_bag), ["assets/t/uri/"]);
    let lists = loose(&[fetch.clone(), fetch], &[]);
    assert_eq!(promised(&lists), ["remote-file-manifest.json", "remote-file-manifest-2.json"]);
    let list = &outputs(&lists)[0];
    assert_eq!((&list["format"], &list["empty_file"]), (&json!("jsonl"), &json!("drop")));
    assert_eq!(list["assets"]["name"], "assets/t/uri/{_name}");
    assert_eq!(list["assets"]["remote"]["content_type"], "content_type");
}

#[test]
fn a_column_comes_before_a_variable_of_its_name() {
    let path = "/attribute/s:t/url,title";
    let fetch = query("fetch", path, &json!({"output_path": "{title}/{hostname}"}));
    let translated = bagged(&[fetch], &[]);
    let output = &outputs(&translated)[0];
    assert_eq!(
        (&output["to"], &output["assets"]["name"]),
        (&json!("/"), &json!("{title}/localhost:8443/{_name}"))
    );
}

#[test]
fn sequences_are_written_by_their_columns() {
    let fasta = |map: Value| {
        query(
            "fasta",
            "/attribute/s:t/id,name,dna",
            &json!({"output_path": "a", "column_map": map}),
        )
    };
    let map = json!({"id": "comment", "name": "comment", "dna": "data"});
    let translated = loose(&[fasta(map)], &[]);
    assert_eq!(
        outputs(&translated),
        [json!({"to": "a.fasta", "from": "isa", "query": "/attribute/s:t/id,name,dna",
            "view": "3-A", "format": "fasta", "empty_file": "drop",
            "options": {"comment": ["id", "name"], "data": ["dna"]}})]
    );
    let place = "/catalog/query_processors/0/processor_params/column_map".to_owned();
    assert_eq!(refused(&with(&[fasta(json!({}))], &json!({})), &[]), (place, 502));
    let line = query("fasta", "/entity/s:t", &json!({"output_path": "a.fa"}));
    let translated = loose(&[line], &[json!({"record": ">x"})]);
    assert_eq!(outputs(&translated)[0]["options"], json!({"line": "record"}));
    assert_eq!(promised(&translated), ["a.fa.fasta"]);
}
