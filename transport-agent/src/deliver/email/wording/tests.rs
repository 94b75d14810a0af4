use super::*;

fn told<'t>(export: &'t str, message: &'t str) -> Told<'t> {
    Told::sample(export, message)
}

#[test]
fn html_is_escaped_and_text_is_not() {
    let wording = Wording::read(None, "en", 1).unwrap();
    let told = told("A & B", "<script>1</script>");
    assert!(wording.text(None, &told).unwrap().contains("<script>1</script>"));
    let html = wording.html(Some("de"), &told).unwrap();
    assert!(html.contains("A &amp; B") && html.contains("&lt;script&gt;"), "{html}");
    assert!(!html.contains("<script>"), "{html}");
}

#[test]
fn a_language_is_the_nearest_that_there_is() {
    let wording = Wording::read(None, "en", 1).unwrap();
    let said = |language| wording.subject(language, &told("X", "")).unwrap();
    assert_eq!(said(Some("de-AT")), "X steht bereit");
    assert_eq!(said(Some("fr")), "X is ready");
    assert_eq!(said(None), "X is ready");
}

#[test]
fn a_folder_replaces_templates_and_adds_languages() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("en.subject.txt"), "Ours:\r\n{{ export }}").unwrap();
    for part in PARTS {
        std::fs::write(folder.path().join(format!("fr.{part}")), "Voici {{ export }}").unwrap();
    }
    std::fs::write(folder.path().join("README"), "{{ not a template").unwrap();
    let wording = Wording::read(Some(folder.path()), "fr", 1).unwrap();
    assert_eq!(wording.subject(Some("en"), &told("X", "")).unwrap(), "Ours:  X");
    assert_eq!(wording.text(None, &told("X", "")).unwrap(), "Voici X");
}

fn check(name: &str, text: &str) -> Result<Wording, Fault> {
    check_with(name, text, 1)
}

fn check_with(name: &str, text: &str, most_attached: u64) -> Result<Wording, Fault> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    Wording::read(Some(folder.path()), "en", most_attached)
}

#[test]
fn a_template_that_cannot_be_read_is_told_at_the_start() {
    for (name, text) in [("en.txt", "{% for %}"), ("fr.subject.txt", "fr")] {
        assert_eq!(check(name, text).unwrap_err().code, Code::MailTemplate);
    }
}

#[test]
fn a_template_that_never_ends_or_asks_for_more_than_it_is_told_is_known_at_the_start() {
    for (text, why) in [
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "out of fuel",
        ),
        ("{{ config }}", "undefined"),
        ("{% for link in links %}{{ link.secret }}{% endfor %}", "undefined"),
        ("{% if attached %}{{ config }}{% endif %}", "undefined"),
        ("{% include 'en.html' %}{% include '/etc/passwd' %}", "passwd"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "macro"),
        ("{{ export.__class__.__mro__ }}", "undefined"),
        ("{{ 'a' * 1000000000 }}", "too large"),
        ("{% for a in range(9999) %}{{ 'a' * 1000000 }}{% endfor %}", "4194304 bytes"),
    ] {
        for name in ["en.txt", "de.html", "en.subject.txt"] {
            let fault = check(name, text).unwrap_err();
            assert_eq!(fault.code, Code::MailTemplate, "{text}");
            assert!(fault.message.contains(name), "{text}: {}", fault.message);
            assert!(fault.message.contains(why), "{text}: {}", fault.message);
        }
    }
}

#[test]
fn what_templates_of_easydb_are_told_is_told_by_the_same_names() {
    let text = "{{ _generated_displayname }}, {{ login }}, {{ first_name }}, {{ last_name }}, {{ lang }}, \
        {{ easydb_url }}, {{ easydb_name }}, {{ export_id }}, {{ export_name }}, {{ downloads|length }}";
    let wording = check("en.txt", text).unwrap();
    let said = wording.text(None, &told("X", "")).unwrap();
    assert_eq!(said, "ann, ann, , , en, , easydb, 0192d3a0-0000-7000-8000-000000000000, X, 0");
}

#[test]
fn what_shows_only_when_a_mail_is_written_is_an_error_then() {
    let wording = check("en.txt", "{% if files == 1 %}{{ config }}{% endif %}").unwrap();
    let error = wording.text(None, &told("X", "")).unwrap_err();
    assert!(matches!(error, MailError::Template { ref name, .. } if name == "en.txt"), "{error}");
}

#[test]
fn a_template_for_links_alone_is_fine_where_nothing_is_attached() {
    let text = "{{ links[0].url }}";
    assert!(check_with("en.txt", text, 0).is_ok());
    let fault = check_with("en.txt", text, 1).unwrap_err();
    assert!(fault.message.starts_with("with a file attached, the template en.txt"), "{fault}");
    let fault = check_with("en.txt", "{{ attached[0].name }}", 0).unwrap_err();
    assert!(fault.message.starts_with("the template en.txt"), "{fault}");
}

#[test]
fn owners_are_written_to_in_the_nearest_language_that_has_words_for_them() {
    let folder = tempfile::tempdir().unwrap();
    for part in PARTS {
        std::fs::write(folder.path().join(format!("fr.{part}")), "Voici {{ export }}").unwrap();
    }
    let subject = "Nous: {{ export_name }} {{ state }}";
    std::fs::write(folder.path().join("de.owner.subject.txt"), subject).unwrap();
    let wording = Wording::read(Some(folder.path()), "fr", 1).unwrap();
    for (wanted, expected) in
        [(Some("de-AT"), "de"), (Some("en"), "en"), (Some("fr"), "en"), (None, "en")]
    {
        assert_eq!(wording.owner_language(wanted), expected, "{wanted:?}");
    }
    let said = |language, part: fn(&owner::ToOwner) -> &str| {
        let found = std::cell::RefCell::new(Vec::new());
        let shown = crate::deliver::email::owner::Told::of_every_end(|told| {
            let said = wording.to_owner(language, told)?;
            found.borrow_mut().push(part(&said).to_owned());
            Ok::<_, MailError>(())
        });
        shown.unwrap();
        found.into_inner()
    };
    let subjects = ["Nous: Export done", "Nous: Export done_with_warnings", "Nous: Export failed"];
    assert_eq!(said("de", |said| said.subject.as_str()), subjects);
    let texts = said("en", |said| said.plain.as_str());
    assert!(texts[0].contains("https://example.org/export"), "{}", texts[0]);
    assert!(texts[2].contains("has failed") && texts[2].contains("- a file is missing"));
    assert!(said("de", |said| said.html.as_str())[1].contains("<li>a file is missing</li>"));
}

#[test]
fn templates_for_owners_are_tried_out_as_well() {
    for (name, text, why) in [
        ("en.owner.txt", "{{ message }}", "undefined"),
        ("de.owner.html", "{{ downloads[0].url }}", "undefined"),
        ("fr.owner.subject.txt", "fr", "missing"),
    ] {
        let fault = check(name, text).unwrap_err();
        assert_eq!(fault.code, Code::MailTemplate, "{name}");
        assert!(fault.message.contains(why), "{name}: {}", fault.message);
    }
}
