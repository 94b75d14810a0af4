use super::*;

fn hook(events: &[&str], audience: Audience) -> Webhook {
    Webhook {
        name: "hook".to_owned(),
        url: "http://h.example/".parse().unwrap(),
        secret: None,
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        audience,
        deadline: Duration::from_secs(1),
        give_up_after: Duration::from_secs(1),
    }
}

#[test]
fn a_webhook_is_told_what_it_wants_of_those_who_ask() {
    let json = r#"{"name": "x", "outputs": [{"to": "a", "from": "a", "format": "csv"}]"#;
    let silent = Definition::parse(&format!("{json}}}")).unwrap();
    let asking = Definition::parse(&format!("{json}, \"notify\": [{{\"webhook\": \"hook\"}}]}}"));
    let asking = asking.unwrap();
    let (everything, ends) = (hook(&[], Audience::Asking), hook(&["run.*"], Audience::Everyone));
    assert!(everything.wants("delivery.done", &asking));
    assert!(!everything.wants("delivery.done", &silent));
    assert!(ends.wants("run.failed", &silent));
    assert!(!ends.wants("delivery.done", &asking));
    assert!(!hook(&["run.done"], Audience::Everyone).wants("run.done_with_warnings", &silent));
}
