//! The archive depends on the definition and the sources alone.

use super::desk::Desk;
use super::material::busy;

#[tokio::test]
async fn any_number_of_workers_gives_the_same_bytes() {
    let desk = Desk::new();
    let ask = || desk.define(&busy(300));
    let one = ask().apart("one").with("--workers=1").done().await;
    let four = ask().apart("four").with("--workers=4").done().await;
    assert_eq!(one.sha256(), four.sha256());
    let counts = &one.result()["counts"];
    assert_eq!(counts["batches"], 67 + 8 + 12 + 5 + 67 + 1);
    assert_eq!(counts["warnings"], 0);
    assert_eq!(one.result()["counts"], four.result()["counts"]);
    one.entries();
}

#[tokio::test]
async fn running_twice_and_elsewhere_gives_the_same_bytes() {
    let desk = Desk::new();
    let ask = || desk.define(&busy(2000));
    let first = ask().done().await.sha256();
    assert_eq!(ask().done().await.sha256(), first, "twice in one folder");
    assert_eq!(ask().apart("elsewhere").done().await.sha256(), first, "in another folder");
    let moved = Desk::new();
    assert_eq!(
        moved.define(&busy(2000)).done().await.sha256(),
        first,
        "for another definition file"
    );
}
