//! How many objects a server gives at once: fewer than it is asked for, or more than may be read or than it has time for;
//! in which form, and how often it is asked.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{EasydbServer, Mishap};

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
    assert!(!error.is_transient());
    let told = error.to_string();
    let expected =
        format!("the first object of {}/ is longer than 64 MiB; leave it out by", server.url);
    assert!(told.contains(&expected), "{told}");
    let catalogue = asking.source.catalogue().unwrap();
    let told = catalogue.objects(&[1000, 1004]).await.unwrap_err().to_string();
    assert!(told.contains("object 1000 of") && told.contains("longer than 64 MiB"), "{told}");
}

/// How many searches were asked for.
fn searches(server: &EasydbServer) -> usize {
    server.asked().iter().filter(|path| *path == "/api/v1/search").count()
}

#[tokio::test]
async fn fewer_are_asked_for_at_once_where_so_many_never_come_in_time() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.have_time_for(200);
    let asking = Asking::new(&server, "ann", "secret", &json!({"tries": 1}));
    assert_eq!(asking.all().await.unwrap(), saved(&small(), &server));
    // The look, 1,000, 500 and 250 in vain, and 125 for each of eight batches.
    assert_eq!(searches(&server), 1 + 3 + 8);
    let asking = Asking::new(&server, "ann", "secret", &json!({"tries": 1}));
    let catalogue = asking.source.catalogue().unwrap();
    let ids: Vec<u64> = (1000..2000).collect();
    let before = searches(&server);
    for asked in [4, 5] {
        let objects = catalogue.objects(&ids).await.unwrap();
        assert_eq!((objects.len(), objects.iter().flatten().count()), (125, 30));
        assert_eq!(searches(&server) - before, asked);
    }
}

#[tokio::test]
async fn a_server_that_asks_to_be_left_alone_is_not_asked_for_less() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.fail_next("/api/v1/search", [Mishap::Status(503, Some(3600))]);
    let catalogue = Asking::new(&server, "ann", "secret", &json!({})).source.catalogue().unwrap();
    let ids: Vec<u64> = (1000..2000).collect();
    let error = catalogue.objects(&ids).await.unwrap_err();
    assert!(error.is_transient() && searches(&server) == 1, "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_know_the_changes_is_asked_for_them_once() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.knows_no_changes();
    let asking = Asking::new(&server, "ann", "secret", &json!({}));
    let changes = &["_changelog"];
    let (batches, objects) = asking.objects_with(changes, Value::Null, json!({})).await.unwrap();
    assert_eq!((batches, objects.len()), (8, 30));
    assert_eq!(searches(&server), 1 + 1 + 8);
}

#[tokio::test]
async fn an_object_that_is_asked_for_twice_is_given_twice() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let catalogue = Asking::ann(&server).source.catalogue().unwrap();
    let objects = catalogue.objects(&[1004, 1000, 1004]).await.unwrap();
    assert!(objects[0].is_some() && objects[0] == objects[2] && objects[0] != objects[1]);
}

#[tokio::test]
async fn a_server_is_asked_no_more_often_than_is_configured() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let often = json!({"per_second": 40, "page_size": 7});
    let begun = Instant::now();
    assert_eq!(Asking::new(&server, "ann", "secret", &often).all().await.unwrap().len(), 30);
    // Between two that follow one another lies a fortieth of a second.
    let between = u32::try_from(searches(&server)).unwrap() - 1;
    assert!(between > 5, "{between}");
    assert!(begun.elapsed() >= Duration::from_millis(25) * between, "{:?}", begun.elapsed());
}
