//! Mistakes that only the walk finds, at their places in the configuration.

use crate::deriva::engine::{Class, Mistake, PathError, QueryError, Refused};
use crate::fault::{Code, Fault};

/// Where the queries are.
const QUERIES: &str = "/catalog/query_processors";

/// A query that cannot be asked.
pub(super) fn query(error: &QueryError, index: usize) -> Refused {
    let hint = match error {
        QueryError::Variable(_) => UNSET,
        QueryError::Relative { .. } | QueryError::Outside { .. } => {
            "write a path below the catalogue, such as \"/entity/schema:table\""
        }
    };
    one(error.class(), parameter(index, "query_path"), error.to_string(), hint)
}

/// An output that goes nowhere.
pub(super) fn path(error: &PathError, index: usize) -> Refused {
    let hint = match error {
        PathError::Variable(_) => UNSET,
        PathError::Outside { .. } => "write a path below the export, without \"..\"",
        PathError::Empty => "name the file, or its folder",
    };
    one(error.class(), parameter(index, "output_path"), error.to_string(), hint)
}

/// Sequences of which nobody says in which columns they are.
pub(super) fn unmapped(columns: &[String], index: usize) -> Refused {
    let message = format!("rows have several columns ({}), and none is named", columns.join(", "));
    let hint = "say of each column that it is a \"comment\" or \"data\", or read a single one";
    one(Class::Failed, parameter(index, "column_map"), message, hint)
}

/// A configuration of which no file comes.
pub(super) fn nothing() -> Refused {
    let hint = "add a query for a file, such as one of the processor \"csv\"";
    one(Class::Failed, QUERIES.to_owned(), "no query makes a file".to_owned(), hint)
}

/// What a definition cannot say; `of` has the query of each of its outputs.
pub(super) fn definition(faults: Vec<Fault>, of: &[usize]) -> Refused {
    let mistake = |fault: Fault| {
        let place = place(fault.place.as_deref().unwrap_or_default(), of);
        let hint = fault.hint.unwrap_or_else(|| "change what is asked for".to_owned());
        Mistake { code: fault.code, class: Class::Failed, place, message: fault.message, hint }
    };
    Refused { mistakes: faults.into_iter().map(mistake).collect() }
}

/// Where in a configuration a part of a definition comes from.
fn place(of_definition: &str, of: &[usize]) -> String {
    if let Some(rest) = of_definition.strip_prefix("/outputs/") {
        let index = rest.split('/').next().and_then(|index| index.parse::<usize>().ok());
        return match index.and_then(|index| of.get(index)) {
            Some(query) => format!("{QUERIES}/{query}"),
            None => QUERIES.to_owned(),
        };
    }
    match of_definition {
        "/name" => "/bag/bag_name".to_owned(),
        other if other.starts_with("/transports/") => "/bag".to_owned(),
        _ => String::new(),
    }
}

const UNSET: &str = "set it in \"env\", or by an env processor before whose query finds a row; write \"{{\" \
    for a brace";

fn parameter(index: usize, key: &str) -> String {
    format!("{QUERIES}/{index}/processor_params/{key}")
}

fn one(class: Class, place: String, message: String, hint: &str) -> Refused {
    let hint = hint.to_owned();
    Refused { mistakes: vec![Mistake { code: Code::InvalidValue, class, place, message, hint }] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_definition_cannot_say_is_told_of_the_configuration() {
        let told = |place: &str| {
            let faults = vec![Fault::new(Code::InvalidValue, "it cannot be").at(place)];
            definition(faults, &[3, 5]).mistakes.remove(0).place
        };
        assert_eq!(told("/outputs/1/to"), "/catalog/query_processors/5");
        assert_eq!(told("/outputs"), "");
        assert_eq!(told("/outputs/7"), "/catalog/query_processors");
        assert_eq!(told("/name"), "/bag/bag_name");
        assert_eq!(told("/transports/0/packer/bag/info/X"), "/bag");
    }
}
