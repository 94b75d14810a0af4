//! What a server tells of itself: what holds for all objects, and the names of its users.

use std::fs;

use serde_json::{Value, json};
use source::catalogue::About;
use tests::{EasydbServer, Mishap};

use super::catalogue::small;
use super::server::Asking;

#[tokio::test]
async fn a_server_tells_what_its_folder_tells() {
    let folder = tempfile::tempdir().unwrap();
    let answers = "search-00000.json";
    fs::copy(small().join(answers), folder.path().join(answers)).unwrap();
    let told = fs::read(small().join("catalogue.json")).unwrap();
    let mut told: Value = serde_json::from_slice(&told).unwrap();
    told["types"]["bild"]["filenames"] = json!({"bild.datei": {"de-DE": "%bild.titel%"}});
    fs::write(folder.path().join("catalogue.json"), told.to_string()).unwrap();
    let server = EasydbServer::start(folder.path()).await.unwrap();
    let mut expected: About = serde_json::from_value(told).unwrap();
    expected.url.clone_from(&server.url);
    let about = Asking::ann(&server).source.catalogue().unwrap().about().await.unwrap();
    assert_eq!(*about, expected);
    // A server that does not tell how files are to be called tells all else.
    server.fail_next("/api/v1/objecttype", [Mishap::Status(404, None)]);
    let about = Asking::ann(&server).source.catalogue().unwrap().about().await.unwrap();
    expected.types.values_mut().for_each(|one| one.filenames.clear());
    assert_eq!(*about, expected);
}

#[tokio::test]
async fn users_are_asked_for_once_their_names_are_needed_and_remembered() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let catalogue = Asking::ann(&server).source.catalogue().unwrap();
    let asked = || server.asked().iter().filter(|path| *path == "/api/v1/user").count();
    catalogue.about().await.unwrap();
    assert_eq!(asked(), 0);
    for _ in 0..2 {
        let names = catalogue.user_names().await.unwrap();
        assert_eq!(names[&3], "Büro \"Süd\" & Söhne");
    }
    assert_eq!(asked(), 1);
}
