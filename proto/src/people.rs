//! The people that mails go to: users and groups of the configuration, and addresses.
//!
//! No I/O: a coordinator and an agent hold the same directory, and so agree on who is meant.

mod address;
mod language;
mod recipient;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::address::is_address;
pub use self::language::is_language;
pub use self::recipient::Recipient;
use crate::definition::{Definition, Transport};
use crate::fault::{Code, Fault};

/// Most people that one transport writes to, groups counted by their members.
pub const MOST_PEOPLE: usize = 1000;

/// Whom definitions may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
}

/// Somebody who gets mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Where mails go.
    pub email: String,
    /// The language of the mails, such as `de`; left out, that of the transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The name as people write it; left out, the mail greets nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Several users under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The names of its users.
    pub members: Vec<String>,
}

/// One person to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The entry that means them, such as `user:anna`; of a group's members `user:…` too.
    pub recipient: String,
    /// Where mails go.
    pub email: String,
    /// The language they read, where it is known.
    pub language: Option<String>,
    /// Their name, where it is known.
    pub name: Option<String>,
}

impl People {
    /// What the entries of a definition get wrong, each at its place below `place`.
    pub fn mistakes(&self, to: &[String], place: &str) -> Vec<Fault> {
        let mut faults: Vec<Fault> = (0..)
            .zip(to)
            .filter_map(|(index, entry): (usize, &String)| {
                Some(self.unknown(entry)?.at(format!("{place}/{index}")))
            })
            .collect();
        if faults.is_empty() && self.find(to).0.len() > MOST_PEOPLE {
            let why = format!("these are more than {MOST_PEOPLE} people");
            faults.push(
                Fault::new(Code::TooLarge, why)
                    .at(place)
                    .hint("give them one address that your mail server hands on"),
            );
        }
        faults
    }

    /// What is wrong in the directory itself, with the key of it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut refuse = |key: String, why: String| {
            faults.push(Fault::new(Code::InvalidValue, why).at(key));
        };
        for (name, user) in &self.users {
            if !is_address(&user.email) {
                refuse(format!("users.{name}.email"), "this is not one plain address".to_owned());
            }
            if user.name.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
                refuse(format!("users.{name}.name"), "a name has no control characters".to_owned());
            }
        }
        for (name, group) in &self.groups {
            for member in group.members.iter().filter(|member| !self.users.contains_key(*member)) {
                refuse(format!("groups.{name}.members"), format!("there is no user {member:?}"));
            }
        }
        faults
    }

    /// The people that entries mean, each address once, in order; and the entries that mean nobody.
    pub fn find(&self, to: &[String]) -> (Vec<Person>, Vec<(String, Fault)>) {
        let (mut people, mut lost) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for entry in to {
            if let Some(fault) = self.unknown(entry) {
                lost.push((entry.clone(), fault));
                continue;
            }
            for person in self.named(entry) {
                if seen.insert(person.email.to_lowercase()) {
                    people.push(person);
                }
            }
        }
        (people, lost)
    }

    /// The people of an entry that is known.
    fn named(&self, entry: &str) -> Vec<Person> {
        let user = |name: &str| {
            let user = self.users.get(name)?;
            Some(Person {
                recipient: format!("user:{name}"),
                email: user.email.clone(),
                language: user.language.clone(),
                name: user.name.clone(),
            })
        };
        match Recipient::parse(entry) {
            Ok(Recipient::User(name)) => user(name).into_iter().collect(),
            Ok(Recipient::Group(name)) => {
                let members = self.groups.get(name).map(|group| group.members.as_slice());
                members.unwrap_or_default().iter().filter_map(|name| user(name)).collect()
            }
            Ok(Recipient::Address(email)) => vec![Person {
                recipient: email.to_owned(),
                email: email.to_owned(),
                language: None,
                name: None,
            }],
            Err(_) => Vec::new(),
        }
    }

    /// Why an entry means nobody, where it does not.
    fn unknown(&self, entry: &str) -> Option<Fault> {
        let (what, name, known) = match Recipient::parse(entry) {
            Err(why) => return Some(Fault::new(Code::InvalidValue, why)),
            Ok(Recipient::Address(_)) => return None,
            Ok(Recipient::User(name)) => {
                ("user", name, self.users.keys().map(String::as_str).collect::<Vec<_>>())
            }
            Ok(Recipient::Group(name)) => {
                ("group", name, self.groups.keys().map(String::as_str).collect())
            }
        };
        if known.contains(&name) {
            return None;
        }
        let near = known.iter().max_by(|one, other| {
            strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name))
        });
        let fault = Fault::new(Code::UnknownRecipient, format!("there is no {what} {name:?}"));
        Some(match near {
            Some(near) if strsim::jaro_winkler(near, name) > 0.8 => {
                fault.hint(format!("did you mean `{what}:{near}`?"))
            }
            Some(_) | None => {
                fault.hint(format!("{what}s stand in the configuration under [{what}s.NAME]"))
            }
        })
    }
}

