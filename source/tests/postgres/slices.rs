//! However a table is cut, its slices are the table.

use source::Wanted;

use crate::database::{Database, batches_of, firsts, read, whole};

/// A key's type and the statement that gives its values.
const KEYS: &[(&str, &str)] = &[
    ("int2", "SELECT (g * 7 - 300)::int2 FROM generate_series(1, 101) g"),
    ("int4", "SELECT g * 3 FROM generate_series(-50, 50) g"),
    ("int8", "SELECT g * 9007199254740993 FROM generate_series(-50, 50) g"),
    ("numeric", "SELECT g * 0.10 FROM generate_series(-50, 50) g"),
    ("uuid", "SELECT md5(g::text)::uuid FROM generate_series(1, 101) g"),
    (
        "text",
        "SELECT chr(32 + g) || 'ä''\"' FROM generate_series(0, 92) g UNION ALL SELECT unnest(array['', 'a', 'A', 'b', 'B', 'é', '😀', '﹐'])",
    ),
    ("varchar(9)", "SELECT 'k-' || g FROM generate_series(1, 101) g"),
    ("text COLLATE \"C\"", "SELECT 'K' || md5(g::text) FROM generate_series(1, 101) g"),
];

#[tokio::test]
async fn every_row_is_in_exactly_one_slice() {
    let database = Database::new("slices_once").await;
    for (at, (kind, values)) in KEYS.iter().enumerate() {
        let table = format!("t{at}");
        database
            .run(&format!("CREATE TABLE {table} (id {kind} PRIMARY KEY, x text); INSERT INTO {table} SELECT v, 'x' FROM ({values}) s(v)"))
            .await;
        let source = database.table(&table);
        let all = firsts(&*source, &whole(&*source).await).await;
        assert_eq!(all.len(), 101, "{kind}");
        for size in [1, 2, 3, 7, 50, 100, 101, 102, 1000] {
            let survey = source.survey(&batches_of(size)).await.unwrap();
            assert_eq!(survey.records, Some(101));
            assert_eq!(
                survey.slices.len(),
                101usize.div_ceil(usize::try_from(size).unwrap()),
                "{kind} by {size}"
            );
            let mut sliced = Vec::new();
            for slice in &survey.slices {
                sliced.extend(firsts(&*source, &read(&survey, slice)).await);
            }
            assert_eq!(sliced, all, "{kind} by {size}");
        }
    }
}

#[tokio::test]
async fn text_keys_are_ordered_by_their_bytes() {
    let database = Database::new("slices_bytes").await;
    database
        .run("CREATE TABLE t (id text); INSERT INTO t VALUES ('b'), ('B'), ('ä'), ('a'), ('Z')")
        .await;
    let source = database.table("t");
    assert_eq!(firsts(&*source, &whole(&*source).await).await, ["B", "Z", "a", "b", "ä"]);
}

#[tokio::test]
async fn rows_that_share_a_key_stay_together() {
    let database = Database::new("slices_shared").await;
    database
        .run("CREATE TABLE t AS SELECT g / 10 AS id, g AS x FROM generate_series(0, 99) g")
        .await;
    let source = database.table("t");
    for size in [1, 3, 10, 25, 100] {
        let survey = source.survey(&batches_of(size)).await.unwrap();
        let mut seen = Vec::new();
        for slice in &survey.slices {
            let mut read = read(&survey, slice);
            read.fields = Some(vec!["x".to_owned()]);
            seen.extend(firsts(&*source, &read).await.iter().map(|x| x.parse::<u32>().unwrap()));
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>(), "by {size}");
    }
}

#[tokio::test]
async fn batches_are_as_large_as_they_should_be() {
    let database = Database::new("slices_target").await;
    database.run("CREATE TABLE t AS SELECT g AS id, repeat('x', 994) AS x FROM generate_series(1000, 1999) g").await;
    let source = database.table("t");
    let wanted = Wanted { batch_size: None, target_bytes: 100_000, ..batches_of(0) };
    let survey = source.survey(&wanted).await.unwrap();
    assert_eq!(survey.bytes, Some(1_001_000));
    assert_eq!(survey.slices.len(), 11);
    assert_eq!(source.survey(&wanted).await.unwrap().slices, survey.slices);
}

#[tokio::test]
async fn an_empty_table_is_one_empty_slice() {
    let database = Database::new("slices_empty").await;
    database.run("CREATE TABLE t (id int4, x text)").await;
    let source = database.table("t");
    for batch_size in [None, Some(0), Some(5)] {
        let survey = source.survey(&Wanted { batch_size, ..batches_of(0) }).await.unwrap();
        assert_eq!((survey.slices.len(), survey.records, survey.bytes), (1, Some(0), Some(0)));
        assert!(firsts(&*source, &read(&survey, &survey.slices[0])).await.is_empty());
    }
}

#[tokio::test]
async fn a_query_is_cut_like_a_table() {
    let database = Database::new("slices_query").await;
    let source = database.query(
        "SELECT g AS id, 'x;' || g AS \"the text\" FROM generate_series(1, 10) g -- ten\n;\n ",
    );
    let survey = source.survey(&batches_of(4)).await.unwrap();
    assert_eq!(survey.fields, Some(vec!["id".to_owned(), "the text".to_owned()]));
    let mut sizes = Vec::new();
    for slice in &survey.slices {
        sizes.push(firsts(&*source, &read(&survey, slice)).await.len());
    }
    assert_eq!(sizes, [4, 4, 2]);
}
