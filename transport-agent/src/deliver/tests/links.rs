//! Links that their owner did something with before all was delivered.

use proto::archive::{Link, LinkChange};

use super::*;

const HOUR: Duration = Duration::from_hours(1);

async fn kept(scene: &Scene, id: &str) -> Link {
    record::read(&*scene.agent.store, &Key::link(run(), id)).await.unwrap()
}

/// Writes over a link, as its owner does.
async fn change(scene: &Scene, id: &str, link: &Link) {
    let key = Key::link(run(), id);
    let (_, tag) = scene.agent.store.get(&key).await.unwrap();
    scene.agent.store.replace(&key, record::encode(link), &tag).await.unwrap();
}

#[tokio::test]
async fn an_end_that_the_owner_set_stands_and_after_it_there_is_another_link() {
    let scene = Scene::new(&json!({"type": "download"}), &Value::Null).await;
    let (id, first) = scene.delivery().link().await.unwrap();
    assert_eq!(id, "t0");
    let expires = Timestamp::UNIX_EPOCH + HOUR;
    let shorter = Link { expires, changed: Some(LinkChange::Renewed), ..first };
    change(&scene, &id, &shorter).await;
    assert_eq!(scene.delivery().link().await.unwrap(), (id.clone(), shorter.clone()));
    *scene.clock.lock().unwrap() = expires;
    let (second, link) = scene.delivery().link().await.unwrap();
    assert_eq!((second.as_str(), link.expires), ("t0n2", expires + LIFETIME));
    assert_eq!(kept(&scene, &id).await, shorter);
}

#[tokio::test]
async fn a_link_that_was_revoked_stays_so_while_its_transport_is_delivered() {
    let scene = Scene::new(&json!({"type": "download"}), &Value::Null).await;
    let (id, first) = scene.delivery().link().await.unwrap();
    let revoked = first.revoked();
    change(&scene, &id, &revoked).await;
    let (second, link) = scene.delivery().link().await.unwrap();
    assert_ne!(second, id);
    assert_eq!(kept(&scene, &id).await, revoked);
    assert_eq!(scene.delivery().link().await.unwrap(), (second, link), "one is enough");
}
