//! How many objects a server gives at once: fewer than it is asked for, or more than may be read.

use serde_json::json;
use tests::EasydbServer;

use super::catalogue::small;
use super::server::{Asking, saved};

#[tokio::test]
async fn a_server_that_gives_fewer_at_once_is_asked_more_often() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.limit_pages(3);
    let asking = Asking::ann(&server);
    assert_eq!(asking.all().await.unwrap(), saved(&small(), &server));
    let catalogue = asking.source.catalogue().unwrap();
    let objects = catalogue.objects(&[1088, 5, 1000, 1004, 1006, 1010, 1012]).await.unwrap();
    assert_eq!(objects.iter().filter(|object| object.is_some()).count(), 6);
    assert_eq!(objects[1], None);
    assert!(objects[0].as_ref().unwrap().contains("\"_system_object_id\":1088"));
}

#[tokio::test]
async fn fewer_are_asked_for_at_once_where_an_answer_would_be_too_long() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let asking = Asking::new(&server, "ann", "secret", &json!({}));
    // Batches of four, of which one, two and all have room.
    for room in [1, 2, 4] {
        server.have_room_for(room);
        assert_eq!(asking.all().await.unwrap(), saved(&small(), &server), "{room}");
    }
    let catalogue = asking.source.catalogue().unwrap();
    let objects = catalogue.objects(&[1000, 5, 1004, 1006, 1010, 1012, 1016, 1018]).await.unwrap();
    // Of eight, one is nowhere; four more than have room: the first half.
    let is_there: Vec<bool> = objects.iter().map(Option::is_some).collect();
    assert_eq!(is_there, [true, false, true, true]);
}

#[tokio::test]
async fn one_object_that_is_too_long_is_told() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.have_room_for(0);
    let asking = Asking::new(&server, "ann", "secret", &json!({}));
    let error = asking.all().await.unwrap_err();
    assert!(error.to_string().contains("longer than 64 MiB"), "{error}");
    assert!(!error.is_transient());
    let catalogue = asking.source.catalogue().unwrap();
    assert!(catalogue.objects(&[1000, 1004]).await.is_err());
}
