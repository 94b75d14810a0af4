//! One process, one worker, three workers: the same archive.

use proto::key::Prefix;
use tests::{Backends, Reader};

use super::crew::Crew;
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_and_three_make_the_archive_that_one_process_makes() {
    let load = Load::large();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let expected = load.sha256(&crew.fleet).await;

    let one = crew.submit(&load.definition()).await;
    assert_eq!(crew.sha256(one).await, expected);
    crew.is_recorded_once(one).await;
    Reader::Unzip.read(&crew.fleet.dir().join("download.zip")).unwrap();

    crew.start("worker", "worker-2", &[]);
    crew.start("worker", "worker-3", &[]);
    let three = crew.submit(&load.definition()).await;
    assert_eq!(crew.sha256(three).await, expected);
    crew.is_recorded_once(three).await;
    // The segments are small enough that workers packed them together first.
    assert_ne!(crew.keys(Prefix::compactions(three)).await, []);
}
