//! Every row of the attribute table: what is taken, what it means, and how it is shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Document, Instance, Kind, Mistake, Places, Read, What};
use crate::definition::{Definition, Generation};
use crate::target::TargetSpec;

fn instance() -> Instance {
    let targets: BTreeMap<String, TargetSpec> = serde_json::from_value(json!({
        "backup": {"kind": "rsync", "to": "/srv/exports"},
        "cloud": {"kind": "webdav", "url": "https://dav.example/ed"},
    }))
    .unwrap();
    Instance {
        source: "catalogue".to_owned(),
        watermark: Some("stamp".to_owned()),
        stylesheets: BTreeMap::from([("77".to_owned(), "mods".to_owned())]),
        places: Places::of(&targets),
        ..Instance::default()
    }
}

fn read(document: &Value) -> Result<Read, Vec<Mistake>> {
    Document::read(document, &instance(), Generation::Easydb)
}

fn export(export: &Value) -> Read {
    read(&json!({"export": export})).unwrap_or_else(|mistakes| panic!("{export}: {mistakes:?}"))
}

/// What is shown of a key that was given as this; nothing may be warned of. Read again, what is shown
/// means the same.
fn check(key: &str, given: &Value, shown: &Value) {
    let Read { document, warnings } = export(&json!({key: given}));
    assert_eq!(document.export()[key], *shown, "{key}: {given}");
    assert_eq!(warnings, [""; 0], "{key}: {given}");
    let again = export(&Value::Object(document.export()));
    assert_eq!(again.document.easydb, document.easydb, "{key}: {given}");
    assert_eq!(again.warnings, [""; 0], "{key}: {given}");
}

fn refused(document: &Value, place: &str) {
    let mistakes = read(document).map(|read| read.document).unwrap_err();
    let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    assert_eq!(places, [place], "{document}");
}

#[test]
fn types_are_the_three_there_are() {
    for (name, kind) in [
        ("export", Kind::Export),
        ("export_incremental", Kind::Incremental),
        ("download", Kind::Download),
    ] {
        check("type", &json!(name), &json!(name));
        assert_eq!(export(&json!({"type": name})).document.kind, kind);
    }
    assert_eq!(export(&json!({})).document.kind, Kind::Export);
    refused(&json!({"export": {"type": "backup"}}), "export.type");
}

#[test]
fn switches_are_taken_as_they_are_sent() {
    for key in [
        "xml",
        "xml_one_file_per_object",
        "json",
        "json_one_file_per_object",
        "all_languages",
        "filename_original",
        "flat",
    ] {
        for (given, shown) in
            [(json!(true), true), (json!(1), true), (json!("true"), true), (json!(false), false)]
        {
            check(key, &given, &json!(shown));
        }
        let null = export(&json!({key: null}));
        assert_eq!(null.document.export()[key], json!(false));
        assert_eq!(null.warnings, [format!("export.{key} is null and was taken for its default")]);
        refused(&json!({"export": {key: "maybe"}}), &format!("export.{key}"));
    }
}

#[test]
fn a_search_is_kept_whole() {
    let search = json!({"search": [{"type": "in", "bool": "must", "fields": ["_objecttype"],
        "in": ["bild"]}], "format": "long", "limit": null});
    check("search", &search, &search);
    check("search", &json!(null), &json!(null));
    refused(&json!({"export": {"search": "bild"}}), "export.search");
}

#[test]
fn fields_are_a_map_or_a_list() {
    check("fields", &json!(null), &json!(null));
    check("fields", &json!({}), &json!(null));
    let shown = json!({"bild.titel": {"display_name": "Titel"}, "bild.typ": {}});
    check("fields", &json!({"bild.titel": {"display_name": "Titel"}, "bild.typ": null}), &shown);
    check("fields", &json!(["bild.typ"]), &json!({"bild.typ": {}}));
    refused(&json!({"export": {"fields": 7}}), "export.fields");
}

