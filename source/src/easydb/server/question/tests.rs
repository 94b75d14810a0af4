use reqwest::StatusCode;

use super::*;
use crate::http::refused;

fn denied(is_too_long: bool) -> Denied {
    let error = refused("no".to_owned());
    Denied { error, status: None, body: Vec::new(), is_too_long, is_slow: false }
}

fn slow() -> Denied {
    Denied { is_slow: true, ..denied(false) }
}

#[test]
fn half_as_many_are_asked_for_where_an_answer_would_be_too_long() {
    let mut asked = Question::default().long(1000);
    assert!(asked.instead(&denied(false)).is_none());
    for limit in [500, 250, 125, 62, 31, 15, 7, 3, 1] {
        asked = asked.instead(&denied(true)).unwrap().0;
        assert_eq!(asked.page(None, None)["limit"], limit);
    }
    assert!(asked.instead(&denied(true)).is_none(), "a single object is too long");
    asked.grow(MAX_PAGE_BYTES / 4);
    assert_eq!(asked.limit, 1);
    for limit in [2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000] {
        asked.grow(1 << 20);
        assert_eq!(asked.limit, limit);
    }
}

#[test]
fn half_as_many_are_asked_for_where_so_many_do_not_come_in_time_and_never_more_again() {
    let abilities = Abilities::new(1000);
    let mut asked = Question::default().long(1000);
    for most in [500, 250, 125] {
        let (instead, lack) = asked.instead(&slow()).unwrap();
        assert_eq!(lack, Some(Lack::Time { most }));
        abilities.lack(Lack::Time { most });
        asked = instead;
        asked.grow(1 << 10);
        assert_eq!(asked.limit, most);
    }
    assert!(asked.instead(&slow()).is_none(), "so many come in time where any do");
    assert!(Question::default().short().instead(&slow()).is_none(), "they are short");
    assert_eq!(Question::default().long(1000).within(&abilities).limit, 125);
    assert_eq!(Question::default().long(7).within(&abilities).limit, 7);
    assert_eq!(Question::default().short().within(&abilities).limit, MOST);
}

#[test]
fn each_product_is_asked_for_languages_in_its_own_words() {
    let check = |own: Value, easydb: Value, fylr: Value| {
        let question = Question::new(own.as_object(), &Where::new()).long(7).page(None, None);
        for (generation, expected) in [(Generation::Easydb, easydb), (Generation::Fylr, fylr)] {
            let worded = worded(question.clone(), generation);
            let told = json!({"one": worded["language"], "many": worded["languages"]});
            assert_eq!(told, expected, "{own} {generation:?}");
        }
    };
    let (one, many) = (json!("de-DE"), json!(["en-US", "de-DE"]));
    check(
        json!({"language": one}),
        json!({"one": one, "many": null}),
        json!({"one": null, "many": ["de-DE"]}),
    );
    check(
        json!({"language": one, "languages": many}),
        json!({"one": one, "many": null}),
        json!({"one": null, "many": many}),
    );
    let none = json!({"one": null, "many": null});
    check(json!({"languages": many}), none.clone(), json!({"one": null, "many": many}));
    check(json!({}), none.clone(), none);
}

#[test]
fn objects_come_with_their_changes_where_these_are_wanted() {
    let format = |asked: &Asked| asked.page(None, None)["format"].clone();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (fields, expected) in [
        (&["_uuid", "_mask"][..], "short"),
        (&["_uuid", "bild"][..], "long"),
        (&["_uuid", "_changelog"][..], "full"),
    ] {
        assert_eq!(format(&Question::default().with(names(fields).iter(), 9)), expected);
    }
    let none = Question::default().whole(std::iter::empty::<&String>(), 9);
    assert_eq!(format(&none), "long");
    let full = Question::default().whole(names(&["_changelog"]).iter(), 9);
    let refused = Denied { status: Some(StatusCode::BAD_REQUEST), ..denied(false) };
    let (instead, lack) = full.instead(&refused).unwrap();
    assert_eq!((format(&full), format(&instead)), (json!("full"), json!("long")));
    let abilities = Abilities::new(9);
    assert_eq!(format(&full.within(&abilities)), "full");
    abilities.lack(lack.unwrap());
    assert_eq!(format(&full.within(&abilities)), "long");
    assert!(instead.instead(&refused).is_none(), "it is refused for something else");
    assert!(full.instead(&denied(false)).is_none(), "it may come later");
}

#[test]
fn the_export_s_search_stands_by_itself_beside_the_range() {
    let search = json!({"objecttypes": ["bild"], "search": [{"type": "match", "string": "a", "bool": "should"}],
        "limit": 5, "sort": [{"field": "x"}], "language": null});
    let filter: Where =
        serde_json::from_str(r#"{"_last_modified": {"gt": "2024-01-01"}}"#).unwrap();
    let body = Question::new(search.as_object(), &filter).long(7).page(Some(41), Some(99));
    assert_eq!(
        body,
        json!({"objecttypes": ["bild"], "type": "object", "search": [
            {"type": "complex", "bool": "must",
             "search": [{"type": "match", "string": "a", "bool": "should"}]},
            {"type": "range", "bool": "must", "field": "_last_modified", "from": "2024-01-01"},
            {"type": "range", "bool": "must", "field": "_system_object_id", "from": 42, "to": 99}],
            "format": "long", "sort": [{"field": "_system_object_id", "order": "ASC"}],
            "offset": 0, "limit": 7, "best_mask_filter": true, "generate_rights": false})
    );
}

#[test]
fn each_product_sorts_by_the_last_change_in_its_own_words() {
    let until = "2026-03-05T09:07:00.123Z".parse().unwrap();
    let question = Question::default().newest(Some(until));
    assert_eq!(question["search"][0]["to"], "2026-03-05T09:07:00Z");
    let fylr = "_changelog.date_last_updated";
    for (generation, field) in [(Generation::Easydb, CHANGED), (Generation::Fylr, fylr)] {
        assert_eq!(worded(question.clone(), generation)["sort"][0]["field"], field);
    }
    let page = Question::default().short().page(None, None);
    assert_eq!(worded(page, Generation::Fylr)["sort"][0]["field"], NUMBER);
}

#[test]
fn each_object_is_asked_for_once_whatever_the_search_says_of_masks() {
    for given in [json!(false), json!(true), json!(null)] {
        let search = json!({"best_mask_filter": given});
        let question = Question::new(search.as_object(), &Where::new());
        for body in [
            question.long(7).page(None, None),
            question.among(&[1], Form::Short),
            question.newest(None),
        ] {
            assert_eq!(body["best_mask_filter"], true, "{given}");
        }
    }
}
