//! What is wrong with a configuration, and which answer the service gives to it.

use std::fmt;

use crate::fault::{Code, Fault};

/// How the service answers a mistake; of several classes the one that is listed first is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// There is no configuration, or it says nothing of a catalogue or its host.
    Incomplete,
    /// What is asked for is not offered, or may not be asked for.
    Misconfigured,
    /// Everything else that cannot be done.
    Failed,
}

impl Class {
    /// The status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Incomplete => 400,
            Self::Misconfigured => 409,
            Self::Failed => 502,
        }
    }
}

/// Something that cannot be meant, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What kind of mistake.
    pub code: Code,
    /// How the service answers it.
    pub class: Class,
    /// Where: a JSON pointer into the configuration; nothing for all of it.
    pub place: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

impl Mistake {
    /// The mistake as people are told it.
    pub fn fault(&self) -> Fault {
        let fault = Fault::new(self.code, &self.message).hint(&self.hint);
        if self.place.is_empty() { fault } else { fault.at(&self.place) }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fault(), f)
    }
}

/// Why a configuration is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Everything that is wrong with it.
    pub mistakes: Vec<Mistake>,
}

impl Refused {
    /// How the service answers.
    pub fn class(&self) -> Class {
        let first = self.mistakes.iter().map(|mistake| mistake.class).min();
        first.unwrap_or(Class::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(class: Class) -> Mistake {
        Mistake {
            code: Code::InvalidValue,
            class,
            place: "/bag".to_owned(),
            message: "it is no bag".to_owned(),
            hint: "leave it out".to_owned(),
        }
    }

    #[test]
    fn of_several_mistakes_the_plainest_is_answered() {
        let class = |classes: &[Class]| {
            Refused { mistakes: classes.iter().copied().map(mistake).collect() }.class()
        };
        assert_eq!(class(&[Class::Failed]), Class::Failed);
        assert_eq!(class(&[Class::Failed, Class::Misconfigured]), Class::Misconfigured);
        let all = [Class::Failed, Class::Misconfigured, Class::Incomplete];
        assert_eq!(class(&all), Class::Incomplete);
        assert_eq!(all.map(Class::status), [502, 409, 400]);
    }

    #[test]
    fn people_are_told_what_where_and_what_to_do() {
        let told = "/bag: it is no bag [invalid_value] (leave it out)";
        assert_eq!(mistake(Class::Failed).to_string(), told);
        let of_all = Mistake { place: String::new(), ..mistake(Class::Failed) };
        assert_eq!(of_all.to_string(), "it is no bag [invalid_value] (leave it out)");
    }
}
