//! Objects of Hatrac in ways that were not recorded.

use bytes::Bytes;
use tests::HatracObject;

use super::asked::Asked;

const TINY: &str = "/hatrac/pnc/note:ABC";

async fn served() -> Asked {
    let asked = Asked::recorded().await;
    asked.server.put_object(HatracObject {
        path: TINY.to_owned(),
        filename: Some("a b.txt".to_owned()),
        bytes: Bytes::from_static(b"0123456789"),
        has_sha256: true,
    });
    asked
}

#[tokio::test]
async fn parts_of_an_object_are_given() {
    let asked = served().await;
    for (range, status, told_range, body) in [
        ("bytes=0-3", 206, "bytes 0-3/10", "0123"),
        ("bytes=7-", 206, "bytes 7-9/10", "789"),
        ("bytes=-2", 206, "bytes 8-9/10", "89"),
        ("bytes=8-99", 206, "bytes 8-9/10", "89"),
        ("bytes=10-", 416, "bytes */10", ""),
    ] {
        let told = asked.ask("GET", TINY, &[("range", range)]).await;
        assert_eq!((told.status, told.text().as_str()), (status, body), "{range}");
        assert_eq!(told.headers["content-range"], told_range, "{range}");
    }
}

#[tokio::test]
async fn an_object_without_a_version_is_its_last_one() {
    let asked = served().await;
    let told = asked.ask("GET", "/hatrac/pnc/note", &[]).await;
    assert_eq!((told.status, told.text().as_str()), (200, "0123456789"));
    assert_eq!(told.headers["content-location"], TINY);
    assert_eq!(told.headers["content-md5"], "eB5eJF1ptWaXm4bijSPyxw==");
    assert_eq!(told.headers["content-sha256"], "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=");
    assert_eq!(asked.ask("GET", "/hatrac/pnc/nothing", &[]).await.status, 404);
}

#[tokio::test]
async fn guarded_objects_are_for_those_who_have_signed_in() {
    let asked = served().await;
    asked.server.guard_objects();
    assert_eq!(asked.ask("GET", TINY, &[]).await.status, 401);
    assert_eq!(asked.ask("HEAD", TINY, &[("cookie", asked.cookie().as_str())]).await.status, 200);
}
