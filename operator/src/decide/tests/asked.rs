//! What the server is asked, and when.

use super::*;

#[test]
fn a_definition_is_sent_until_there_is_an_export() {
    let (good, mistake) = (document("{}"), Mistake::Nowhere);
    let mut status = Status::default();
    assert_eq!(ask(&status, Ok(&good)), Ask::Submit(&good));
    assert_eq!(ask(&status, Err(&mistake)), Ask::Nothing(&mistake));
    status.export = Some("e".to_owned());
    assert_eq!(ask(&status, Ok(&good)), Ask::Show("e"));
    assert_eq!(ask(&status, Err(&mistake)), Ask::Show("e"));
}

#[test]
fn a_schedule_gets_what_its_resource_says() {
    let now = shown("done", Some(60));
    let status = followed("done");
    let is_to_change = |change, status: &Status, text: &str| {
        crate::decide::is_to_change(change, status, &now, &document(text))
    };
    assert!(!is_to_change(Change::Applied, &status, "{}"));
    assert!(is_to_change(Change::Applied, &status, "{\"name\":\"B\"}"));
    assert!(!is_to_change(Change::Ignored, &status, "{\"name\":\"B\"}"));
    // Somebody changed it on the server.
    assert!(is_to_change(Change::Applied, &Status { version: Some(7), ..status.clone() }, "{}"));
    // One that was deleted there is made anew.
    let gone = tell(&status, Change::Applied, Word::Same, Sight::Gone);
    assert_eq!((gone.export.as_deref(), gone.state.as_str()), (None, GONE));
    assert_eq!(again(&gone, Change::Applied, INTERVAL, at(50)), INTERVAL);
}

#[test]
fn what_moves_is_looked_at_often_and_what_rests_seldom() {
    let again = |status: &Status| crate::decide::again(status, Change::Applied, INTERVAL, at(50));
    let resting = INTERVAL * RESTING;
    for state in ["pending", "processing"] {
        assert_eq!(again(&followed(state)), INTERVAL, "{state}");
    }
    assert_eq!(crate::decide::again(&followed("new"), Change::Ignored, INTERVAL, at(50)), INTERVAL);
    for state in ["new", "done", "failed", "stopped"] {
        assert_eq!(again(&followed(state)), resting, "{state}");
    }
    let due = |next: i64| Status { next: Some(at(next)), ..followed("done") };
    assert_eq!(again(&due(80)), Duration::from_secs(40));
    assert_eq!(again(&due(9_000_000)), resting);
    // Its time has come, and nobody has started a run yet.
    assert_eq!(again(&due(1)), INTERVAL);
}

#[test]
fn what_a_deleted_resource_leaves_is_up_to_it() {
    let known = followed("processing");
    for (on_delete, expected) in [
        (OnDelete::Stop, Farewell::Stop("e")),
        (OnDelete::Delete, Farewell::Delete("e")),
        (OnDelete::Keep, Farewell::Nothing),
    ] {
        assert_eq!(farewell(on_delete, Some(&known)), expected);
        assert_eq!(farewell(on_delete, None), Farewell::Nothing);
    }
    // Whether the server took it was never heard.
    let submitting = export(&Status::default(), Word::Submitting, Sight::Nothing);
    assert_eq!(farewell(OnDelete::Stop, Some(&submitting)), Farewell::Find);
    assert_eq!(farewell(OnDelete::Keep, Some(&submitting)), Farewell::Nothing);
    let troubles = [trouble("no")];
    let refused = export(&Status::default(), Word::Refused(&troubles), Sight::Nothing);
    // It may have been taken when it was sent once more.
    assert_eq!(farewell(OnDelete::Delete, Some(&refused)), Farewell::Find);
    let gone = tell(&known, Change::Applied, Word::Same, Sight::Gone);
    assert_eq!(farewell(OnDelete::Delete, Some(&gone)), Farewell::Nothing);
}

#[test]
fn a_change_is_not_taken_before_the_server_says_so() {
    let (sent, other) = (document("{}"), document("{\"name\":\"B\"}"));
    let status = followed("done");
    let word = |change, document: &Document| word(change, &status, Ok(document));
    assert!(matches!(word(Change::Applied, &sent), Word::Same));
    assert!(matches!(word(Change::Ignored, &other), Word::Late));
    let unheard = word(Change::Applied, &other);
    let silent = tell(&status, Change::Applied, unheard, Sight::Silent(&[trouble("no answer")]));
    let accepted = silent.condition("Accepted").unwrap();
    assert_eq!((accepted.status, &*accepted.reason), (Truth::Unknown, "Submitting"));
    assert_eq!((&*silent.state, silent.export.as_deref()), ("done", Some("e")));
    // What is wrong with a resource is told also while the server is away.
    let mistake = crate::decide::word(Change::Applied, &status, Err(&Mistake::Both));
    let mistaken = tell(&status, Change::Applied, mistake, Sight::Silent(&[trouble("no answer")]));
    assert_eq!(mistaken.condition("Accepted").unwrap().reason, "Invalid");
}
