//! Stylesheets and profiles that the catalogue keeps itself, named by its numbers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::EasydbServer;

use super::desk::below;
use super::served::Served;
use crate::dialect::{Guest, paths};

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

/// A stylesheet that makes one word of a document.
fn stylesheet(word: &str) -> String {
    format!(
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
         <xsl:template match=\"/\"><was>{word}</was></xsl:template></xsl:stylesheet>"
    )
}

/// The catalogue of thirty objects in a folder, with a stylesheet and a mapping.
fn keep(folder: &Path) {
    for path in below(&small()).iter().filter(|path| path.is_file()) {
        let place = folder.join(path.strip_prefix(small()).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(path, place).unwrap();
    }
    for name in ["stylesheets", "mappings"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let mapping = json!({"id": 12, "displayname": {"de-DE": "Eigenes"}, "profile": "own.cson.json",
        "xml_base": "/x:xmpmeta/rdf:RDF", "fields": [
            {"type": "text", "xml": "dc:title", "easydb": "bild.titel"},
            {"type": "text", "xml": "author", "easydb": "bild.urheber.person.name"}]});
    fs::write(folder.join("mappings/12.json"), mapping.to_string()).unwrap();
    fs::write(folder.join("stylesheets/4711.xsl"), stylesheet("first")).unwrap();
    fs::write(folder.join("stylesheets/4713.txt"), stylesheet("text")).unwrap();
}

fn is_kind(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|is| is == extension)
}

/// The XML files of an export, as somebody fetches them.
async fn documents(guest: &Guest, served: &Served, export: &str, shown: &Value) -> Vec<String> {
    let mut documents = Vec::new();
    for path in paths(shown).iter().filter(|path| is_kind(path, "xml")) {
        let file = served.path("fetched.xml");
        guest.0.download(&format!("{export}/file/{path}"), &file).await.unwrap();
        documents.push(fs::read_to_string(&file).unwrap());
    }
    documents
}

fn document(besides: &Value) -> Value {
    let mut export =
        json!({"name": "own", "search": {"search": []}, "xml": true, "batch_size": 10});
    export.as_object_mut().unwrap().extend(besides.as_object().cloned().unwrap());
    json!({"export": export})
}

#[tokio::test]
async fn documents_name_what_the_catalogue_keeps_by_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path());
    let catalogue = EasydbServer::start(folder.path()).await.unwrap();
    let (_, address) = catalogue.url.split_once("//").unwrap();
    let served = Served::start(&format!(
        "[easydb]\nsource = \"catalogue\"\npasswords = \"catalogue\"\n\
         [addresses]\nallow = [\"{address}\"]\n[coordinator]\nattempts = 2\n\
         [worker]\nmappings = \"{{folder}}\"\n\
         [sources.catalogue]\nkind = \"easydb\"\nurl = \"{}\"\nrights = \"caller\"\n",
        catalogue.url
    ))
    .await;
    let ann = Guest::enters(&served.api, "ann", "secret").await;
    let bob = Guest::enters(&served.api, "bob", "hidden").await;

    let styled = document(&json!({"xslt_xml_post_processing": {"_id": 4711}}));
    let of_ann = ann.puts(&styled).await;
    let ended = ann.sees_end(&of_ann, 1).await;
    assert_eq!(ended["_state"], "done", "{ended:#}");
    assert_eq!(ended["export"]["xslt_xml_post_processing"], json!({"_id": 4711}));
    let made = documents(&ann, &served, &of_ann, &ended).await;
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|text| text.contains("<was>first</was>")), "{made:?}");

    // What somebody may not see, what is not there, and what is none.
    let other =
        |id: u64| document(&json!({"name": "other", "xslt_xml_post_processing": {"_id": id}}));
    for (guest, document) in [(&bob, styled.clone()), (&ann, other(4712)), (&ann, other(4713))] {
        let refused = guest.0.put("/api/v1/export", &document).await.unwrap();
        assert_eq!(refused.status, 400, "{:#}", refused.body);
        let place = &refused.body["parameters"]["attribute"];
        assert_eq!(place, "export.xslt_xml_post_processing", "{:#}", refused.body);
    }

    for (nth, mapping) in [json!(12), json!("Eigenes"), json!("own")].into_iter().enumerate() {
        let asked = json!({"name": format!("mapped {nth}"), "xml_one_file_per_object": true,
            "mapping": mapping, "merge_linked_objects": "all"});
        let export = ann.puts(&document(&asked)).await;
        let ended = ann.sees_end(&export, 1).await;
        let told = (&ended["_state"], &ended["export"]["mapping"]);
        assert_eq!(told, (&json!("done"), &json!(12)), "whatever it is named by");
        let made = documents(&ann, &served, &export, &ended).await.concat();
        assert!(made.contains("<author>=Summe 12</author>"), "{made}");
    }

    let asked = json!({"name": "described", "xml": false, "json": true,
        "eas_fields": {"bild.datei": {"files": true}},
        "classes": {"image": [{"type": "original", "metadata": 12}]}});
    let export = ann.puts(&document(&asked)).await;
    let ended = ann.sees_end(&export, 1).await;
    assert_eq!(ended["export"]["classes"]["image"][0]["metadata"], 12, "{ended:#}");
    let log = ended["_log"].to_string();
    assert!(log.contains("author") && log.contains("which is no tag"), "{log}");
    let pictures = paths(&ended).into_iter().filter(|path| is_kind(path, "png"));
    let mut titled = 0;
    for path in pictures {
        let file = served.path("fetched.png");
        ann.0.download(&format!("{export}/file/{path}"), &file).await.unwrap();
        titled +=
            usize::from(String::from_utf8_lossy(&fs::read(&file).unwrap()).contains("dc:title"));
    }
    assert!(titled > 0);

    // Deleted since: the run says which, and the export stays as it is.
    fs::remove_file(folder.path().join("stylesheets/4711.xsl")).unwrap();
    ann.starts(&of_ann).await;
    ann.starts(&of_ann).await;
    let failed = ann.sees_end(&of_ann, 2).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    let log = failed["_log"].to_string();
    assert!(log.contains("xslt_failed") && log.contains("4711"), "{log}");
}

