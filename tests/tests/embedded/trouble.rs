//! Trouble around a run: a store that is none, a folder in use, a signal.

use std::fs;

use rustix::process::Signal;

use super::desk::Desk;
use super::material::busy;

#[tokio::test]
async fn a_store_that_is_a_file_fails_the_run_and_taking_it_away_mends_it() {
    let desk = Desk::new();
    let file = desk.write("data/store", "in the way");
    let ran = desk.define(&busy(5000)).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["error: ", "store"]);
    ran.assert_nothing_made();
    fs::remove_file(file).unwrap();
    desk.define(&busy(5000)).done().await;
}

#[tokio::test]
async fn a_result_that_cannot_be_put_down_fails_the_run_and_the_next_one_delivers() {
    let desk = Desk::new();
    let file = desk.write("out", "in the way");
    let ran = desk.define(&busy(5000)).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["error: ", "/out"]);
    fs::remove_file(file).unwrap();
    desk.define(&busy(5000)).done().await.entries();
}

#[tokio::test]
async fn a_second_run_in_a_folder_is_refused_while_the_first_goes_on_unharmed() {
    let desk = Desk::new();
    let ask = || desk.define(&busy(100)).with("--workers=1");
    let mut first = ask().start();
    first.is_amid(&desk.path("data"), 1).await;
    // However long the second one takes, the first does not end before it.
    first.program.signal(Signal::STOP).unwrap();
    let second = ask().for_people().run().await;
    assert_eq!(second.code, 1, "{}", second.said);
    second.assert_said(&["another longshore works in"]);
    first.program.signal(Signal::CONT).unwrap();
    let first = first.ended().await;
    assert_eq!(first.code, 0, "{}", first.said);
    first.sha256();
}

#[tokio::test]
async fn a_run_that_is_told_to_end_says_so_and_the_same_command_goes_on() {
    let desk = Desk::new();
    let ask = || desk.define(&busy(100)).with("--workers=1");
    let mut under = ask().start();
    under.is_amid(&desk.path("data"), 3).await;
    let ran = under.told_to_end().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["interrupted; the same command goes on from here"]);
    ran.assert_nothing_made();
    let ran = ask().done().await;
    ran.assert_said(&["going on with the run that was cut off"]);
    assert_eq!(ran.sha256(), ask().apart("elsewhere").done().await.sha256());
}