#[test]
fn files_of_fields_are_a_map_or_an_old_list() {
    check("eas_fields", &json!(null), &json!({}));
    check("eas_fields", &json!({}), &json!({}));
    check("eas_fields", &json!(["bilder.datei"]), &json!({"bilder.datei": {"files": true}}));
    let whole = json!({"bild.datei": {"files": true, "include_non_preferred": true,
        "data": [{"type": "original", "format": "short"},
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
fn texts_are_taken_out_of_originals_by_a_conversion_and_of_nothing_else() {
    let given = json!({"image": [{"type": "original", "metadata": "remove"}]});
    let Read { document, .. } = export(&json!({"classes": given}));
    assert_eq!(document.export()["classes"]["image"][0]["type"], "custom");
    let kept = json!({"image": [{"type": "original", "metadata": "keep"}]});
    check("classes", &kept, &json!({"image": [{"type": "original"}]}));
    refused(
        &json!({"export": {"classes": {"image": [
            {"type": "version", "version": "small", "metadata": "remove"}]}}}),
        "export.classes.image.0.metadata",
    );
}

#[test]
fn single_files_have_rules_of_their_own() {
    let rules = json!({"1": true, "2": false, "3": {"versions": [{"type": "original"}]},
        "4": {"versions": [], "json": true}});
    check("assets", &rules, &rules);
    check("assets", &json!({"5": {}}), &json!({"5": true}));
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
    let Read { document, .. } = Document::read(&given, &instance(), Generation::Fylr).unwrap();
    assert_eq!(document.easydb.csv.as_ref().unwrap().generation, Generation::Fylr);
    assert_eq!(document.export()["csv"]["localized_column_names"], true);
}

#[test]
fn workbooks_are_tables_too() {
    check("xlsx", &json!(false), &json!(false));
    check("xlsx", &json!(true), &json!({"hierarchy": null, "localized_column_names": false}));
    let given = json!({"hierarchy": ">", "localized_column_names": true});
    check("xlsx", &given, &given);
    let thumbnail = export(&json!({"xlsx": {"include_thumbnail": true}}));
    assert_eq!(thumbnail.warnings, ["export.xlsx.include_thumbnail has no effect"]);
}

#[test]
fn mappings_are_profiles_by_name_or_number() {
    for mapping in [json!("easydb"), json!("easydb_flat"), json!(7), json!("dublin_core")] {
        check("mapping", &mapping, &mapping);
    }
    check("mapping", &json!(null), &json!("easydb"));
}

#[test]
fn a_stylesheet_is_an_asset_that_the_operator_knows() {
    check("xslt_xml_post_processing", &json!({"_id": 77}), &json!({"_id": 77}));
    check("xslt_xml_post_processing", &json!(null), &json!(null));
    let Read { document, .. } = export(&json!({"xslt_xml_post_processing": {"_id": "77"}}));
    assert_eq!(document.easydb.stylesheet.as_deref(), Some("mods"));
    refused(
        &json!({"export": {"xslt_xml_post_processing": {"_id": 78}}}),
        "export.xslt_xml_post_processing",
    );
}

#[test]
fn links_are_merged_by_either_products_words() {
    for word in
        ["none", "not_in_main_search", "not_in_main_search_and_reverse", "in_main_search", "all"]
    {
        check("merge_linked_objects", &json!(word), &json!(word));
    }
    check(
        "merge_linked_objects",
        &json!("not_in_main_search_unless_reverse"),
        &json!("not_in_main_search_and_reverse"),
    );
    refused(&json!({"export": {"merge_linked_objects": "some"}}), "export.merge_linked_objects");
    check("merge_max_depth", &json!("3"), &json!(3));
    check("merge_max_depth", &json!(null), &json!(1));
    for depth in [0, 10] {
        refused(&json!({"export": {"merge_max_depth": depth}}), "export.merge_max_depth");
    }
}

#[test]
fn a_batch_has_a_hundred_objects_unless_said() {
    check("batch_size", &json!(null), &json!(100));
    check("batch_size", &json!("5000"), &json!(5000));
    check("batch_size", &json!(0), &json!(0));
    refused(&json!({"export": {"batch_size": -1}}), "export.batch_size");
}

#[test]
fn names_of_files_are_originals_or_of_a_template() {
    check("filename_template", &json!("%bild.titel%"), &json!("%bild.titel%"));
    check("filename_template", &json!(null), &json!(null));
    refused(
        &json!({"export": {"filename_original": true, "filename_template": "%a.b%"}}),
        "export.filename_template",
    );
}

#[test]
fn plugins_are_refused_unless_they_are_easydbs_own() {
    let given = json!({"addLinkedData": true, "plugin": "easydb"});
    check("produce_options", &given, &given);
    check("produce_options", &json!({}), &json!({"plugin": "easydb"}));
    refused(
        &json!({"export": {"produce_options": {"plugin": "pptx"}}}),
        "export.produce_options.plugin",
    );
}

#[test]
fn what_only_fylr_has_is_named_where_it_is_asked_for() {
    for key in ["include_parents", "file_url_expire_days", "file_metadata", "no_inheritance"] {
        assert_eq!(export(&json!({key: 1})).warnings, [format!("export.{key} has no effect")]);
        assert!(export(&json!({key: false})).warnings.is_empty());
    }
}

#[test]
fn unknown_keys_are_named_and_every_mistake_is_told_at_once() {
    let Read { warnings, .. } =
        read(&json!({"export": {"limit": null, "name": "a"}, "x": 1})).unwrap();
    let left_out =
        ["export.limit is not known and was left out", "x is not known and was left out"];
    assert_eq!(warnings, left_out);
    let mistakes =
        read(&json!({"export": {"type": 1, "xml": "x", "csv": {"quote": ""}, "flat": []},
        "_schedules": [{"hours": [24]}], "_transports": [{"type": "pigeon"}]}))
        .map(|read| read.document)
        .unwrap_err();
    let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.place.as_str()).collect();
    let expected = [
        "export.type",
        "export.xml",
        "export.flat",
        "_schedules.0.hours",
        "_transports.0.type",
        "export.name",
    ];
    assert_eq!(places, expected);
}

#[test]
fn schedules_are_taken_in_singular_and_plural() {
    let given = json!({"export": {"name": "n"}, "_schedules": [
        {"weekdays": ["sunday"], "day_of_month": [1, 2, 3, 4, 5, 6, 7], "hour": 10},
        {"weekdays": ["mon", "Tue"], "hours": [5], "minutes": [0, 5], "timezone": "Europe/Berlin"}, {}]});
    let Read { document, warnings } = read(&given).unwrap();
    let shown = json!([
        {"weekdays": ["sunday"], "days_of_month": [1, 2, 3, 4, 5, 6, 7], "hours": [10]},
        {"weekdays": ["monday", "tuesday"], "hours": [5], "minutes": [0, 5],
         "timezone": "Europe/Berlin"}, {}]);
    assert_eq!((json!(document.schedules()), warnings.len()), (shown.clone(), 0));
    let again = read(&json!({"export": {"name": "n"}, "_schedules": shown})).unwrap();
    assert_eq!(again.document.schedules, document.schedules);
    let Err(mistakes) = read(&json!({"_schedules": [{}]})) else { panic!("it has no name") };
    assert_eq!(mistakes[0].what, What::NameRequired);
    refused(
        &json!({"export": {"name": "n"}, "_schedules": [{"timezone": "Mars/Crater"}]}),
        "_schedules.0",
    );
}

fn transports(ways: &Value) -> Result<Value, Vec<Mistake>> {
    let document = json!({"export": {"search": {}}, "_transports": ways});
    let definition = read(&document)?.document.definition("n", &instance())?;
    Ok(json!(definition.transports))
}

#[test]
fn transports_are_taken_in_either_products_shape() {
    let made = transports(&json!([
        {"type": "download", "packer": "zip_10mb"},
        {"type": "email", "email": {"message": "Hello", "recipients": [
            {"_basetype": "user", "user": {"_id": 4, "login": "anna"}},
            {"_basetype": "group", "group": {"_id": 2, "name": "editors"}},
            {"user": {"type": "email", "login": "john@example.org"}}]}},
        {"type": "rsync", "options": {"destination": "/srv/exports/a", "options": {"compress": true}}},
        {"plugin": "ftp:upload", "packer": "tar.gz", "options": {"server": "https://dav.example/ed",
            "directory": "x", "login": "ed", "password:secret": "hidden"}},
        {"plugin": "", "email": {"recipients": ["eve@example.org"]}}]))
    .unwrap();
    assert_eq!(made[0], json!({"type": "download", "packer": "zip_10mb"}));
    assert_eq!(made[1]["to"], json!(["user:anna", "group:editors", "john@example.org"]));
    assert_eq!(made[1]["message"], "Hello");
    assert_eq!((&made[2]["target"], &made[2]["path"]), (&json!("backup"), &json!("a")));
    assert_eq!(
        (&made[2]["packer"], &made[2]["options"]["compress"]),
        (&json!("none"), &json!(true))
    );
    assert_eq!((&made[3]["type"], &made[3]["path"]), (&json!("webdav"), &json!("x")));
    assert_eq!(made[3]["packer"], "tar_gz");
    assert_eq!(made[4]["to"], json!(["eve@example.org"]));
    let none = transports(&json!([])).unwrap();
    assert_eq!(none, json!([{"type": "download", "packer": "zip"}]));
}

#[test]
fn transports_lead_nowhere_but_to_configured_targets() {
    for (way, place) in [
        (json!({"type": "rsync", "options": {"destination": "/etc"}}), "options.destination"),
        (
            json!({"type": "rsync", "options": {"destination": "backup", "options": {"rsh": "x"}}}),
            "options.options",
        ),
        (json!({"type": "ftp", "options": {"server": "ftp://f.example"}}), "options.server"),
        (json!({"type": "sftp", "options": {"server": "sftp://f.example"}}), "options.server"),
        (json!({"type": "download", "packer": "rar"}), "packer"),
        (json!({"type": "email"}), "email.recipients"),
    ] {
        let mistakes = transports(&json!([way])).unwrap_err();
        assert_eq!(mistakes[0].place, format!("_transports.0.{place}"), "{way}");
    }
}

#[test]
fn what_is_secret_is_sealed_and_stays_where_a_change_leaves_it_out() {
    let way = |password: Option<&str>| {
        let mut options = json!({"server": "https://dav.example/ed"});
        if let Some(password) = password {
            options["pw:key:secret"] = json!(password);
        }
        json!({"export": {}, "_transports": [{"type": "webdav", "options": options}]})
    };
    let seal = |text: &str| format!("<{}>", text.len());
    let mut first = read(&way(Some("hidden"))).unwrap().document;
    first.seal(|| "0192d3a0-0000-4000-8000-000000000000".to_owned(), seal);
    let kept = serde_json::to_string(&first).unwrap();
    assert!(!kept.contains("hidden") && kept.contains("<6>"), "{kept}");
    assert!(!json!(first.ways[0].shown()).to_string().contains("pw:"));
    let first: Document = serde_json::from_str(&kept).unwrap();
    let mut second = first.changed(&way(None), &instance(), Generation::Easydb).unwrap().document;
    second.seal(|| panic!("it has one"), seal);
    assert_eq!(second, first);
    let mut third =
        first.changed(&way(Some("x")), &instance(), Generation::Easydb).unwrap().document;
    third.seal(|| panic!("it has one"), seal);
    assert_eq!(third.ways[0].sealed["pw:key:secret"], "<1>");
}

#[test]
fn a_change_leaves_what_it_does_not_name() {
    let first = export(&json!({"name": "a", "xml": true, "csv": true})).document;
    let change = json!({"export": {"_version": 2, "json": true, "csv": false}});
    let second = first.changed(&change, &instance(), Generation::Easydb).unwrap().document;
    assert!(second.easydb.xml && second.easydb.json && second.easydb.csv.is_none());
    assert_eq!((second.name.as_deref(), second.version), (Some("a"), Some(2)));
}

#[test]
fn a_definition_says_the_same_as_its_document() {
    let given = json!({"export": {"name": "Bilder", "type": "export_incremental", "xml": true,
        "search": {"search": []}, "batch_size": 20, "eas_fields": ["bild.datei"], "flat": true},
        "_schedules": [{"hours": [3]}], "_transports": [{"type": "download"}]});
    let document = read(&given).unwrap().document;
    let definition = document.definition("Bilder", &instance()).unwrap();
    assert_eq!(definition.batch_size, Some(20));
    assert_eq!(definition.outputs[0].from, "catalogue");
    assert!(definition.outputs[0].incremental.is_some());
    let kept: Definition = serde_json::from_value(json!(definition)).unwrap();
    assert_eq!(Document::of(&kept, &document), document);
}

#[test]
fn what_a_real_client_sends_is_taken() {
    let sent: Value = serde_json::from_str(include_str!("client.json")).unwrap();
    let Read { document, warnings } = read(&sent).unwrap();
    assert!(document.easydb.xml && document.easydb.xml_one_file_per_object);
    assert_eq!((document.batch_size, document.easydb.merge_max_depth), (Some(5000), None));
    let unknown = ["export.limit", "export.offset"];
    let unknown = unknown.map(|key| format!("{key} is not known and was left out"));
    assert_eq!(warnings, unknown);
}

#[test]
fn the_complete_example_in_its_old_shapes_is_taken() {
    let sent = json!({"_basetype": "export", "_schedules": [{"weekdays": ["monday"], "hour": [4]}],
        "_transports": [{"type": "email", "packer": "zip_2gb", "email": {
            "recipients": [{"user": {"type": "email", "login": "john@x.example"}}]}}],
        "export": {"_id": 1, "_version": 1, "type": "export", "name": "alles",
            "search": {"search": [{"type": "match", "mode": "fulltext", "string": "baum"}]},
            "fields": {"bilder.titel": {"display_name": "Titel"}}, "eas_fields": ["bilder.datei"],
            "classes": {"image": {"version": "current+original"}}, "assets": {"12": true},
            "csv": {"delimiter": ";", "quote": "\"", "escape": "\"", "all_languages": true},
            "xml": true, "merge_linked_objects": "not_in_main_search", "merge_max_depth": "3"}});
    let Read { document, warnings } = read(&sent).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert!(document.easydb.all_languages && document.easydb.eas_fields["bilder.datei"].files);
    assert_eq!(document.easydb.classes["image"].len(), 2);
    assert_eq!(document.easydb.merge_max_depth, Some(3));
    document.definition("alles", &instance()).unwrap();
}
