//! Texts with variables in braces, as Python's `str.format` reads them.
//!
//! Only whole values can be named: what Python can do beyond that, reading attributes, indexes and
//! presentations, is refused. Values are taken as they are, whatever braces they have.

use super::variables::Values;

/// A text with variables.
///
/// Has been read without a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace opens, and nothing closes it.
    #[error("a \"{{\" is not closed")]
    Unclosed,
    /// A brace closes what was not opened.
    #[error("a \"}}\" closes nothing")]
    Unopened,
    /// A brace within braces.
    #[error("there is a \"{{\" within the name of a variable")]
    Nested,
    /// Nothing or a number between the braces.
    #[error("variables have names here, and \"{{{name}}}\" has none")]
    Unnamed {
        /// What is between the braces.
        name: String,
    },
    /// A part of a value is asked for.
    #[error("\"{{{name}}}\" asks for a part of a value")]
    Access {
        /// What is between the braces.
        name: String,
    },
    /// Another presentation of a value is asked for.
    #[error("\"{{{name}}}\" asks for a presentation of a value")]
    Presentation {
        /// What is between the braces.
        name: String,
    },
}

impl TemplateError {
    /// What would be right.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unclosed | Self::Unopened | Self::Nested => {
                "write \"{{\" and \"}}\" for braces that are meant as such"
            }
            Self::Unnamed { .. } | Self::Access { .. } | Self::Presentation { .. } => {
                "write \"{name}\" with the name of a variable and nothing else"
            }
        }
    }
}

/// A variable that has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no variable {name:?}")]
pub struct UnknownVariable {
    /// The one that is named.
    pub name: String,
}

impl Template {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(brace) = rest.find(['{', '}']) {
            plain.push_str(&rest[..brace]);
            let after = &rest[brace + 1..];
            let is_opened = rest[brace..].starts_with('{');
            let sign = if is_opened { '{' } else { '}' };
            if let Some(doubled) = after.strip_prefix(sign) {
                plain.push(sign);
                rest = doubled;
                continue;
            }
            if !is_opened {
                return Err(TemplateError::Unopened);
            }
            let (field, behind) = after.split_once('}').ok_or(TemplateError::Unclosed)?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Variable(variable(field)?));
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The names of its variables, in its order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Variable(name) => Some(name.as_str()),
        })
    }

    /// The text with the values in it.
    pub fn rendered(&self, values: &dyn Values) -> Result<String, UnknownVariable> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Variable(name) => {
                    let value = values.value(name);
                    text.push_str(&value.ok_or_else(|| UnknownVariable { name: name.clone() })?);
                }
            }
        }
        Ok(text)
    }

    /// The same for the rows of a query, as a name template of a definition ([`crate::template::Template`]): the
    /// variables that are columns are fields in it, before all others, and the others have their values.
    pub fn of_rows(
        &self,
        values: &dyn Values,
        columns: &[String],
    ) -> Result<String, UnknownVariable> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(&braced(plain)),
                Piece::Variable(name) if columns.contains(name) => {
                    text.extend(["{", name.as_str(), "}"]);
                }
                Piece::Variable(name) => {
                    let value = values.value(name);
                    let value = value.ok_or_else(|| UnknownVariable { name: name.clone() })?;
                    text.push_str(&braced(&value));
                }
            }
        }
        Ok(text)
    }
}

/// A text with its braces doubled, so that a template has them as they are.
fn braced(plain: &str) -> String {
    plain.replace('{', "{{").replace('}', "}}")
}

/// The name of a variable, of what is between braces.
fn variable(field: &str) -> Result<String, TemplateError> {
    if field.contains('{') {
        return Err(TemplateError::Nested);
    }
    // A presentation may be empty.
    let name = field.strip_suffix(':').unwrap_or(field);
    let given = || field.to_owned();
    if name.contains(['!', ':']) {
        Err(TemplateError::Presentation { name: given() })
    } else if name.contains(['.', '[']) {
        Err(TemplateError::Access { name: given() })
    } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
        Err(TemplateError::Unnamed { name: given() })
    } else {
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::variables::Variables;
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut variables = Variables::default();
        variables.set("a", "1");
        variables.set("b c", "{a}");
        variables.set("sid", "S/4 é");
        let template = Template::parse(text).unwrap();
        assert_eq!(template.rendered(&variables).unwrap(), expected, "{text}");
    }

    #[test]
    fn names_in_braces_are_replaced() {
        check("", "");
        check("plain", "plain");
        check("{a}", "1");
        check("x{a}y{a:}z", "x1y1z");
        check("subject_id={sid_urlencoded}", "subject_id=S%2F4%20%C3%A9");
        check("{{a}} {{{a}}}", "{a} {1}");
    }

    #[test]
    fn columns_of_rows_are_fields() {
        let mut variables = Variables::default();
        variables.set("kind", "of all {a}");
        variables.set("sid", "S/4");
        let template = Template::parse("x}}/{kind}/{sid_urlencoded}.{{{RID}}}").unwrap();
        let of = |columns: &[&str]| {
            let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
            template.of_rows(&variables, &columns).map_err(|unknown| unknown.name)
        };
        assert_eq!(of(&["RID", "kind"]).unwrap(), "x}}/{kind}/S%2F4.{{{RID}}}");
        assert_eq!(of(&["RID"]).unwrap(), "x}}/of all {{a}}/S%2F4.{{{RID}}}");
        assert_eq!(of(&["kind"]), Err("RID".to_owned()));
    }

    #[test]
    fn braces_in_values_mean_nothing() {
        check("{b c}", "{a}");
        check("{b c_urlencoded}", "%7Ba%7D");
    }

    #[test]
    fn what_a_text_names_is_known_beforehand() {
        let template = Template::parse("{a}-{{x}}-{b}{a}").unwrap();
        assert_eq!(template.variables().collect::<Vec<_>>(), ["a", "b", "a"]);
    }

    #[test]
    fn a_name_without_a_value_is_told() {
        let error = Template::parse("{nokey}").unwrap().rendered(&Variables::default());
        assert_eq!(error.unwrap_err().to_string(), "there is no variable \"nokey\"");
    }

    #[test]
    fn what_is_more_than_a_name_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = Template::parse(text).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text}");
            assert!(!error.hint().is_empty());
        };
        check("a{b", "a \"{\" is not closed");
        check("a}b", "a \"}\" closes nothing");
        check("{{a}", "a \"}\" closes nothing");
        check("{a{b}", "there is a \"{\" within the name of a variable");
        check("{}", "variables have names here, and \"{}\" has none");
        check("{0}", "variables have names here, and \"{0}\" has none");
        check("{a.__class__}", "\"{a.__class__}\" asks for a part of a value");
        check("{a[0]}", "\"{a[0]}\" asks for a part of a value");
        check("{a!r}", "\"{a!r}\" asks for a presentation of a value");
        check("{a:>9}", "\"{a:>9}\" asks for a presentation of a value");
    }
}
