//! Which files go along, in which versions.

use serde_json::{Value, json};

use super::{check, export, instance, refused};
use crate::definition::Definition;
use crate::easydb::{Document, Read};
use crate::fault::Fault;

#[test]
fn files_of_fields_are_a_map_or_an_old_list() {
    check("eas_fields", &json!(null), &json!({}));
    check("eas_fields", &json!({}), &json!({}));
    check("eas_fields", &json!(["bilder.datei"]), &json!({"bilder.datei": {"files": true}}));
    let whole = json!({"bild.datei": {"files": true, "include_non_preferred": true,
        "display_name": "File", "data": [{"type": "original", "format": "short"},
                 {"type": "version", "format": "long", "version": "image.small"}]}});
    let Read { document, .. } = export(&json!({"eas_fields": whole}));
    assert_eq!(document.export()["eas_fields"], whole);
    refused(
        &json!({"export": {"eas_fields": {"a.b": {"data": [{"type": "version"}]}}}}),
        "export.eas_fields.a.b.data.0.version",
    );
}

#[test]
fn classes_are_lists_of_versions_or_old_texts() {
    let two = json!({"image": [{"type": "current"}, {"type": "original"}]});
    check("classes", &two, &two);
    check("classes", &json!({"image": {"version": "current+original"}}), &two);
    check("classes", &json!({"image": ["current", "original"]}), &two);
    let small = json!({"video": [{"type": "version", "version": "small"}]});
    check("classes", &json!({"video": [{"version": "small"}]}), &small);
    check("classes", &json!({}), &json!({}));
    check(
        "classes",
        &json!({"vector3d": ["original"]}),
        &json!({"vector3d": [{"type": "original"}]}),
    );
    refused(
        &json!({"export": {"classes": {"image": [{"type": "huge"}]}}}),
        "export.classes.image.0.type",
    );
}

#[test]
fn only_the_texts_of_images_can_be_asked_for() {
    let asked = json!({"image": [{"type": "original", "metadata": "remove"}],
        "video": [{"type": "current"}, {"type": "original", "metadata": "remove"}]});
    let Read { document, warnings } = export(&json!({"classes": asked}));
    let kept = json!({"image": [{"type": "original", "metadata": "remove"}],
        "video": [{"type": "current"}, {"type": "original"}]});
    assert_eq!(document.export()["classes"], kept);
    assert_eq!(warnings, ["export.classes.video.1.metadata has no effect"]);
}

#[test]
fn custom_versions_are_conversions() {
    let given = json!({"image": [{"type": "custom", "format": "jpeg", "jpeg_quality": "medium",
        "colorspace": "gray", "size": "custom", "custom_size": "dimension_max",
        "custom_size_pixel": "1200", "watermark": true, "metadata": "remove"}]});
    let shown = json!({"image": [{"type": "custom", "format": "jpeg", "jpeg_quality": "medium",
        "colorspace": "gray", "size": "custom", "custom_size": "dimension_max",
        "custom_size_pixel": 1200, "watermark": true, "metadata": "remove"}]});
    check("classes", &given, &shown);
    let keep = json!({"image": [{"type": "custom", "format": "keep", "colorspace": "keep",
        "size": "keep", "watermark": false, "metadata": "standard"}]});
    check("classes", &json!({"image": [{"type": "custom"}]}), &keep);
    for (of, width, height) in [("cover", 10, 20), ("contain", 30, 40)] {
        let size = json!({"image": [{"type": "custom", "format": "png", "colorspace": "keep",
            "size": "custom", "custom_size": of, "custom_width_pixel": width,
            "custom_height_pixel": height, "watermark": false, "metadata": "keep"}]});
        check("classes", &size, &size);
    }
    for of in ["dimension_min", "width", "height"] {
        let one = json!({"image": [{"type": "custom", "custom_size": of, "custom_size_pixel": 9}]});
        let Read { document, .. } = export(&json!({"classes": one}));
        assert_eq!(document.export()["classes"]["image"][0]["custom_size"], *of);
    }
    for (quality, percent) in [("low", "50"), ("high", "85"), ("37", "37")] {
        let one = json!({"image": [{"type": "custom", "format": "jpeg", "quality": quality}]});
        let Read { document, .. } = export(&json!({"classes": one}));
        assert_eq!(document.export()["classes"]["image"][0]["quality"], *percent);
    }
    refused(
        &json!({"export": {"classes": {"image": [{"type": "custom", "custom_size": "width"}]}}}),
        "export.classes.image.0.custom_size_pixel",
    );
}