/// Recipients that a deployment does not know; and mails, where it sends none, for it has no people.
pub fn unknown(people: Option<&People>, definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, transport) in definition.transports.iter().enumerate() {
        let Transport::Email(email) = transport else { continue };
        match people {
            Some(people) => {
                faults.extend(people.mistakes(&email.to, &format!("/transports/{index}/to")));
            }
            None => faults.push(
                Fault::new(Code::NotConfigured, "no mails are sent from here")
                    .at(format!("/transports/{index}"))
                    .hint("the operator gives [email] of the configuration a server"),
            ),
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> People {
        let user = |email: &str| User { email: email.to_owned(), language: None, name: None };
        let group = Group { members: vec!["anna".to_owned(), "bert".to_owned()] };
        People {
            users: [("anna", "anna@example.org"), ("bert", "bert@example.org")]
                .map(|(name, email)| (name.to_owned(), user(email)))
                .into(),
            groups: [("editors".to_owned(), group)].into(),
        }
    }

    fn entries(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn everybody_gets_one_mail_however_often_they_are_named() {
        let to = entries(&["group:editors", "user:anna", "ANNA@example.org", "x@example.org"]);
        let (found, lost) = people().find(&to);
        let found: Vec<&str> = found.iter().map(|person| person.recipient.as_str()).collect();
        assert_eq!(found, ["user:anna", "user:bert", "x@example.org"]);
        assert_eq!(lost, []);
    }

    #[test]
    fn who_is_not_there_is_told_with_place_and_hint() {
        let to = entries(&["user:ana", "group:nobody", "a@b.c\r\nBcc: x", "x@example.org"]);
        let faults = people().mistakes(&to, "/transports/0/to");
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/transports/0/to/0: there is no user \"ana\" [unknown_recipient] (did you mean `user:anna`?)",
                "/transports/0/to/1: there is no group \"nobody\" [unknown_recipient] (groups stand in the configuration under [groups.NAME])",
                "/transports/0/to/2: this is neither `user:NAME`, `group:NAME` nor one plain e-mail address [invalid_value]",
            ]
        );
    }

    #[test]
    fn more_people_than_a_transport_writes_to_are_refused() {
        let mut crowd = people();
        for number in 0..=MOST_PEOPLE {
            let email = format!("p{number}@example.org");
            crowd.users.insert(format!("p{number}"), User { email, language: None, name: None });
        }
        let members = crowd.users.keys().cloned().collect();
        crowd.groups.insert("all".to_owned(), Group { members });
        let faults = crowd.mistakes(&entries(&["group:all"]), "/to");
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].code, Code::TooLarge);
    }

    #[test]
    fn a_directory_with_mistakes_tells_each_with_its_key() {
        let mut wrong = people();
        wrong.users.get_mut("anna").unwrap().email = "a@b.c\n".to_owned();
        wrong.users.get_mut("bert").unwrap().name = Some("B\r\nBcc: x".to_owned());
        wrong.groups.get_mut("editors").unwrap().members.push("carl".to_owned());
        let places: Vec<_> = wrong.faults().into_iter().filter_map(|fault| fault.place).collect();
        assert_eq!(places, ["users.anna.email", "users.bert.name", "groups.editors.members"]);
    }
}
