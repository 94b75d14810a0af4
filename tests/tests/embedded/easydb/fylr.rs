//! What comes out in the forms of fylr, read back by another program: objects with several parents, places on the
//! earth, columns that have numbers, and files that go along.

use serde_json::json;

use super::super::desk::Desk;
use super::checked::of_scenario;
use super::{catalogue, judged};

#[tokio::test]
async fn every_value_in_the_forms_of_fylr_is_read_back() {
    let desk = Desk::new();
    let versions = json!([{"type": "original"}, {"type": "version", "version": "small"},
        {"type": "custom", "convert": {}}]);
    let all = json!({"generation": "fylr", "xml": true, "json": true, "csv": {"generation": "fylr"},
        "eas_fields": {"bild.datei": {"files": true}}, "classes": {"image": versions}});
    for (folder, rule, depth, values, merges) in [
        ("fylr", "none", 1, 700, 0),
        ("fylr", "all", 2, 1400, 10),
        ("small", "none", 1, 4800, 0),
        ("small", "all", 2, 10_000, 100),
    ] {
        let mut easydb = all.clone();
        if rule != "none" {
            easydb["merge_linked_objects"] = rule.into();
            easydb["merge_max_depth"] = depth.into();
        }
        let asked = of_scenario(&json!({"catalogue": folder, "easydb": easydb}));
        let ran = desk.define(&asked).apart(&format!("{folder}-{rule}")).done().await;
        let seen = judged(&ran, &catalogue(folder), (rule, depth, &[]), "fylr");
        assert!(seen.values >= values, "{folder} {rule}: {} values", seen.values);
        assert_eq!(seen.merged > 0, merges > 0, "{folder} {rule}");
        assert!(seen.merged >= merges, "{folder} {rule}: {} merged", seen.merged);
    }
}
