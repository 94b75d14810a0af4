//! What is particular to a directory: crashes, full disks, keys that are paths.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proto::id::{ExportId, RunId};
use uuid::Uuid;

use super::*;
use crate::store::suite;

fn staged_files(root: &Path) -> usize {
    fs::read_dir(root.join(".staging")).unwrap().count()
}

fn key(text: &str) -> Key {
    Key::listed(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_keeps_every_promise() {
    let root = tempfile::tempdir().unwrap();
    suite::run(Arc::new(DirectoryStore::open(root.path().join("deep/root")).unwrap())).await;
    assert_eq!(staged_files(&root.path().join("deep/root")), 0);
    let left: Vec<_> = fs::read_dir(root.path().join("deep/root"))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "emptied directories stay: {left:?}");
}

#[tokio::test]
async fn keys_cannot_leave_the_root() {
    let root = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(root.path().to_owned()).unwrap();
    for bad in [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "./a",
        ".staging/x",
        ".locks/00",
        "a\0b",
    ] {
        let bad = key(bad);
        let wrote = store.put_if_absent(&bad, Bytes::from_static(b"x")).await;
        assert!(matches!(wrote, Err(StoreError::Refused { .. })), "{bad:?}: {wrote:?}");
        assert!(matches!(store.get(&bad).await, Err(StoreError::Refused { .. })), "{bad:?}");
        assert!(
            matches!(
                store.delete(std::slice::from_ref(&bad)).await,
                Err(StoreError::Refused { .. })
            ),
            "{bad:?}"
        );
        assert!(matches!(store.upload(&bad).await, Err(StoreError::Refused { .. })), "{bad:?}");
        assert_eq!(store.local_path(&bad), None, "{bad:?}");
    }
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept() {
    let root = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(root.path().to_owned()).unwrap();
    let (ours, other) = (
        RunId { export: ExportId(Uuid::nil()), run: 1 },
        RunId { export: ExportId(Uuid::nil()), run: 10 },
    );
    for run in [ours, other] {
        let mut upload = store.upload(&Key::segment(run, 1, 0, "a")).await.unwrap();
        upload.write(vec![1; 3 << 20].into()).await.unwrap();
        // A killed process runs no destructor.
        std::mem::forget(upload);
    }
    assert_eq!(staged_files(root.path()), 2);
    store.sweep(&Prefix::run(ours), SystemTime::now() - Duration::from_mins(1)).await.unwrap();
    assert_eq!(staged_files(root.path()), 2, "too young");
    store.sweep(&Prefix::run(ours), SystemTime::now() + Duration::from_mins(1)).await.unwrap();
    assert_eq!(staged_files(root.path()), 1, "of another run");
    store.sweep(&Prefix::all(), SystemTime::now() + Duration::from_mins(1)).await.unwrap();
    assert_eq!(staged_files(root.path()), 0);
    assert_eq!(store.list(&Prefix::all(), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_upload_that_lost_a_piece_is_not_finished() {
    let root = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(root.path().to_owned()).unwrap();
    let mut upload = store.upload(&key("holed")).await.unwrap();
    // The disk may be faster than the first look at it.
    let mut is_lost = false;
    for _ in 0..100 {
        let mut dropped = upload.write(vec![2; 2 << 20].into());
        is_lost = futures::poll!(&mut dropped).is_pending();
        if is_lost {
            break;
        }
    }
    assert!(is_lost);
    assert!(matches!(upload.finish().await, Err(StoreError::Damaged { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_that_vanish_under_writers_are_made_again() {
    let root = tempfile::tempdir().unwrap();
    let store = Arc::new(DirectoryStore::open(root.path().to_owned()).unwrap());
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for round in 0..50 {
                let key = key(&format!("a/b/c/{writer}-{round}"));
                store.put_if_absent(&key, Bytes::from_static(b"x")).await.unwrap();
                assert_eq!(store.get(&key).await.unwrap().0, b"x"[..]);
                store.delete(&[key]).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_root_that_is_gone_is_not_an_empty_store() {
    let root = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(root.path().join("store")).unwrap();
    store.put_if_absent(&key("a/b"), Bytes::from_static(b"x")).await.unwrap();
    fs::rename(root.path().join("store"), root.path().join("elsewhere")).unwrap();
    assert!(matches!(store.head(&key("a/b")).await, Err(StoreError::Unavailable { .. })));
    assert!(matches!(
        store.list(&Prefix::all(), None, 1).await,
        Err(StoreError::Unavailable { .. })
    ));
    assert!(matches!(store.delete(&[key("a/b")]).await, Err(StoreError::Unavailable { .. })));
    let wrote = store.put_if_absent(&key("c"), Bytes::from_static(b"x")).await;
    assert!(matches!(wrote, Err(StoreError::Unavailable { .. })), "{wrote:?}");
    assert!(!root.path().join("store").exists());
}

#[tokio::test]
async fn a_key_below_an_object_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(root.path().to_owned()).unwrap();
    store.put_if_absent(&key("a"), Bytes::from_static(b"x")).await.unwrap();
    let below = store.put_if_absent(&key("a/b"), Bytes::from_static(b"x")).await;
    assert!(matches!(below, Err(StoreError::Refused { .. })), "{below:?}");
    let long = store.put_if_absent(&key(&"n".repeat(300)), Bytes::from_static(b"x")).await;
    assert!(matches!(long, Err(StoreError::Refused { .. })), "{long:?}");
}

#[tokio::test]
async fn a_full_disk_is_full_and_keeps_nothing_by_halves() {
    let root = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
        .arg(root.path())
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("not checked: a small file system can only be mounted by root");
        return;
    }
    let store = DirectoryStore::open(root.path().to_owned()).unwrap();
    let put = store.put_if_absent(&key("a/large"), vec![1; 8 << 20].into()).await;
    let mut upload = store.upload(&key("a/larger")).await.unwrap();
    let mut wrote = Ok(());
    for _ in 0..8 {
        wrote = wrote.and(upload.write(vec![1; 1 << 20].into()).await);
    }
    let finished = upload.finish().await;
    let (staged, listed) = (staged_files(root.path()), store.list(&Prefix::all(), None, 1).await);
    let fits = store.put_if_absent(&key("a/small"), vec![1; 1 << 20].into()).await;
    drop(store);
    Command::new("umount").arg(root.path()).status().unwrap();

    assert!(matches!(put, Err(StoreError::Full { .. })), "{put:?}");
    assert!(matches!(wrote, Err(StoreError::Full { .. })), "{wrote:?}");
    assert!(matches!(finished, Err(StoreError::Damaged { .. })), "{finished:?}");
    assert_eq!((staged, listed.unwrap()), (0, Vec::new()));
    fits.unwrap();
}

#[tokio::test]
async fn a_directory_that_may_not_be_written_refuses() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(root.path().join("probe"), "").is_ok() {
        eprintln!("not checked: rights do not bind root");
        return;
    }
    assert!(matches!(
        DirectoryStore::open(root.path().to_owned()),
        Err(StoreError::Refused { .. })
    ));
}

#[test]
fn an_object_that_is_put_twice_for_a_lost_answer_is_not_somebody_elses() {
    let root = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(root.path().to_owned()).unwrap();
    let (layout, key) = (&store.layout, key("a/b"));
    let path = layout.path(&key).unwrap();
    let ours = Staged::holding(layout, &key, b"x").unwrap();
    layout.link(&ours, &key, &path).unwrap();
    layout.link(&ours, &key, &path).unwrap();
    let theirs = Staged::holding(layout, &key, b"x").unwrap();
    let refused = layout.link(&theirs, &key, &path);
    assert!(matches!(refused, Err(StoreError::Exists { .. })), "{refused:?}");
}