#[test]
fn custom_versions_of_fylr_say_how_many_pixels_an_inch_has_and_name_profiles() {
    let given = json!({"image": [{"type": "custom", "format": "tiff", "colorspace": "rgb",
        "size": "keep", "watermark": false, "dpi": 300, "metadata": "keep"}]});
    check("classes", &given, &given);
    let one = |version: &Value| export(&json!({"classes": {"image": [version]}}));
    let place = "export.classes.image.0";
    for (version, colours, warned) in [
        (json!({"type": "custom", "colorprofile": "sRGB IEC61966-2.1"}), "rgb", None),
        (json!({"type": "custom", "colorprofile": null, "dpi": null}), "keep", None),
        (json!({"type": "custom", "colorprofile": "AdobeRGB1998"}), "keep", Some("AdobeRGB1998")),
        (
            json!({"type": "custom", "colorprofile": "sRGB", "colorspace": "gray"}),
            "gray",
            Some("sRGB"),
        ),
    ] {
        let Read { document, warnings } = one(&version);
        assert_eq!(document.export()["classes"]["image"][0]["colorspace"], colours, "{version}");
        let expected =
            warned.map(|profile| format!("{place}.colorprofile names the profile {profile:?}"));
        let others = warnings.iter().filter(|warning| !warning.starts_with("null "));
        let others: Vec<&String> = others.collect();
        let warned = others.first().and_then(|warning| warning.split(", which").next());
        assert_eq!((warned, others.len() < 2), (expected.as_deref(), true), "{version}");
    }
    let document =
        |dpi: &Value| json!({"export": {"classes": {"image": [{"type": "custom", "dpi": dpi}]}}});
    for dpi in [json!(0), json!(70_000)] {
        refused(&document(&dpi), &format!("{place}.dpi"));
    }
    // Clients send a key for each product, one of them null.
    for version in [
        json!({"type": "custom", "format": "jpeg", "jpeg_quality": "medium", "quality": null}),
        json!({"type": "custom", "format": "jpeg", "quality": null, "jpeg_quality": "medium"}),
    ] {
        let shown = one(&version).document.export();
        assert_eq!(shown["classes"]["image"][0]["jpeg_quality"], "medium", "{version}");
    }
}

#[test]
fn a_preset_that_only_its_catalogue_knows_counts_for_nothing_and_is_refused_alone() {
    let preset = json!({"type": "custom", "custom_version_preset": "web", "format": "keep",
        "watermark": false, "dpi": null});
    let alone = json!({"export": {"classes": {"image": [preset]}}});
    refused(&alone, "export.classes.image.0.custom_version_preset");
    let mut told = preset;
    told["format"] = json!("png");
    let Read { document, warnings } = export(&json!({"classes": {"image": [told]}}));
    assert_eq!(document.export()["classes"]["image"][0]["format"], "png");
    assert!(warnings[0].contains("the preset \"web\""), "{warnings:?}");
    assert_eq!(warnings[1..], ["null stands for the default of export.classes.image.0.dpi"]);
}

#[test]
fn ink_is_for_formats_that_hold_it_and_has_no_effect_on_others() {
    for format in ["keep", "jpeg", "tiff"] {
        let ink = json!({"image": [{"type": "custom", "format": format, "colorspace": "cmyk",
            "size": "keep", "watermark": false, "metadata": "standard"}]});
        check("classes", &ink, &ink);
        assert_eq!(faults(&ink), []);
    }
    for format in ["png", "bmp", "webp"] {
        let ink = json!({"image": [{"type": "custom", "format": format, "colorspace": "cmyk"}]});
        let Read { document, warnings } = export(&json!({"classes": ink}));
        assert_eq!(document.export()["classes"]["image"][0]["colorspace"], "keep");
        assert_eq!(warnings, ["export.classes.image.0.colorspace has no effect"]);
        assert_eq!(faults(&ink), []);
    }
}

/// What is wrong with the definition that some classes mean.
fn faults(classes: &Value) -> Vec<Fault> {
    let document = export(&json!({"search": {}, "xml": true, "classes": classes})).document;
    let definition = document.definition("n", &instance(), None).unwrap();
    let text = serde_json::to_string(&definition).unwrap();
    Definition::parse(&text).err().unwrap_or_default()
}

