//! What a mail to a recipient may say: the words for its templates.

use proto::people::{Person, Recipient};
use serde::Serialize;

use super::{Named, for_people, size};
use crate::deliver::email::Mailing;

/// What templates may say. Much has a second name: the one that it has in easydb.
#[derive(Debug, Serialize)]
pub(in crate::deliver::email) struct Told<'t> {
    /// What people call the export.
    export: &'t str,
    export_name: &'t str,
    /// Its number in the easydb dialect; where it has none, the same as `id`.
    export_id: String,
    /// The greeting's name; empty where it is not known.
    name: &'t str,
    /// The same, and the login where it is not known.
    #[serde(rename = "_generated_displayname")]
    displayname: &'t str,
    /// All of the name but its last word.
    first_name: &'t str,
    /// The last word of a name that has several.
    last_name: &'t str,
    /// The name of a user of the configuration, and else the address.
    login: &'t str,
    /// The language that the mail is written in.
    lang: &'t str,
    easydb_name: &'t str,
    /// Where people reach the API; empty where nobody serves it.
    easydb_url: &'t str,
    /// What the definition says to the recipients.
    message: &'t str,
    files: u64,
    size: String,
    links: &'t [Named],
    downloads: &'t [Named],
    /// When the links end: date and time, UTC; empty without links.
    until: String,
    attached: Vec<&'t str>,
    run: u32,
    id: String,
}

impl<'t> Told<'t> {
    /// What the mail to somebody says, who is written to in a language.
    pub(super) fn of(mailing: &'t Mailing<'_>, person: &'t Person, lang: &'t str) -> Self {
        let (delivery, target) = (mailing.delivery, mailing.target.as_ref());
        let (run, archive, settings) = (delivery.run, delivery.archive, &delivery.agent.settings);
        let (export, id) = (delivery.plan.definition.name.as_str(), run.export.to_string());
        let links: &[Named] = target.map_or(&[], |target| target.links.as_slice());
        let name = person.name.as_deref().unwrap_or_default();
        let (first_name, last_name) = first_and_last(name);
        let login = login(&person.recipient);
        Self {
            export,
            export_name: export,
            export_id: mailing.number.map_or_else(|| id.clone(), |number| number.to_string()),
            name,
            displayname: if name.is_empty() { login } else { name },
            first_name,
            last_name,
            login,
            lang,
            easydb_name: &settings.instance,
            easydb_url: settings.links.as_ref().map_or("", |links| links.base_url.as_str()),
            message: mailing.wanted.message.as_deref().unwrap_or_default(),
            files: archive.members,
            size: size(archive.len_bytes()),
            links,
            downloads: links,
            until: target.map(|target| for_people(target.until)).unwrap_or_default(),
            attached: mailing.enclosures.iter().map(|enclosure| enclosure.name.as_str()).collect(),
            run: run.run,
            id,
        }
    }
}

/// A name as easydb has it: what comes before its last word, and that word.
fn first_and_last(name: &str) -> (&str, &str) {
    let name = name.trim();
    let (first, last) = name.rsplit_once(char::is_whitespace).unwrap_or((name, ""));
    (first.trim_end(), last)
}

/// What somebody is called by whom a recipient means.
fn login(recipient: &str) -> &str {
    match Recipient::parse(recipient) {
        Ok(Recipient::User(name) | Recipient::Group(name) | Recipient::Address(name)) => name,
        Err(_) => recipient,
    }
}

impl Told<'_> {
    /// Shows what a mail would say that is about nothing and has links.
    pub(in crate::deliver::email) fn with_links<T>(show: impl FnOnce(&Told<'_>) -> T) -> T {
        let link = |name: &str| Named {
            name: name.to_owned(),
            url: "https://example.org/export".to_owned(),
            size: if name.is_empty() { String::new() } else { size(1) },
        };
        let links = [link("Export.zip"), link("")];
        let until = "2026-01-01 00:00 UTC".to_owned();
        show(&Told {
            name: "Ann",
            message: "Here it is.",
            links: &links,
            downloads: &links,
            until,
            ..Told::made_up()
        })
    }

    /// Shows what one would say that a file is attached to.
    pub(in crate::deliver::email) fn with_a_file<T>(show: impl FnOnce(&Told<'_>) -> T) -> T {
        show(&Told { attached: vec!["Export.zip"], ..Told::made_up() })
    }

    fn made_up() -> Told<'static> {
        let id = "0192d3a0-0000-7000-8000-000000000000";
        Told {
            export: "Export",
            export_name: "Export",
            export_id: id.to_owned(),
            name: "",
            displayname: "ann",
            first_name: "",
            last_name: "",
            login: "ann",
            lang: "en",
            easydb_name: "easydb",
            easydb_url: "",
            message: "",
            files: 2,
            size: size(2),
            links: &[],
            downloads: &[],
            until: String::new(),
            attached: Vec::new(),
            run: 1,
            id: id.to_owned(),
        }
    }
}

#[cfg(test)]
impl<'t> Told<'t> {
    /// What a mail about nothing says.
    pub(in crate::deliver::email) fn sample(export: &'t str, message: &'t str) -> Self {
        Self { export, export_name: export, message, files: 1, size: size(1), ..Told::made_up() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_first_and_a_last_part() {
        for (name, expected) in [
            ("Anna Seghers", ("Anna", "Seghers")),
            (" Johann  Sebastian\u{a0}Bach ", ("Johann  Sebastian", "Bach")),
            ("Lena", ("Lena", "")),
            ("", ("", "")),
        ] {
            assert_eq!(first_and_last(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_login_is_the_name_of_a_user_or_an_address() {
        assert_eq!((login("user:anna"), login("a@example.org")), ("anna", "a@example.org"));
    }
}
