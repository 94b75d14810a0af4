//! Names with fields in braces: `carriers/{carrier}.json`. `{{` and `}}` are plain braces.

/// A parsed name template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `{` without its `}`.
    #[error("the brace at byte {at} is never closed")]
    Unclosed {
        /// Byte offset of the brace.
        at: usize,
    },
    /// A `}` without its `{`.
    #[error("the closing brace at byte {at} closes nothing")]
    Unopened {
        /// Byte offset of the brace.
        at: usize,
    },
    /// `{}`.
    #[error("the braces at byte {at} name no field")]
    Empty {
        /// Byte offset of the opening brace.
        at: usize,
    },
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '{' | '}' if chars.peek().is_some_and(|&(_, next)| next == c) => {
                    chars.next();
                    literal.push(c);
                }
                '{' => {
                    let rest = &text[at + 1..];
                    let end = rest.find('}').ok_or(TemplateError::Unclosed { at })?;
                    if end == 0 {
                        return Err(TemplateError::Empty { at });
                    }
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Field(rest[..end].to_owned()));
                    while chars.next_if(|&(i, _)| i <= at + 1 + end).is_some() {}
                }
                '}' => return Err(TemplateError::Unopened { at }),
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// The fields named, in order, with repetitions.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with each field replaced. A slash in a value makes a folder no more than any other
    /// sign does, for it is replaced by `_`.
    pub fn render<'v>(&self, value: impl FnMut(&str) -> &'v str) -> String {
        self.filled(value, |c| if matches!(c, '/' | '\\') { '_' } else { c })
    }

    /// The text with each field replaced, by values as they are: what a name was to be, not one to use.
    pub fn render_original<'v>(&self, value: impl FnMut(&str) -> &'v str) -> String {
        self.filled(value, |c| c)
    }

    fn filled<'v>(
        &self,
        mut value: impl FnMut(&str) -> &'v str,
        sign: impl Fn(char) -> char,
    ) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(name) => out.extend(value(name).chars().map(&sign)),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expected: &str) {
        let rendered = Template::parse(template).unwrap().render(|name| match name {
            "carrier" => "UA",
            "path" => "../a\\b",
            _ => "",
        });
        assert_eq!(rendered, expected);
    }

    #[test]
    fn fields_are_replaced_and_doubled_braces_kept() {
        check("carriers/{carrier}.json", "carriers/UA.json");
        check("{{{carrier}}}", "{UA}");
        check("{carrier}{missing}-{carrier}", "UA-UA");
    }

    #[test]
    fn a_value_makes_no_folder() {
        check("x/{path}.json", "x/.._a_b.json");
        let original = Template::parse("x/{path}").unwrap().render_original(|_| "../a\\b");
        assert_eq!(original, "x/../a\\b");
    }

    #[test]
    fn unbalanced_braces_are_told_with_their_place() {
        assert_eq!(Template::parse("a{b"), Err(TemplateError::Unclosed { at: 1 }));
        assert_eq!(Template::parse("a}b"), Err(TemplateError::Unopened { at: 1 }));
        assert_eq!(Template::parse("a{}"), Err(TemplateError::Empty { at: 1 }));
    }
}
