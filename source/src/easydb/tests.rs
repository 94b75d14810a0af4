//! Catalogues in folders, read through the source as a whole.

use std::path::Path;
use std::sync::Arc;

use proto::definition::OnError;
use proto::plan::{KeyRange, Slice};
use tokio::sync::mpsc;

use crate::page::{Halves, Met};
use crate::reading::{Asked, folder, read, source};
use crate::{Chunk, Read, Source, SourceError};

/// Thirty objects of all kinds.
pub(super) fn small() -> Arc<dyn Source> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/catalogues");
    source(&base, r#"{"kind":"easydb","path":"small"}"#).unwrap()
}

fn object(id: u64) -> String {
    format!(r#"{{"_objecttype":"x","_system_object_id":{id},"_standard":{{"1":"[{{\"\\"}}}}"#)
}

fn answer(ids: &[u64]) -> String {
    let objects: Vec<String> = ids.iter().map(|id| object(*id)).collect();
    format!(
        "{{\"a\":[{{\"objects\":[1]}}], \"type\":\"objects\",\n\"objects\" : [{}],\"count\":7}}\n",
        objects.join(" ,\n")
    )
}

async fn ids(files: &[(&str, &[u8])], asked: &Asked) -> Result<Vec<Vec<String>>, SourceError> {
    let dir = folder(files);
    let source = source(dir.path(), r#"{"kind":"easydb","path":"."}"#)?;
    let given = read(&*source, asked).await?;
    let texts = |row: &Vec<(_, String)>| row.iter().map(|(_, text)| text.clone()).collect();
    Ok(given.rows.iter().map(texts).collect())
}

/// What a plan asks of the first slice.
async fn first_slice(source: &dyn Source, fields: Option<Vec<String>>) -> Read {
    let wanted = Asked::all().wanted;
    let survey = source.survey(&wanted).await.unwrap();
    Read {
        slice: survey.slices[0].clone(),
        fields,
        besides: Vec::new(),
        filter: wanted.filter,
        search: None,
        query: None,
        view: survey.view,
        on_error: OnError::Fail,
    }
}

#[tokio::test]
async fn objects_of_all_answers_come_in_the_order_of_their_numbers() {
    let (first, second) = (answer(&[7, 3]), answer(&[5, 1_000_000_007]));
    let files: &[(&str, &[u8])] = &[("b.json", first.as_bytes()), ("a.json", second.as_bytes())];
    let asked = Asked::all().batch_size(3).fields(&["_system_object_id"]);
    assert_eq!(ids(files, &asked).await.unwrap(), [["3"], ["5"], ["7"], ["1000000007"]]);
    let whole = ids(files, &Asked::all()).await.unwrap();
    assert_eq!(whole[0], [object(3)]);
}

#[tokio::test]
async fn of_an_object_that_is_there_twice_the_last_one_counts() {
    let old = r#"{"objects":[{"_system_object_id":4,"v":1}]}"#;
    let new = r#"{"objects":[{"v":2,"_system_object_id":4}]}"#;
    let files: &[(&str, &[u8])] = &[("1.json", old.as_bytes()), ("2.json", new.as_bytes())];
    assert_eq!(ids(files, &Asked::all().fields(&["v"])).await.unwrap(), [["2"]]);
}

#[tokio::test]
async fn conditions_count_before_batches_are_cut() {
    let asked = Asked::all().batch_size(5).filter(r#"{"_objecttype":"bild"}"#);
    let given = read(&*small(), &asked).await.unwrap();
    assert_eq!((given.slices, given.records, given.rows.len()), (3, Some(14), 14));
}

#[tokio::test]
async fn what_is_no_whole_answer_is_told_with_its_place() {
    for (text, expected) in [
        (r#"{"objects":[{"_system_object_id":1}"#, "a.json, byte 35: the JSON breaks off"),
        (r#"{"objects":[{"_system_object_id":"#, "a.json, byte 33: the JSON breaks off"),
        (
            r#"{"object":[]}"#,
            "a.json, byte 13: it is no answer of a search: it has no list \"objects\"",
        ),
        ("[1]", "a.json, byte 0: it is no answer of a search, but a list"),
        ("<html>", "a.json, byte 0: it is no answer of a search"),
        (r#"{"objects":[]} {}"#, "a.json, byte 15: something follows the answer"),
        (r#"{"objects":[7]}"#, "a.json, byte 12: what is listed is no object"),
        (r#"{"objects":[{"a":1}]}"#, "a.json:?: the object has no _system_object_id"),
        ("", "a.json, byte 0: the JSON breaks off"),
    ] {
        let error = ids(&[("a.json", text.as_bytes())], &Asked::all()).await.unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[tokio::test]
async fn a_broken_object_is_left_out_where_that_is_wanted() {
    let text = r#"{"objects":[{"_system_object_id":1,"a":01},{"_system_object_id":2}]}"#;
    let dir = folder(&[("a.json", text.as_bytes())]);
    let source = source(dir.path(), r#"{"kind":"easydb","path":"."}"#).unwrap();
    assert!(read(&*source, &Asked::all()).await.is_err());
    let given = read(&*source, &Asked::all().warn()).await.unwrap();
    assert_eq!(given.rows.len(), 1);
    assert!(given.broken[0].0.starts_with("a.json, byte 12: "), "{:?}", given.broken);
}

#[tokio::test]
async fn half_a_surrogate_pair_is_counted_with_the_place_of_its_object() {
    let object = r#"{"_system_object_id":2,"a":"\ud800"}"#;
    let text = format!(r#"{{"objects":[{{"_system_object_id":1,"a":"b"}},{object}]}}"#);
    let dir = folder(&[("a.json", text.as_bytes())]);
    let source = source(dir.path(), r#"{"kind":"easydb","path":"."}"#).unwrap();
    let read = first_slice(&*source, Some(vec!["a".to_owned()])).await;
    let (out, mut chunks) = mpsc::channel(9);
    source.rows(&read, out).await.unwrap();
    let Some(Chunk::Page(page)) = chunks.recv().await else { panic!("there is no page") };
    assert_eq!((page.halves_in(0), page.halves_in(1)), (0, 1));
    let place = format!("a.json, byte {}", text.find(object).unwrap());
    let first = Some(Met { place: Some(place), text: object.to_owned() });
    assert_eq!(*page.halves(), Halves { count: 1, first });
}

#[tokio::test]
async fn a_folder_that_changed_since_the_plan_is_told() {
    let dir = folder(&[("a.json", answer(&[1, 2]).as_bytes())]);
    let source = source(dir.path(), r#"{"kind":"easydb","path":"."}"#).unwrap();
    let read = first_slice(&*source, None).await;
    let (out, mut chunks) = mpsc::channel(9);
    source.rows(&read, out).await.unwrap();
    assert!(chunks.recv().await.is_some());
    std::fs::write(dir.path().join("b.json"), answer(&[3])).unwrap();
    let (out, _chunks) = mpsc::channel(9);
    let error = source.rows(&read, out).await.unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn what_is_added_after_the_plan_belongs_to_no_batch() {
    let survey = small().survey(&Asked::all().batch_size(20).wanted).await.unwrap();
    let last = Slice::Keys(KeyRange { after: Some("1058".into()), until: Some("1088".into()) });
    assert_eq!(survey.slices.last(), Some(&last));
}

#[tokio::test]
async fn a_catalogue_tells_its_fields_and_gives_objects_by_number() {
    let catalogue = small().catalogue().unwrap();
    let about = catalogue.about().await.unwrap();
    assert_eq!((about.name.as_str(), about.languages.len()), ("hafenmuseum", 2));
    assert_eq!(about.types["bild"].columns.len(), 20);
    assert_eq!(catalogue.user_names().await.unwrap()[&2], "Ann O'Neill");
    let objects = catalogue.objects(&[1088, 5, 1000]).await.unwrap();
    assert!(objects[0].as_ref().unwrap().contains("\"_system_object_id\":1088"));
    assert_eq!(objects[1], None);
    assert!(objects[2].as_ref().unwrap().starts_with("{\"_objecttype\":\"ort\""));
}

#[tokio::test]
async fn a_folder_without_a_description_says_so() {
    let dir = folder(&[("a.json", answer(&[1]).as_bytes())]);
    let source = source(dir.path(), r#"{"kind":"easydb","path":"."}"#).unwrap();
    let error = source.catalogue().unwrap().about().await.unwrap_err();
    assert!(error.to_string().contains("has no catalogue.json"), "{error}");
}

#[tokio::test]
async fn files_lie_beside_the_answers() {
    let asset = small().assets().unwrap().open("files/picture-00-small.png").await.unwrap();
    assert_eq!(asset.len, Some(518));
}

#[tokio::test]
async fn stylesheets_and_mappings_lie_in_folders_of_their_own() {
    let dir = folder(&[("a.json", answer(&[1]).as_bytes())]);
    for name in ["stylesheets", "mappings"] {
        std::fs::create_dir(dir.path().join(name)).unwrap();
    }
    for name in ["stylesheets/7.xsl", "stylesheets/8.xslt", "mappings/12.json", "secret.xsl"] {
        std::fs::write(dir.path().join(name), name).unwrap();
    }
    let source = source(dir.path(), r#"{"kind":"easydb","path":"."}"#).unwrap();
    let catalogue = source.catalogue().unwrap();
    let text = |found: Result<Option<Vec<u8>>, SourceError>| {
        found.unwrap().map(|text| String::from_utf8(text).unwrap()).unwrap_or_default()
    };
    assert_eq!(text(catalogue.stylesheet("7").await), "stylesheets/7.xsl");
    assert_eq!(text(catalogue.stylesheet("8").await), "stylesheets/8.xslt");
    assert_eq!(text(catalogue.mapping("12").await), "mappings/12.json");
    for name in ["9", "../secret", ".7", ""] {
        assert_eq!(text(catalogue.stylesheet(name).await), "", "{name}");
        assert_eq!(text(catalogue.mapping(name).await), "", "{name}");
    }
    // They are no objects.
    assert_eq!(read(&*source, &Asked::all()).await.unwrap().rows.len(), 1);
}
