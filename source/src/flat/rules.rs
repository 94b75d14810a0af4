//! What becomes of each field, by the definition, and what its columns are called.

use proto::definition::{EmptyColumns, Flatten, Options};
use proto::plan::Step;

/// What becomes of the fields of an output.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) fields: Vec<Field>,
    pub(super) empty: EmptyColumns,
}

/// A field of the output.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// What it is called there.
    pub(super) display: String,
    pub(super) rule: Rule,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    /// It stays one cell.
    Whole,
    /// What it holds becomes columns, however deep it is.
    Apart(Flatten),
    /// The texts of these languages become columns.
    Languages { tags: Vec<String>, separator: String },
    /// Each item of a list becomes a column, or several.
    Levels { inner: Box<Self>, separator: String },
    /// The items of a list become one cell, or several.
    Path { inner: Box<Self>, between: &'static str },
}

/// A field that the options name, and the output does not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoField(pub String);

impl Rules {
    /// The rules for an output's fields, by their names in the source and in the output.
    pub fn new(options: &Options, fields: &[String], displays: &[String]) -> Result<Self, NoField> {
        let (languages, hierarchies) = (&options.languages, &options.hierarchies);
        let named = languages.iter().flat_map(|languages| &languages.fields);
        let named = named.chain(hierarchies.iter().flat_map(|hierarchies| &hierarchies.fields));
        if let Some(missing) = named.into_iter().find(|name| !fields.contains(name)) {
            return Err(NoField(missing.clone()));
        }
        let rule = |name: &String| {
            let languages = languages.as_ref().filter(|languages| languages.fields.contains(name));
            let inner = languages.map(|languages| Rule::Languages {
                tags: languages.tags.clone(),
                separator: languages.separator.clone(),
            });
            let hierarchy = hierarchies.as_ref().filter(|paths| paths.fields.contains(name));
            match (hierarchy, inner) {
                (Some(hierarchy), inner) => {
                    let inner = Box::new(inner.unwrap_or(Rule::Whole));
                    match hierarchy.levels.between() {
                        None => Rule::Levels { inner, separator: hierarchy.separator.clone() },
                        Some(between) => Rule::Path { inner, between },
                    }
                }
                (None, Some(languages)) => languages,
                (None, None) => options.flatten.clone().map_or(Rule::Whole, Rule::Apart),
            }
        };
        let field = |(name, display): (&String, &String)| Field {
            display: display.clone(),
            rule: rule(name),
        };
        Ok(Self {
            fields: fields.iter().zip(displays).map(field).collect(),
            empty: options.empty_columns.unwrap_or(EmptyColumns::Keep),
        })
    }

    /// The columns, where they do not depend on what the records hold.
    pub(super) fn languages(rule: &Rule) -> &[String] {
        match rule {
            Rule::Languages { tags, .. } => tags,
            Rule::Path { inner, .. } => Self::languages(inner),
            Rule::Whole | Rule::Apart(_) | Rule::Levels { .. } => &[],
        }
    }
}

impl Rule {
    /// What stands between the values of one cell.
    pub(super) fn between(&self) -> &str {
        match self {
            Self::Path { between, .. } => between,
            Self::Apart(flatten) => flatten.join.as_deref().unwrap_or_default(),
            Self::Whole | Self::Languages { .. } | Self::Levels { .. } => "",
        }
    }

    /// What the column of a value is called that is found by these steps.
    pub(super) fn name(&self, display: &str, path: &[Step]) -> String {
        match (self, path) {
            (Self::Levels { inner, separator }, [Step::Item(level), rest @ ..]) => {
                format!("{}{separator}{level}", inner.name(display, rest))
            }
            (Self::Path { inner, .. }, [Step::Each, rest @ ..]) => inner.name(display, rest),
            (Self::Languages { separator, .. }, [Step::Key(tag), ..]) => {
                format!("{display}{separator}{tag}")
            }
            (Self::Apart(flatten), path) => {
                let mut name = display.to_owned();
                for step in path {
                    match step {
                        Step::Key(key) => {
                            name.push_str(&flatten.separator);
                            name.push_str(key);
                        }
                        Step::Item(nth) => {
                            name.push_str(&flatten.item.replace("{}", &nth.to_string()));
                        }
                        Step::Each => {}
                    }
                }
                name
            }
            (Self::Whole | Self::Languages { .. } | Self::Levels { .. } | Self::Path { .. }, _) => {
                display.to_owned()
            }
        }
    }
}
