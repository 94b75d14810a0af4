//! Files that do not come when they are asked for: a bad one costs itself alone, and a server that goes down
//! costs none.

use serde_json::{Value, json};
use tests::Mishap;

use super::desk::{Desk, below};
use super::ran::Ran;
use super::tool::tool;
use crate::easydb::live::Live;

/// Exports a catalogue from its server, as one batch that is tried so often.
async fn run(desk: &Desk, live: &Live, attempts: u32, easydb: &Value) -> Ran {
    let mut definition = Live::definition(1, easydb);
    definition["batch_size"] = 0.into();
    definition["on_error"] = "warn".into();
    definition["sources"] = json!({"museum": live.behind_server()});
    let config = format!("{}[coordinator]\nattempts = {attempts}\n", live.addresses());
    desk.define(&definition).config(&config).run().await
}

/// How often files were asked for whose paths end so.
fn asked(live: &Live, end: &str) -> usize {
    let asked = live.server.asked();
    asked.iter().filter(|path| path.starts_with("/eas/") && path.ends_with(end)).count()
}

#[tokio::test]
async fn a_bad_file_costs_itself_alone_however_few_tries_there_are() {
    for attempts in [1, 2] {
        let (desk, live) = (Desk::new(), Live::of(40).await);
        live.server.fail_next("/eas/files/leaflet.pdf", vec![Mishap::Status(500, None); 100]);
        let ran = run(&desk, &live, attempts, &json!({})).await;
        assert_eq!(ran.code, 3, "{attempts}: {}", ran.said);
        assert!(ran.text("warnings.jsonl").contains("/eas/files/leaflet.pdf"));
        assert!(ran.entries().iter().filter(|entry| entry.name.contains("sid-")).count() > 5);
    }
}

/// Of very many requests some fail for no reason that has to do with the file.
#[tokio::test]
async fn a_file_that_comes_when_it_is_asked_for_again_is_not_left_out() {
    let (desk, live) = (Desk::new(), Live::of(40).await);
    live.server.fail_next("/eas/files/leaflet.pdf", [Mishap::Status(503, Some(1)), Mishap::Cut]);
    live.server.fail_next("/eas/files/picture-01-small.png", [Mishap::Status(500, None)]);
    let ran = run(&desk, &live, 1, &json!({})).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let (desk, live) = (Desk::new(), Live::of(40).await);
    live.server.fail_next("/eas/files/picture-01-small.png", [Mishap::Status(500, None)]);
    let ran = run(&desk, &live, 1, &json!({"xlsx": {"thumbnails": true}, "eas_fields": {}})).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
}

/// A file that its server does not give may come with the next run, so that it is told which object it is of; one
/// that is not there is of no object that is to come again.
#[tokio::test]
async fn of_a_file_that_may_come_later_the_object_is_told() {
    for (status, is_told) in [(500, true), (404, false)] {
        let (desk, live) = (Desk::new(), Live::of(40).await);
        let bad = vec![Mishap::Status(status, None); 100];
        live.server.fail_next("/eas/files/leaflet.pdf", bad);
        let ran = run(&desk, &live, 1, &json!({})).await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        let warnings = ran.text("warnings.jsonl");
        let told = warnings.lines().filter(|line| line.contains("/eas/files/leaflet.pdf"));
        let told = told.map(|line| serde_json::from_str::<Value>(line).unwrap());
        let objects: Vec<bool> = told.map(|warning| warning["object"].is_u64()).collect();
        assert!(!objects.is_empty() && objects.iter().all(|is| *is == is_told), "{warnings}");
    }
}

/// After some files came, none is given any more: not one of them is left out for that, and what is left of
/// hundreds is not asked for.
#[tokio::test]
async fn a_server_that_goes_down_amid_a_batch_costs_no_file() {
    let (desk, live) = (Desk::new(), Live::of(400).await);
    let bad = [Mishap::Status(404, None), Mishap::Status(404, None), Mishap::Down];
    live.server.fail_next("/eas/files/picture-01-small.png", bad);
    let ran = run(&desk, &live, 1, &json!({})).await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["source_unavailable"]);
    let asked = asked(&live, "");
    assert!((20..60).contains(&asked), "{asked} files were asked for");
}

/// The pictures in the workbooks that came out.
fn pictures(ran: &Ran) -> usize {
    let files = below(&ran.unpacked()).into_iter();
    let books = files.filter(|file| file.extension() == Some("xlsx".as_ref()));
    let listed = books.map(|book| tool("unzip", ["-l".as_ref(), book.as_os_str()]));
    listed.map(|list| list.matches("xl/media/").count()).sum()
}

#[tokio::test]
async fn a_small_picture_that_never_comes_costs_itself_alone() {
    let (desk, live) = (Desk::new(), Live::of(40).await);
    let bad = vec![Mishap::Status(500, None); 100];
    live.server.fail_next("/eas/files/picture-01-small.png", bad);
    let ran = run(&desk, &live, 2, &json!({"xlsx": {"thumbnails": true}, "eas_fields": {}})).await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.text("warnings.jsonl").contains("/eas/files/picture-01-small.png"));
    assert!(pictures(&ran) > 1, "{}", ran.said);
}

/// The files have shown that their server answers.
#[tokio::test]
async fn though_no_small_picture_comes_the_files_do() {
    let (desk, live) = (Desk::new(), Live::of(40).await);
    let small = (0..10).map(|number| format!("picture-{number:02}-small.png"));
    for name in small.chain(["leaflet.pdf".to_owned()]) {
        let bad = vec![Mishap::Status(500, None); 1000];
        live.server.fail_next(&format!("/eas/files/{name}"), bad);
    }
    let easydb = json!({"xlsx": {"thumbnails": true},
        "classes": {"image": [{"type": "version", "version": "preview"}], "office": []}});
    let ran = run(&desk, &live, 1, &easydb).await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert_eq!(pictures(&ran), 0);
    assert!(ran.entries().iter().filter(|entry| entry.name.contains("sid-")).count() > 5);
}

#[tokio::test]
async fn a_server_that_goes_down_while_small_pictures_are_fetched_fails_the_run() {
    let (desk, live) = (Desk::new(), Live::of(400).await);
    let bad = [Mishap::Status(404, None), Mishap::Status(404, None), Mishap::Down];
    live.server.fail_next("/eas/files/picture-01-small.png", bad);
    let ran = run(&desk, &live, 1, &json!({"xlsx": {"thumbnails": true}, "eas_fields": {}})).await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["source_unavailable"]);
    let asked = asked(&live, "");
    assert!((20..60).contains(&asked), "{asked} pictures were asked for");
}

/// What is written again without a file that is missing has the pictures of the first time.
#[tokio::test]
async fn small_pictures_are_fetched_once_though_a_file_is_missing() {
    let (desk, live) = (Desk::new(), Live::of(40).await);
    let easydb = json!({"xlsx": {"thumbnails": true},
        "classes": {"image": [], "office": [{"type": "original"}]}});
    let ran = run(&desk, &live, 1, &easydb).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let (shown, once) = (pictures(&ran), asked(&live, "-small.png"));
    assert!(once > 5, "{once}");
    live.server.fail_next("/eas/files/leaflet.pdf", vec![Mishap::Status(404, None); 100]);
    let desk = Desk::new();
    let ran = run(&desk, &live, 1, &easydb).await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert_eq!((pictures(&ran), asked(&live, "-small.png")), (shown, 2 * once));
}
