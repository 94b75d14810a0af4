//! Listings: what a restarted coordinator learns everything from.

use bytes::Bytes;
use futures::{StreamExt, stream};
use proto::key::{Key, Prefix};

use super::Ground;
use crate::store::Entry;

/// More than two pages of the largest size that S3 has.
const MANY: u32 = 2100;

/// Names in the order in which keys are listed: that of their bytes, in which `-` and `.` come
/// before `/`, digits and letters.
const ORDERED: [&str; 12] = [
    "order/0/x",
    "order/00",
    "order/1-a",
    "order/1.b",
    "order/10/a",
    "order/10/b/c",
    "order/2",
    "order/A",
    "order/_",
    "order/a/1",
    "order/b",
    "order/c/d/e/f",
];

pub(super) async fn keys_are_listed_in_order(ground: &Ground) {
    for name in ORDERED.iter().rev() {
        ground.put(name, &Bytes::from_static(b"x")).await;
    }
    // Another run's, whose number begins like this one's.
    let other = Key::listed(format!("runs/{}/10/order/a/1", ground.run.export));
    ground.store.put_if_absent(&other, Bytes::new()).await.expect("a new object can be written");

    let ours: Vec<String> = keys(list(ground, &ground.prefix(), None, 1000).await);
    let wanted: Vec<String> =
        ORDERED.iter().map(|name| ground.key(name).as_str().to_owned()).collect();
    let listed: Vec<&String> = ours.iter().filter(|key| key.contains("/order/")).collect();
    assert_eq!(listed, wanted.iter().collect::<Vec<_>>());
    assert!(ours.is_sorted());
    assert!(
        keys(list(ground, &Prefix::runs(ground.run.export), None, 1000).await)
            .contains(&other.as_str().to_owned())
    );

    for (index, name) in ORDERED.iter().enumerate() {
        let rest =
            keys(list(ground, &ground.prefix(), Some(&ground.key(name)), ORDERED.len()).await);
        assert!(rest.starts_with(&wanted[index + 1..]), "after {name}: {rest:?}");
    }
    let between =
        keys(list(ground, &ground.prefix(), Some(&ground.key("order/10/a-gone")), 1).await);
    assert_eq!(between, [wanted[5].clone()], "a key to list after need not be there");
    ground.store.delete(&[other]).await.expect("it can be deleted");
}

pub(super) async fn a_listing_tells_what_head_tells(ground: &Ground) {
    for entry in list(ground, &ground.prefix(), None, 10).await {
        assert_eq!(ground.store.head(&entry.key).await.expect("what is listed is there"), entry);
    }
    assert_eq!(list(ground, &Prefix::links(ground.run), None, 10).await, [], "a prefix of nothing");
}

pub(super) async fn thousands_of_keys_are_listed_in_pages(ground: &Ground) {
    let written = stream::iter(0..MANY).map(|ordinal| {
        let (store, key) = (&ground.store, Key::commit(ground.run, ordinal));
        async move { store.put_if_absent(&key, Bytes::from_static(b"{}")).await.map(|_| ()) }
    });
    let written: Vec<_> = written.buffer_unordered(32).collect().await;
    assert!(written.iter().all(Result::is_ok), "every object can be written");

    let prefix = Prefix::commits(ground.run);
    for limit in [1000, 777] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = list(ground, &prefix, after.as_ref(), limit).await;
            found.extend(page.iter().filter_map(|entry| entry.key.ordinal_of_commit()));
            match page.last() {
                Some(last) if page.len() == limit => after = Some(last.key.clone()),
                Some(_) | None => break,
            }
        }
        assert_eq!(found, (0..MANY).collect::<Vec<_>>(), "in pages of {limit}");
    }
    let keys: Vec<Key> = (0..MANY).map(|ordinal| Key::commit(ground.run, ordinal)).collect();
    ground.store.delete(&keys).await.expect("any number of objects can be deleted");
    assert_eq!(list(ground, &prefix, None, 1).await, []);
}

async fn list(ground: &Ground, prefix: &Prefix, after: Option<&Key>, limit: usize) -> Vec<Entry> {
    let page = ground.store.list(prefix, after, limit).await.expect("the store can be listed");
    assert!(page.len() <= limit, "{} of at most {limit}", page.len());
    page
}

fn keys(entries: Vec<Entry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.key.as_str().to_owned()).collect()
}
