//! Two coordinators side by side: whoever leads may die or hang, and even lead twice.

use rustix::process::Signal;
use tests::{Api, Backends, free_port};

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
    crew.start("coordinator", "second", &[("LONGSHORE_API__LISTEN", &listen)]);
    let second = Api::new(&format!("http://{listen}")).unwrap();
    second.serves("/health/ready", DEADLINE).await.unwrap();

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
