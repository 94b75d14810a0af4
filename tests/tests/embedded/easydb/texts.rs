//! Texts within files that go along: which of them can be changed.

use serde_json::json;

use super::super::desk::{Desk, below};
use super::super::tool::tool;
use super::files::{changed, files, number, of_changed};

/// A video has pictures among its versions; and of a file nobody may have said what it is.
#[tokio::test]
async fn texts_are_written_into_a_picture_whatever_its_file_is() {
    let versions = json!([
        {"type": "original", "metadata": "remove"},
        {"type": "version", "version": "preview", "metadata": {"bild.signatur": "xmp:dc:title"}},
    ]);
    for class in [Some("video"), None] {
        let desk = Desk::new();
        changed(&desk, |object| {
            if number(object) == 1042 {
                let file = object["bild"]["datei"][0].as_object_mut().unwrap();
                file.remove("class");
                for version in file["versions"].as_object_mut().unwrap().values_mut() {
                    version.as_object_mut().unwrap().remove("class");
                }
                if let Some(class) = class {
                    file.insert("class".to_owned(), class.into());
                    file["versions"]["preview"]["class"] = "image".into();
                }
            }
        });
        let asked = of_changed(
            &desk,
            &json!({"xml": true, "eas_fields": {"bild.datei": {"files": true}},
                "assets": {"900028": {"versions": versions}}, "classes": {"office": []},
                "filename_template": "%_asset.id%-%_asset.version%"}),
        );
        let ran = desk.define(&asked).done().await;
        let mut names = files(&ran);
        names.sort();
        assert_eq!(names, ["900028-original.png", "900028-preview.png"], "{class:?}");
        let paths = below(&ran.unpacked());
        let picture = paths.iter().find(|path| path.ends_with("900028-preview.png")).unwrap();
        let title =
            tool("exiftool", ["-s3".as_ref(), "-XMP-dc:Title".as_ref(), picture.as_os_str()]);
        assert_eq!(title, "HM 000/14\n", "{class:?}");
    }
}
