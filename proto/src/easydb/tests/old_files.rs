//! Versions of files in the shapes of old documents.

use serde_json::{Value, json};

use super::{check, export, refused};
use crate::easydb::Read;

/// As the official example has it: how a file is made stands in its rule, and what it is where versions are named.
#[test]
fn a_rule_of_an_old_document_is_a_version_itself() {
    let custom = json!([{"type": "custom", "format": "tiff", "colorspace": "keep",
        "size": "custom", "custom_size": "height", "custom_size_pixel": 123, "watermark": true,
        "metadata": "standard"}]);
    let old = json!({"version": "custom", "format": "tiff", "size": "custom",
        "custom_size": "height", "custom_size_pixel": "123", "watermark": true});
    let small = json!([{"type": "version", "version": "small"}]);
    let two = json!([{"type": "current"}, {"type": "original"}]);
    for (given, versions) in [
        (old.clone(), &custom),
        (json!({"version": "small"}), &small),
        (json!({"type": "version", "version": "small"}), &small),
        (json!({"version": "current+original"}), &two),
        (json!({"type": null, "version": "current + original"}), &two),
        (json!({"version": "current"}), &json!([{"type": "current"}])),
        (json!({"version": "original"}), &json!([{"type": "original"}])),
        (json!({"version": ""}), &json!([])),
        (
            json!({"version": "current+small", "metadata": "remove"}),
            &json!([{"type": "current", "metadata": "remove"},
                {"type": "version", "version": "small", "metadata": "remove"}]),
        ),
    ] {
        check("classes", &json!({"image": given}), &json!({"image": versions}));
        check("assets", &json!({"7": given}), &json!({"7": {"versions": versions}}));
    }
    let mut with_json = old.clone();
    with_json["json"] = json!(true);
    let shown = json!({"7": {"versions": custom, "json": true}});
    check("assets", &json!({"7": with_json}), &shown);
    check("classes", &json!({"image": old}), &json!({"image": custom}));
    let mut wrong = old;
    wrong["custom_size_pixel"] = json!(0);
    refused(&json!({"export": {"assets": {"7": wrong}}}), "export.assets.7.custom_size_pixel");
    let names = ["small"; 21].join("+");
    let many = json!({"version": names});
    refused(&json!({"export": {"assets": {"7": many}}}), "export.assets.7.version");
}

#[test]
fn what_stands_beside_several_names_is_told_of_once() {
    let two = json!({"version": "current+original", "watermark": true, "metadata": "remove"});
    let Read { document, warnings } = export(&json!({"classes": {"video": two}}));
    let shown = json!({"video": [{"type": "current"}, {"type": "original"}]});
    assert_eq!(document.export()["classes"], shown);
    let place = "export.classes.video";
    let expected = ["watermark", "metadata"].map(|key| format!("{place}.{key} has no effect"));
    assert_eq!(warnings, expected);
}

#[test]
fn how_a_custom_version_is_made_stands_beside_its_type_or_apart() {
    let shown = json!([{"type": "custom", "format": "jpeg", "jpeg_quality": "small",
        "colorspace": "keep", "size": "custom", "custom_size": "width", "custom_size_pixel": 9,
        "watermark": false, "metadata": "remove"}]);
    let apart = json!({"format": "jpeg", "jpeg_quality": "small", "size": "custom",
        "custom_size": "width", "custom_size_pixel": 9});
    let given = json!({"type": "custom", "metadata": "remove", "custom": apart});
    check("classes", &json!({"image": [given]}), &json!({"image": shown}));
    check("assets", &json!({"7": {"versions": [given]}}), &json!({"7": {"versions": shown}}));
    check("assets", &json!({"7": given}), &json!({"7": {"versions": shown}}));
    // Clients send every key that they know.
    let mut with_nulls = given;
    with_nulls["custom"]["metadata"] = json!(null);
    check("classes", &json!({"image": [with_nulls]}), &json!({"image": shown}));
    let place = "export.classes.image.0.custom";
    let one = |custom: Value| json!({"classes": {"image": [{"type": "custom", "custom": custom}]}});
    refused(
        &json!({"export": one(json!({"custom_size": "width"}))}),
        &format!("{place}.custom_size_pixel"),
    );
    let preset = json!({"export": one(json!({"custom_version_preset": "web"}))});
    refused(&preset, &format!("{place}.custom_version_preset"));
    let Read { warnings, .. } =
        export(&one(json!({"format": "png", "colorspace": "cmyk", "x": 1})));
    let expected = [
        format!("{place}.x is not known and was left out"),
        format!("{place}.colorspace has no effect"),
    ];
    assert_eq!(warnings, expected);
}
