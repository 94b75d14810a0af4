//! Versions of pictures that are made for an export, as its document asks for them: formats, sizes, turns and cuts.

use std::path::Path;

use serde_json::json;

use super::served::Served;
use super::tool::tool;
use crate::dialect::{Guest, paths};

#[tokio::test]
async fn pictures_are_made_as_a_document_asks() {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let served = Served::start(&format!(
        "[easydb]\nsource = \"c\"\n[sources.c]\nkind = \"easydb\"\npath = \"{}\"\n",
        small.display()
    ))
    .await;
    let local = Guest(served.api.clone());
    // Of a picture of 96 by 72 pixels.
    let made = [
        (
            json!({"format": "jpeg", "jpeg_quality": "small", "colorspace": "gray", "size": "custom",
            "custom_size": "width", "custom_size_pixel": 48}),
            "900028.jpg",
            "48x36",
        ),
        (
            json!({"format": "tiff", "size": "custom", "custom_size": "height",
            "custom_size_pixel": 18}),
            "900028.tif",
            "24x18",
        ),
        (
            json!({"format": "bmp", "size": "custom", "custom_size": "dimension_max",
            "custom_size_pixel": 48}),
            "900028.bmp",
            "48x36",
        ),
        (
            json!({"format": "png", "size": "custom", "custom_size": "dimension_min",
            "custom_size_pixel": 36}),
            "900028.png",
            "48x36",
        ),
        (json!({"transform": [{"rotate-z": 90}]}), "900028-2.png", "72x96"),
        (
            json!({"transform": [{"crop": {"left": 10, "top": 5, "width": 30, "height": 20}},
            {"rotate-z": 90}]}),
            "900028-3.png",
            "20x30",
        ),
        (
            json!({"size": "custom", "custom_size": "contain", "custom_width_pixel": 20,
            "custom_height_pixel": 20}),
            "900028-4.png",
            "20x15",
        ),
    ];
    let versions = made.iter().map(|(version, _, _)| {
        let mut version = version.clone();
        version["type"] = json!("custom");
        version
    });
    let versions: Vec<_> = versions.collect();
    let export = local
        .makes(
            "custom",
            &json!({"classes": {"image": [], "office": []}, "filename_template": "%_asset.id%",
            "assets": {"900028": {"versions": versions}}}),
        )
        .await;
    let done = local.sees_end(&export, 1).await;
    assert_eq!(done["_state"], "done", "{done:#}");
    let listed = paths(&done);
    for (_, name, size) in made {
        let path = listed.iter().find(|path| path.ends_with(&format!("/{name}")));
        let path = path.unwrap_or_else(|| panic!("{name} is not in {listed:?}"));
        let file = served.path(name);
        local.0.download(&format!("{export}/file/{path}"), &file).await.unwrap();
        let said = tool("identify", ["-format".as_ref(), "%wx%h".as_ref(), file.as_os_str()]);
        assert_eq!(said, size, "{name}");
    }
    let pictures =
        done["_files"].as_array().unwrap().iter().filter(|file| file["eas_id"] == 900_028);
    assert_eq!(pictures.filter(|file| file["eas_version"] == "custom").count(), 7, "{listed:?}");
}
