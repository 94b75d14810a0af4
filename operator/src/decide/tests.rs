mod asked;

use serde_json::{Value, json};

use super::*;
use crate::resource::{Trouble, Truth};

const INTERVAL: Duration = Duration::from_secs(10);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn document(text: &str) -> Document {
    Document { text: text.to_owned(), digest: format!("digest of {text}") }
}

fn trouble(message: &str) -> Trouble {
    Trouble {
        code: "unknown_source".to_owned(),
        message: message.to_owned(),
        place: "/outputs/0/from".to_owned(),
        hint: String::new(),
    }
}

/// An export as the API shows it, with a run in a state.
fn shown(state: &str, next: Option<i64>) -> Shown {
    let run = json!({
        "run": 1, "state": state, "started": at(1), "ended": null, "batches": 2, "records": 6,
        "finished": {"batches": 1, "records": 3, "bytes": 90, "warnings": 0},
        "faults": if state == "failed" { json!([{"batch": 0, "code": "broken_record",
            "message": "no", "place": "a.csv:3:1"}]) } else { json!([]) },
        "downloads": [{"id": "t0", "expires": at(99), "url": "http://x/d/t0", "volumes": [
            {"name": "a.zip", "url": "http://x/d/t0/a.zip", "len": 7, "crc32": null, "sha256": "00"}]}],
    });
    let schedule = next.map(|next| json!({"next": at(next), "last": null, "skipped": null}));
    let run = if state == "new" { Value::Null } else { run };
    serde_json::from_value(json!({
        "id": "e", "version": 1, "state": state, "schedule": schedule, "run": run,
        "definition": {"name": "A"}, "owner": "ann",
    }))
    .unwrap()
}

/// What a resource tells of what is new.
fn tell(before: &Status, change: Change, word: Word<'_>, sight: Sight<'_>) -> Status {
    told(before, &Told { generation: Some(1), change, suspend: false, word, sight, now: at(50) })
}

fn export(before: &Status, word: Word<'_>, sight: Sight<'_>) -> Status {
    tell(before, Change::Ignored, word, sight)
}

/// A resource that was accepted, with a run in a state.
fn followed(state: &str) -> Status {
    let taken = Word::Taken { digest: "digest of {}" };
    export(&Status::default(), taken, Sight::Shown(&shown(state, None)))
}

/// Which conditions hold, with their reasons.
fn holding(status: &Status) -> Vec<String> {
    let conditions = status.conditions.iter();
    let holding = conditions.filter(|condition| condition.status == Truth::True);
    holding.map(|condition| format!("{} {}", condition.kind, condition.reason)).collect()
}

fn reasons(before: &Status, after: &Status) -> Vec<&'static str> {
    happenings(before, after).into_iter().map(|happening| happening.reason).collect()
}

#[test]
fn conditions_say_how_far_a_run_is() {
    for (state, expected) in [
        ("new", vec!["Accepted Submitted", "Followed UpToDate"]),
        ("pending", vec!["Accepted Submitted", "Progressing Pending", "Followed UpToDate"]),
        ("processing", vec!["Accepted Submitted", "Progressing Processing", "Followed UpToDate"]),
        ("done", vec!["Accepted Submitted", "Done Done", "Followed UpToDate"]),
        (
            "done_with_warnings",
            vec!["Accepted Submitted", "Done DoneWithWarnings", "Followed UpToDate"],
        ),
        ("failed", vec!["Accepted Submitted", "Failed Failed", "Followed UpToDate"]),
        ("stopped", vec!["Accepted Submitted", "Failed Stopped", "Followed UpToDate"]),
    ] {
        let status = followed(state);
        assert_eq!(holding(&status), expected, "{state}");
        assert_eq!(status.state, state);
    }
    let failed = followed("failed");
    let told = &failed.condition("Failed").unwrap().message;
    assert_eq!(told, "a.csv:3:1: no [broken_record]");
    let run = followed("done").run.unwrap();
    assert_eq!((run.number, run.finished.records, &*run.downloads[0].name), (1, 3, "a.zip"));
}

#[test]
fn what_was_done_stays_done_when_its_files_are_gone() {
    let expired =
        |before: &Status| export(before, Word::Same, Sight::Shown(&shown("expired", None)));
    assert_eq!(holding(&expired(&followed("done")))[1], "Done Expired");
    assert_eq!(holding(&expired(&followed("failed")))[1], "Failed Expired");
    let gone = |before: &Status| export(before, Word::Same, Sight::Gone);
    assert_eq!(holding(&gone(&followed("done")))[1], "Done Gone");
    assert_eq!(holding(&gone(&followed("processing")))[1], "Failed Gone");
    assert_eq!(gone(&followed("done")).export.as_deref(), Some("e"));
}

#[test]
fn a_refusal_says_why_and_is_a_failure_where_nothing_was_accepted() {
    let troubles = [trouble("there is no source \"x\"")];
    let refused = export(&Status::default(), Word::Refused(&troubles), Sight::Nothing);
    assert_eq!((holding(&refused)[0].as_str(), &*refused.state), ("Failed Refused", REFUSED));
    let accepted = refused.condition("Accepted").unwrap();
    assert_eq!(accepted.status, Truth::False);
    assert_eq!(accepted.message, "/outputs/0/from: there is no source \"x\" [unknown_source]");
    // Of a schedule the definition before goes on.
    let before = followed("done");
    let sight = shown("done", Some(60));
    let changed = tell(&before, Change::Applied, Word::Refused(&troubles), Sight::Shown(&sight));
    assert_eq!(holding(&changed), ["Scheduled Due", "Done Done", "Followed UpToDate"]);
    let mistaken = Word::Mistaken(&Mistake::Both);
    let mistaken = export(&Status::default(), mistaken, Sight::Nothing);
    assert_eq!(mistaken.condition("Accepted").unwrap().reason, "Invalid");
}

