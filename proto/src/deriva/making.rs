//! How files are made of others, in the words of definitions and in those of the engine.

use super::engine::{
    Dialect, Interpolation, LineEnd, Making, Quotes, Substitution, SubstitutionError,
};
use crate::definition;

/// What stands between cells unless something else is said.
const COMMA: u8 = b',';

impl TryFrom<&definition::Making> for Making {
    type Error = SubstitutionError;

    fn try_from(making: &definition::Making) -> Result<Self, SubstitutionError> {
        Ok(match making {
            definition::Making::Cat => Self::Concatenation,
            definition::Making::Interpolation(filled) => {
                Self::Interpolation(Interpolation::read(&filled.template))
            }
            definition::Making::Strsub(given) => Self::Substitutions(
                given.substitutions.iter().map(Substitution::try_from).collect::<Result<_, _>>()?,
            ),
            definition::Making::Column(given) => Self::Columns(given.columns.clone()),
            definition::Making::Json2csv(given) => Self::Csv(given.into()),
            definition::Making::Fasta(given) => Self::Fasta(given.clone()),
        })
    }
}

impl From<&Making> for definition::Making {
    fn from(making: &Making) -> Self {
        match making {
            Making::Concatenation => Self::Cat,
            Making::Interpolation(text) => {
                Self::Interpolation(definition::Filled { template: text.text().to_owned() })
            }
            Making::Substitutions(given) => {
                let substitutions = given.iter().map(definition::Replaced::from).collect();
                Self::Strsub(definition::Replacements { substitutions })
            }
            Making::Columns(columns) => {
                Self::Column(definition::Columns { columns: columns.clone() })
            }
            Making::Csv(dialect) => Self::Json2csv((*dialect).into()),
            Making::Fasta(columns) => Self::Fasta(columns.clone()),
        }
    }
}

impl TryFrom<&definition::Replaced> for Substitution {
    type Error = SubstitutionError;

    fn try_from(given: &definition::Replaced) -> Result<Self, SubstitutionError> {
        Self::new(&*given.input, &*given.output, &given.pattern, &given.replacement)
    }
}

impl From<&Substitution> for definition::Replaced {
    fn from(substitution: &Substitution) -> Self {
        Self {
            input: substitution.input.clone(),
            output: substitution.output.clone(),
            pattern: substitution.pattern().to_owned(),
            replacement: substitution.written().to_owned(),
        }
    }
}

impl From<&definition::Json2csv> for Dialect {
    fn from(given: &definition::Json2csv) -> Self {
        let delimiter = given.delimiter.as_ref().and_then(|text| text.bytes().next());
        Self {
            has_header: given.header.unwrap_or(true),
            delimiter: delimiter.unwrap_or(COMMA),
            line_end: match given.line_end {
                Some(definition::LineEnd::Crlf) => LineEnd::CrLf,
                Some(definition::LineEnd::Lf) | None => LineEnd::Lf,
            },
            quotes: match given.always_quote {
                Some(true) => Quotes::Always,
                Some(false) | None => Quotes::Needed,
            },
        }
    }
}

impl From<Dialect> for definition::Json2csv {
    fn from(dialect: Dialect) -> Self {
        let Dialect { has_header, delimiter, line_end, quotes } = dialect;
        Self {
            delimiter: (delimiter != COMMA).then(|| char::from(delimiter).to_string()),
            always_quote: (quotes == Quotes::Always).then_some(true),
            line_end: (line_end == LineEnd::CrLf).then_some(definition::LineEnd::Crlf),
            header: (!has_header).then_some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::definition::{ColumnsOfFasta, OtherColumn, Treated, Treatment};

    /// What the engine makes goes into a definition and comes out of it as it was.
    fn check(making: &Making, expected: &Value) {
        let native = definition::Making::from(making);
        let written = serde_json::to_value(&native).unwrap();
        assert_eq!(&written, expected);
        let read: definition::Making = serde_json::from_value(written).unwrap();
        assert_eq!(&Making::try_from(&read).unwrap(), making);
    }

    #[test]
    fn every_making_is_the_same_in_a_definition() {
        check(&Making::Concatenation, &json!("cat"));
        let text = "$a ${b} $$ $5\n";
        check(
            &Making::Interpolation(Interpolation::read(text)),
            &json!({"interpolation": {"template": text}}),
        );
        check(
            &Making::Substitutions(vec![
                Substitution::new("x", "y", r"^(a+)\\Z\Z", r"\1\n\g<1>").unwrap(),
            ]),
            &json!({"strsub": {"substitutions": [{"input": "x", "output": "y",
                "pattern": r"^(a+)\\Z\z", "replacement": r"\1\n\g<1>"}]}}),
        );
        let treated = |column: &str, becomes| Treated { column: column.to_owned(), becomes };
        let other = |key: Option<&str>| {
            let key = key.map(str::to_owned);
            Treatment::Other(OtherColumn { column: "meta".to_owned(), key })
        };
        check(
            &Making::Columns(vec![
                treated("a", Treatment::Nothing),
                treated("b", Treatment::Value(json!([1]))),
                treated("c", other(Some("k"))),
                treated("d", other(None)),
            ]),
            &json!({"column": {"columns": [
                {"column": "a", "becomes": "nothing"},
                {"column": "b", "becomes": {"value": [1]}},
                {"column": "c", "becomes": {"other": {"column": "meta", "key": "k"}}},
                {"column": "d", "becomes": {"other": {"column": "meta"}}},
            ]}}),
        );
        check(&Making::Csv(Dialect::default()), &json!({"json2csv": {}}));
        let dialect = Dialect {
            has_header: false,
            delimiter: b'\t',
            line_end: LineEnd::CrLf,
            quotes: Quotes::Always,
        };
        let expected =
            json!({"delimiter": "\t", "always_quote": true, "line_end": "crlf", "header": false});
        check(&Making::Csv(dialect), &json!({"json2csv": expected}));
        let columns = ColumnsOfFasta { comment: vec!["a".to_owned()], data: vec!["b".to_owned()] };
        check(&Making::Fasta(columns), &json!({"fasta": {"comment": ["a"], "data": ["b"]}}));
        check(&Making::Fasta(ColumnsOfFasta::default()), &json!({"fasta": {}}));
    }

    #[test]
    fn a_pattern_that_cannot_be_is_told() {
        let making = json!({"strsub": {"substitutions": [
            {"input": "x", "output": "y", "pattern": "(", "replacement": ""}]}});
        let making: definition::Making = serde_json::from_value(making).unwrap();
        assert!(Making::try_from(&making).is_err());
    }
}