#[test]
fn cuts_that_leave_nothing_and_unknown_tags_are_refused_where_they_stand() {
    let version = |key: &str, value: Value| {
        let mut version = json!({"type": "custom"});
        version[key] = value;
        json!({"export": {"classes": {"image": [version]}}})
    };
    let edge =
        |width, height| json!({"crop": {"left": 0, "top": 0, "width": width, "height": height}});
    refused(&version("transform", edge(0, 5)), "export.classes.image.0.transform.crop");
    refused(&version("transform", json!([edge(5, 0)])), "export.classes.image.0.transform.0.crop");
    let tags = json!({"title": ["xmp:dc:title", "xmp:nobody:title"], "author": "exif:Artist"});
    refused(&version("metadata", tags), "export.classes.image.0.metadata.title");
}

#[test]
fn texts_are_taken_out_of_any_version_and_written_by_the_operators_profiles() {
    for metadata in [json!("remove"), json!(12)] {
        let given = json!({"image": [
            {"type": "original", "metadata": metadata},
            {"type": "current", "metadata": metadata},
            {"type": "version", "version": "small", "metadata": metadata}]});
        check("classes", &given, &given);
        let rules = json!({"7": {"versions": given["image"]}});
        check("assets", &rules, &rules);
    }
    let kept = json!({"image": [{"type": "original", "metadata": "keep"}]});
    check("classes", &kept, &json!({"image": [{"type": "original"}]}));
    let unknown = export(&json!({"classes": {"image": [{"type": "custom", "metadata": 13}]}}));
    assert_eq!(unknown.document.export()["classes"]["image"][0]["metadata"], "standard");
    let warned = &unknown.warnings[0];
    assert!(warned.contains("\"13\", which neither"), "{warned}");
}

#[test]
fn profiles_of_metadata_that_nobody_configured_are_told_before_a_document_is_read() {
    let version = |metadata: Value| json!([{"type": "original", "metadata": metadata}]);
    let document = json!({"export": {"name": "13", "metadata": 99, "classes": {"image": version(json!(13))},
        "assets": {"7": {"versions": version(json!("studio"))}, "8": {"versions": version(json!("keep"))},
            "9": {"versions": version(json!({"bild.titel": "xmp:dc:title"}))},
            "10": {"versions": version(json!(12))}}}});
    for document in [&document, &document["export"]] {
        let found = Document::unknown_profiles(document, &instance());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["13", "studio"]);
    }
}

#[test]
fn a_class_without_versions_is_kept_so_that_nothing_of_it_goes_along() {
    check("classes", &json!({"image": []}), &json!({"image": []}));
    let null = export(&json!({"classes": {"image": null}}));
    assert_eq!(null.document.export()["classes"], json!({}));
    assert_eq!(null.warnings, ["null stands for the default of export.classes.image"]);
}

#[test]
fn single_files_have_rules_of_their_own() {
    let rules = json!({"1": true, "2": false, "3": {"versions": [{"type": "original"}]},
        "4": {"versions": [], "json": true}, "5": {"json": false}, "6": {"versions": []}});
    check("assets", &rules, &rules);
    check("assets", &json!({"5": {}}), &json!({"5": true}));
    check("assets", &json!({"5": {"versions": null}}), &json!({"5": true}));
    check("assets", &json!({}), &json!({}));
    let steps = json!([{"rotate-z": 90}, {"rotate-x": 180}, {"rotate-y": 180},
        {"crop": {"left": 1, "top": 2, "width": 3, "height": 4}}]);
    let turned = json!({"6": {"versions": [{"type": "custom", "transform": steps}]}});
    let Read { document, .. } = export(&json!({"assets": turned}));
    assert_eq!(document.export()["assets"]["6"]["versions"][0]["transform"], steps);
    // fylr has one object, whose order is fixed.
    let one = json!({"crop": {"left": 1, "top": 2, "width": 3, "height": 4}, "rotate-z": -90});
    let turned = json!({"6": {"versions": [{"type": "custom", "transform": one}]}});
    let Read { document, .. } = export(&json!({"assets": turned}));
    let shown = &document.export()["assets"]["6"]["versions"][0]["transform"];
    assert_eq!((&shown[0]["rotate-z"], &shown[1]["crop"]["top"]), (&json!(270), &json!(2)));
}
