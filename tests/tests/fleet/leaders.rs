//! Two coordinators side by side: whoever leads may die or hang, and even lead twice.

use rustix::process::Signal;
use tests::{Api, Backends, free_port, until};

use super::crew::{Crew, DEADLINE};
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn another_coordinator_leads_when_the_leader_dies_or_hangs() {
    let load = Load::large();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let expected = load.sha256(&crew.fleet).await;
    let port = free_port().unwrap();
    let listen = format!("127.0.0.1:{port}");
    let metrics = format!("127.0.0.1:{}", free_port().unwrap());
    let variables =
        [("LONGSHORE_API__LISTEN", &*listen), ("LONGSHORE_TELEMETRY__METRICS_LISTEN", &*metrics)];
    crew.start("coordinator", "second", &variables);
    let second = Api::new(&format!("http://{listen}")).unwrap();
    second.serves("/health/ready", DEADLINE).await.unwrap();
    // Whoever watches sees that it does not lead, so that it is noticed when it does.
    let metrics = Api::new(&format!("http://{metrics}")).unwrap();
    for name in ["longshore_leading", "longshore_leaderships_total"] {
        let told = format!("{name}{{role=\"coordinator\"}} 0");
        until(&told, DEADLINE, async || {
            let text = metrics.get("/metrics").await?.body;
            let is_told = text.as_str().is_some_and(|text| text.lines().any(|line| line == told));
            Ok(is_told.then_some(()))
        })
        .await
        .unwrap();
    }

    // The first leads, and hangs until the second has taken over; then both believe to lead.
    let frozen = crew.submit(&load.definition()).await;
    crew.reaches(frozen, 5).await;
    assert!(!crew.has_ended(frozen).await, "it was too fast to be disturbed");
    crew.program("coordinator").signal(Signal::STOP).unwrap();
    crew.leads("second", 1).await;
    crew.reaches(frozen, 20).await;
    crew.program("coordinator").signal(Signal::CONT).unwrap();
    assert_eq!(crew.sha256(frozen).await, expected);
    crew.is_recorded_once(frozen).await;

    // The second leads, and dies.
    let orphaned = crew.submit(&load.definition()).await;
    crew.reaches(orphaned, 5).await;
    assert!(!crew.has_ended(orphaned).await, "it was too fast to be disturbed");
    crew.kill("second").await;
    assert_eq!(crew.sha256(orphaned).await, expected);
    crew.is_recorded_once(orphaned).await;
    crew.leads("coordinator", 2).await;
}
