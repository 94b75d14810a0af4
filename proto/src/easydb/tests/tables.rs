//! Tables, mappings and stylesheets.

use serde_json::json;

use super::{check, export, instance, refused};
use crate::definition::Generation;
use crate::easydb::{Document, Read};

#[test]
fn csv_has_its_defaults_and_its_signs() {
    check("csv", &json!(false), &json!(false));
    let usual = json!({"delimiter": ",", "quote": "\"", "escape": "\"", "use_bom": false,
        "empty_columns": false, "hierarchy": null});
    check("csv", &json!(true), &usual);
    check("csv", &json!({}), &usual);
    for hierarchy in ["column", "/", ">"] {
        let given = json!({"delimiter": ";", "quote": "'", "escape": "\\", "use_bom": true,
            "empty_columns": true, "hierarchy": hierarchy});
        check("csv", &given, &given);
    }
    refused(&json!({"export": {"csv": {"delimiter": "||"}}}), "export.csv.delimiter");
    refused(&json!({"export": {"csv": {"hierarchy": "-"}}}), "export.csv.hierarchy");
}

#[test]
fn languages_may_stand_within_csv() {
    let Read { document, warnings } = export(&json!({"csv": {"all_languages": true}}));
    assert!(document.easydb.all_languages && warnings.is_empty());
}

#[test]
fn the_columns_of_fylr_are_its_own() {
    let given = json!({"export": {"csv": {"localized_column_names": true}}});
    let Read { document, .. } =
        Document::default().changed(&given, &instance(), Generation::Fylr).unwrap();
    assert_eq!(document.easydb.csv.as_ref().unwrap().generation, Generation::Fylr);
    assert_eq!(document.export()["csv"]["localized_column_names"], true);
    assert_eq!(document.easydb.generation, Generation::Fylr);
}

#[test]
fn workbooks_are_tables_too() {
    check("xlsx", &json!(false), &json!(false));
    let usual = json!({"hierarchy": null, "localized_column_names": false,
        "include_changelog": false, "include_thumbnail": false});
    check("xlsx", &json!(true), &usual);
    for changelog in [json!(true), json!({"with_user": true})] {
        let given = json!({"hierarchy": ">", "localized_column_names": true,
            "include_changelog": changelog, "include_thumbnail": true});
        check("xlsx", &given, &given);
        let csv = export(&json!({"csv": {"include_changelog": changelog}}));
        assert_eq!(csv.document.export()["csv"]["include_changelog"], changelog);
    }
    let without = export(&json!({"csv": {"include_changelog": {"with_user": false}}}));
    assert_eq!(without.document.export()["csv"]["include_changelog"], true);
}

#[test]
fn mappings_are_profiles_by_name_or_number() {
    for mapping in [json!("easydb"), json!("easydb_flat"), json!(7), json!("dublin_core")] {
        check("mapping", &mapping, &mapping);
    }
    check("mapping", &json!(null), &json!("easydb"));
}

#[test]
fn a_stylesheet_is_one_of_the_operators_or_the_catalogues_own() {
    check("xslt_xml_post_processing", &json!({"_id": 77}), &json!({"_id": 77}));
    check("xslt_xml_post_processing", &json!(null), &json!(null));
    let Read { document, .. } = export(&json!({"xslt_xml_post_processing": {"_id": "77"}}));
    assert_eq!(document.easydb.stylesheet.as_deref(), Some("mods"));
    check("xslt_xml_post_processing", &json!({"_id": 78}), &json!({"_id": 78}));
    let own = export(&json!({"xslt_xml_post_processing": {"_id": 78}})).document;
    assert_eq!(own.easydb.stylesheet.as_deref(), Some("78"));
    // Taken out of the configuration since.
    let elsewhere = crate::easydb::Instance::default();
    let sent = json!({"export": {"xslt_xml_post_processing": {"_id": 77}, "flat": true}});
    let changed = document.changed(&sent, &elsewhere, Generation::Easydb).unwrap().document;
    assert_eq!((changed.easydb.stylesheet.as_deref(), changed.easydb.flat), (Some("mods"), true));
}