#[tokio::test]
async fn what_the_catalogue_gave_first_holds_for_the_run() {
    let served =
        Served::start("[sources.museum]\nkind = \"easydb\"\npath = \"{folder}/catalogue\"\n").await;
    let catalogue = served.path("catalogue");
    keep(&catalogue);
    let leaflet = catalogue.join("files/leaflet.pdf");
    let kept = fs::read(&leaflet).unwrap();
    fs::remove_file(&leaflet).unwrap();
    let definition = json!({"name": "Styled", "batch_size": 10, "on_error": "fail", "outputs": [
        {"to": "objects/", "from": "museum", "easydb": {"xml": true, "stylesheet": "4711",
            "eas_fields": {"bild.datei": {"files": true}},
            "classes": {"image": [], "office": [{"type": "original"}]}}}]});
    let export = served.export(&definition).await;
    let failed = served.ended(&export, 1).await;
    assert_eq!(failed["faults"][0]["code"], "asset_missing", "{failed:#}");
    // Another one in its place, which the run does not see: some of its files may be made already.
    fs::write(catalogue.join("stylesheets/4711.xsl"), stylesheet("second")).unwrap();
    fs::write(&leaflet, kept).unwrap();
    let retried = served.api.post(&format!("{export}/retry"), &Value::Null).await.unwrap();
    assert_eq!(retried.status, 202, "{:#}", retried.body);
    let count = |files: &[(String, String)], text: &str| {
        files.iter().filter(|(_, content)| content.contains(text)).count()
    };
    let files = served.unpacked(&export, 1).await;
    assert_eq!((count(&files, "<was>first</was>"), count(&files, "second")), (3, 0));
    served.start_run(&export).await;
    let files = served.unpacked(&export, 2).await;
    assert_eq!((count(&files, "<was>second</was>"), count(&files, "first")), (3, 0));
}
