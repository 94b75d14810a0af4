use super::*;

fn research_object(json: &str) -> ResearchObject {
    serde_json::from_str(json).unwrap()
}

/// All files told of: those here by path and address, then those elsewhere.
fn written(
    about: &ResearchObject,
    here: &[(&str, Option<&str>)],
    there: &[(&str, &str)],
) -> String {
    let mut out = Vec::new();
    let mut text = ResearchText::begin(about, "x", &mut out);
    for (path, from) in here {
        text.file(path, &["0a"], *from, &mut out);
    }
    for (path, url) in there {
        text.remote_file(path, &["0b"], url, &mut out);
    }
    text.end(&mut out);
    String::from_utf8(out).unwrap()
}

/// As programs that read it first and write it with their own means would write it.
fn check_form(text: &str) {
    let mut value: Value = serde_json::from_str(text).unwrap();
    value.sort_all_objects();
    let narrow = format!("{value:#}\n");
    let mut wide = String::new();
    for line in narrow.lines() {
        wide += &" ".repeat(line.len() - line.trim_start().len());
        wide += line;
        wide += "\n";
    }
    assert_eq!(text, wide);
}

#[test]
fn files_here_and_elsewhere_are_told_of() {
    let about = research_object(
        r#"{"author": {"name": "Ann \"A\" Ä", "orcid": "https://orcid.org/0000-0002-1825-0097"},
            "authored_on": "2026-02-03T10:00:00+00:00", "created_on": "2026-02-03T10:00:00+00:00",
            "retrieved_by": {"name": "ann"}, "retrieved_on": "2026-02-03T09:00:00+00:00"}"#,
    );
    let here = [("data/a b%.csv", Some("https://h/a?limit=none")), ("data/c", None)];
    let text = written(&about, &here, &[("data/media/x.json", "https://h/x")]);
    check_form(&text);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["authoredBy"]["name"], "Ann \"A\" Ä");
    assert_eq!(value["createdBy"]["name"], "Longshore");
    let [table, plain, remote] = &value["aggregates"].as_array().unwrap()[..] else { panic!() };
    assert_eq!(table["uri"], "../data/a b%25.csv");
    assert_eq!(table["conformsTo"], "http://edamontology.org/format_3475");
    assert_eq!(table["retrievedFrom"], "https://h/a?limit=none");
    assert_eq!(table["retrievedBy"]["name"], "ann");
    assert_eq!(plain["mediatype"], "application/octet-stream");
    assert!(plain.get("retrievedFrom").is_none() && plain.get("conformsTo").is_none());
    assert_eq!(remote["uri"], "https://h/x");
    assert_eq!(remote["bundledAs"]["folder"], "../data/media");
    assert_eq!(remote["bundledAs"]["filename"], "x.json");
    assert!(remote.get("retrievedOn").is_none(), "nobody retrieved it");
}

#[test]
fn a_bag_of_nothing_is_a_research_object_of_nothing() {
    let text = written(&ResearchObject::default(), &[], &[]);
    check_form(&text);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["aggregates"], serde_json::json!([]));
    assert!(value.get("authoredBy").is_none());
}

#[test]
fn ids_follow_from_what_is_told() {
    let about = ResearchObject::default();
    let mut out = Vec::new();
    let text = ResearchText::begin(&about, "x", &mut out);
    let id = text.id("data/a", &["0a"]);
    assert!(id.starts_with("\"urn:uuid:"), "{id}");
    assert_eq!(id, text.id("data/a", &["0a"]));
    let others = [text.id("data/b", &["0a"]), text.id("data/a", &["0b"]), text.id("data/a0a", &[])];
    assert!(others.iter().all(|other| *other != id));
}
