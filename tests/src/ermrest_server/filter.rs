//! Conditions as an address writes them.

use super::cursor::{Cursor, Name};
use super::refusal::Refusal;
use super::token::Class;

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Regexp,
    RegexpOfAnyCase,
    Words,
}

/// How many of several values have to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Any,
    All,
}

/// A condition.
#[derive(Debug)]
pub(super) enum Filter {
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Null(Name),
    Compare { name: Name, operator: Operator, quantity: Quantity, values: Vec<String> },
}

/// What operators are called.
const OPERATORS: &[(&str, Operator)] = &[
    ("gt", Operator::Greater),
    ("geq", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("leq", Operator::LessOrEqual),
    ("regexp", Operator::Regexp),
    ("ciregexp", Operator::RegexpOfAnyCase),
    ("ts", Operator::Words),
];

/// Reads one, in which `;` parts what `&` joins.
pub(super) fn filter(cursor: &mut Cursor) -> Result<Filter, Refusal> {
    let mut alternatives = Vec::new();
    loop {
        let mut together = vec![predicate(cursor)?];
        while cursor.passes_sign('&') {
            together.push(predicate(cursor)?);
        }
        alternatives.push(Filter::And(together));
        if !cursor.passes_sign(';') {
            return Ok(Filter::Or(alternatives));
        }
    }
}

fn predicate(cursor: &mut Cursor) -> Result<Filter, Refusal> {
    if cursor.passes_sign('!') {
        return Ok(Filter::Not(Box::new(predicate(cursor)?)));
    }
    if cursor.passes_sign('(') {
        let inside = filter(cursor)?;
        cursor.expect_sign(')')?;
        return Ok(inside);
    }
    let name = cursor.name()?;
    let operator = if cursor.passes_sign('=') {
        Operator::Equal
    } else {
        cursor.expect(Class::Operator)?;
        if cursor.passes_word("null") {
            cursor.expect(Class::Operator)?;
            return Ok(Filter::Null(name));
        }
        let known = OPERATORS.iter().find(|(word, _)| cursor.passes_word(word));
        let (_, operator) = known.ok_or_else(|| cursor.unexpected())?;
        cursor.expect(Class::Operator)?;
        *operator
    };
    let Some(word) = cursor.string_before(Class::Sign('(')) else {
        let values = vec![cursor.string()?];
        return Ok(Filter::Compare { name, operator, quantity: Quantity::Any, values });
    };
    let quantity = match word.to_ascii_lowercase().as_str() {
        "any" => Quantity::Any,
        "all" => Quantity::All,
        _ => {
            let told = format!("Value list quantifier must be \"all\" or \"any\", not '{word}'.");
            return Err(Refusal::malformed(told));
        }
    };
    let mut values = vec![cursor.string()?];
    while cursor.passes_sign(',') {
        values.push(cursor.string()?);
    }
    cursor.expect_sign(')')?;
    Ok(Filter::Compare { name, operator, quantity, values })
}
