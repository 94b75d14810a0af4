//! Bags, and what results are called.

use super::*;

/// The definition of a bag with these keys.
fn bag(keys: &Value, caller: Option<&str>) -> Translated {
    let configuration = with(&[csv("/entity/s:t", "t")], &json!({"bag": keys}));
    let mut translation = begun(&configuration, Way::Bag);
    translation.set_caller(caller.map(str::to_owned));
    walked(&mut translation, &[]).unwrap()
}

fn packed(translated: &Translated) -> Value {
    serde_json::to_value(translated.definition.transports[0].packer()).unwrap()["bag"].clone()
}

const AGENT: &str = concat!("Longshore ", env!("CARGO_PKG_VERSION"));

#[test]
fn a_bag_that_says_nothing_has_all_that_the_dialect_gives_it() {
    let translated = bag(&json!({}), None);
    assert_eq!(translated.definition.name, "deriva_bag_2026-11-21_02.19.53");
    let now = "2026-11-21T02:19:53+00:00";
    assert_eq!(
        packed(&translated),
        json!({
            "archive": "zip", "version": "0.97", "algorithms": ["md5", "sha256"],
            "info": {
                "Bag-Software-Agent": AGENT,
                "Bagging-Time": "02:19:53 UTC",
                "Internal-Sender-Identifier": "deriva@https://localhost:8443",
            },
            "sorted": true, "profile": "bdbag", "date": "2026-11-21", "strict": true,
            "research_object": {
                "authored_on": now, "created_on": now, "retrieved_on": now,
                "retrieved_from":
                    {"t.csv": "https://localhost:8443/ermrest/catalog/7@3-A/entity/s:t"},
            },
        })
    );
    assert!(translated.warnings.is_empty());
}

#[test]
fn an_idempotent_bag_has_nothing_of_the_time() {
    let packed = packed(&bag(&json!({"bag_name": "b", "bag_idempotent": true}), Some("Ada")));
    let text = packed.to_string();
    assert!(!text.contains("2026") && !text.contains("02:19") && !text.contains("Ada"), "{text}");
    assert_eq!(packed["info"]["Bag-Software-Agent"], AGENT);
}

#[test]
fn elements_stand_in_the_order_of_their_names() {
    let metadata = json!({"Z": "z", "Keyword": ["a", "b"], "Contact-Name": "Ada", "Bag-Count": 3,
        "Contact-Orcid": "0000-0002-1825-0097", "Bagging-Time": "now"});
    let translated = bag(&json!({"bag_name": "b", "bag_metadata": metadata}), Some("Bob"));
    let packed = packed(&translated);
    let info: Vec<&str> = packed["info"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        info,
        [
            "Bag-Count",
            "Bag-Software-Agent",
            "Bagging-Time",
            "Contact-Name",
            "Contact-Orcid",
            "Keyword",
            "Z"
        ]
    );
    assert_eq!(packed["info"]["Keyword"], json!(["a", "b"]));
    let author = json!({"name": "Ada", "orcid": "0000-0002-1825-0097"});
    assert_eq!(packed["research_object"]["author"], author);
    assert_eq!(packed["research_object"]["retrieved_by"], json!({"name": "Bob"}));
    assert_eq!(
        translated.warnings,
        ["/bag/bag_metadata/Bagging-Time has no effect: it is written with how the bag was made"]
    );
}

#[test]
fn whoever_asks_is_the_author_where_nobody_else_is_named() {
    let packed = packed(&bag(&json!({"bag_name": "b"}), Some("Ada")));
    assert_eq!(packed["research_object"]["author"], json!({"name": "Ada"}));
}

#[test]
fn a_profile_is_named_where_it_is_met() {
    let check = |keys: Value, archive: &str, profile: Value| {
        let packed = packed(&bag(&keys, None));
        assert_eq!((&packed["archive"], &packed["profile"]), (&json!(archive), &profile), "{keys}");
    };
    check(json!({"bag_archiver": "TGZ"}), "tar_gz", json!("bdbag"));
    check(json!({"bag_archiver": "tar"}), "tar", json!("bdbag"));
    check(json!({"bag_archiver": "bz2"}), "tar_bz2", json!(null));
    check(json!({"bag_archiver": "xz"}), "tar_xz", json!(null));
    check(json!({"bag_algorithms": ["md5"]}), "zip", json!(null));
    let own = json!({"bag_metadata": {"BagIt-Profile-Identifier": "https://example.org/mine"}});
    check(own, "zip", json!(null));
}

#[test]
fn a_bag_of_a_terminal_may_be_a_folder() {
    let configuration = with(&[csv("/entity/s:t", "t")], &json!({"bag": {"bag_name": "b"}}));
    let translated = walked(&mut begun(&configuration, Way::Terminal), &[]).unwrap();
    let packed = packed(&translated);
    assert_eq!((&packed["archive"], &packed["profile"]), (&json!("none"), &json!("bdbag")));
}

#[test]
fn a_bag_need_not_be_strict_and_nothing_need_be_traced() {
    let packed = packed(&bag(&json!({"bag_strict": "no", "bag_ro": false}), None));
    assert_eq!((&packed["strict"], &packed["research_object"]), (&json!(null), &json!(null)));
    let untraced =
        query("csv", "/entity/s:t", &json!({"output_path": "t", "ro_file_provenance": 0}));
    let packed = self::packed(&bagged(&[untraced], &[]));
    assert_eq!(packed["research_object"]["retrieved_from"], json!(null));
}

#[test]
fn a_name_comes_out_as_it_is_promised() {
    let check = |wanted: &str, expected: &str| {
        let translated = bag(&json!({"bag_name": wanted}), None);
        assert_eq!(translated.definition.name, expected);
        assert_eq!(translated.warnings.is_empty(), wanted == expected, "{wanted}");
    };
    check("subject_1-X4", "subject_1-X4");
    check("100%Y", "100%Y");
    check("a:b", "a_b");
    check(".b", "_.b");
    let configuration =
        with(&[csv("/entity/s:t", "t")], &json!({"bag": {"bag_name": "a".repeat(201)}}));
    assert_eq!(refused(&configuration, &[]), ("/bag/bag_name".to_owned(), 502));
    let files = bagged(&[csv("/entity/s:t", "50%")], &[]);
    assert_eq!(promised(&files), ["50_.csv"]);
}

#[test]
fn loose_files_are_packed_in_nothing() {
    let translated = loose(&[csv("/entity/s:t", "50%")], &[]);
    assert_eq!(translated.definition.name, "deriva_export_2026-11-21_02.19.53");
    assert_eq!(
        serde_json::to_value(&translated.definition.transports).unwrap(),
        json!([{"type": "download", "packer": "none"}])
    );
    assert_eq!(serde_json::to_value(translated.definition.on_error).unwrap(), "fail");
    assert_eq!(promised(&translated), ["50%.csv"]);
}