#[test]
fn of_many_mistakes_the_first_are_told() {
    let troubles: Vec<Trouble> = (0..30).map(|number| trouble(&format!("no {number}"))).collect();
    let refused = export(&Status::default(), Word::Refused(&troubles), Sight::Nothing);
    let message = &refused.condition("Accepted").unwrap().message;
    assert!(message.contains("no 9 ") && message.ends_with("; and 20 more"), "{message}");
}

#[test]
fn what_is_not_known_is_not_told() {
    let troubles = [trouble("no answer")];
    let submitting = export(&Status::default(), Word::Submitting, Sight::Nothing);
    assert_eq!(submitting.state, SUBMITTING);
    let silent = export(&submitting, Word::Same, Sight::Silent(&troubles));
    assert_eq!(silent.state, SUBMITTING);
    assert_eq!(silent.condition("Accepted").unwrap().status, Truth::Unknown);
    assert!(holding(&silent).is_empty());
    // A run that cannot be seen for a while is where it was.
    let unseen = export(&followed("processing"), Word::Same, Sight::Silent(&troubles));
    assert_eq!(holding(&unseen), ["Accepted Submitted", "Progressing Processing"]);
    assert_eq!(again(&unseen, Change::Ignored, INTERVAL, at(50)), INTERVAL);
}

#[test]
fn a_condition_changes_its_time_with_its_status_alone() {
    let (before, processing) = (followed("pending"), shown("processing", None));
    let told = Told {
        generation: Some(1),
        change: Change::Ignored,
        suspend: false,
        word: Word::Same,
        sight: Sight::Shown(&processing),
        now: at(70),
    };
    let after = super::told(&before, &told);
    let time = |status: &Status, kind: &str| status.condition(kind).unwrap().last_transition_time;
    assert_eq!(time(&after, "Progressing"), at(50));
    let done = super::told(&after, &Told { sight: Sight::Shown(&shown("done", None)), ..told });
    assert_eq!(time(&done, "Progressing"), at(70));
    // Nothing new is nothing to write.
    assert_eq!(export(&before, Word::Same, Sight::Shown(&shown("pending", None))), before);
}

#[test]
fn a_schedule_says_when_it_is_due() {
    let due = tell(
        &Status::default(),
        Change::Applied,
        Word::Taken { digest: "d" },
        Sight::Shown(&shown("new", Some(60))),
    );
    assert_eq!((due.next, due.run.as_ref()), (Some(at(60)), None));
    assert_eq!(holding(&due), ["Accepted Submitted", "Scheduled Due", "Followed UpToDate"]);
    let resting = shown("new", None);
    let told = Told {
        generation: Some(2),
        change: Change::Applied,
        suspend: true,
        word: Word::Same,
        sight: Sight::Shown(&resting),
        now: at(50),
    };
    let suspended = super::told(&due, &told);
    assert_eq!(suspended.condition("Scheduled").unwrap().reason, "Suspended");
}

#[test]
fn events_say_what_is_new_once() {
    let new = Status::default();
    let submitting = export(&new, Word::Submitting, Sight::Nothing);
    assert!(reasons(&new, &submitting).is_empty());
    let processing = followed("processing");
    assert_eq!(reasons(&submitting, &processing), ["Submitted", "Started"]);
    let done = export(&processing, Word::Same, Sight::Shown(&shown("done", None)));
    assert_eq!(reasons(&processing, &done), ["Done"]);
    assert!(reasons(&done, &done).is_empty());
    assert_eq!(reasons(&submitting, &done), ["Submitted", "Started", "Done"]);
    let troubles = [trouble("no answer")];
    let silent = export(&processing, Word::Same, Sight::Silent(&troubles));
    assert_eq!(reasons(&processing, &silent), ["Unreachable"]);
    let other = [trouble("no answer either")];
    let still = export(&silent, Word::Same, Sight::Silent(&other));
    assert!(reasons(&silent, &still).is_empty());
    let [refused, again] =
        [&troubles, &other].map(|why| export(&new, Word::Refused(why), Sight::Nothing));
    assert_eq!(reasons(&new, &refused), ["Refused"]);
    assert_eq!(reasons(&refused, &again), ["Refused"]);
    let gone = export(&processing, Word::Same, Sight::Gone);
    assert_eq!(reasons(&processing, &gone), ["Gone"]);
    let failed = export(&processing, Word::Same, Sight::Shown(&shown("failed", None)));
    let told = happenings(&processing, &failed).remove(0);
    assert_eq!(told.note, "run 1: a.csv:3:1: no [broken_record]");
    assert!(told.is_warning);
}

#[test]
fn a_late_change_is_told_and_changes_nothing() {
    let done = shown("done", None);
    let late = export(&followed("done"), Word::Late, Sight::Shown(&done));
    assert_eq!(holding(&late)[0], "Accepted DefinitionChanged");
    assert_eq!(late.digest, followed("done").digest);
}
