//! Mistakes that only the walk finds, at their places in the configuration.

use super::made::Made;
use crate::deriva::engine::{Class, Mistake, PathError, QueryError, Refused};
use crate::fault::{Code, Fault};

/// Where the queries are.
const QUERIES: &str = "/catalog/query_processors";

/// Where the transforms are.
const TRANSFORMS: &str = "/transform_processors";

/// Most outputs that are named to whoever meant one that is not there.
const MOST_NAMED: usize = 10;

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
    of_path(error, parameter(index, "output_path"))
}

/// An output of a transform that goes nowhere, or one that comes from there.
pub(super) fn path_of_transform(error: &PathError, index: usize, key: &str) -> Refused {
    of_path(error, of_transform(index, key))
}

fn of_path(error: &PathError, place: String) -> Refused {
    let hint = match error {
        PathError::Variable(_) => UNSET,
        PathError::Outside { .. } => "write a path below the export, without \"..\"",
        PathError::Empty => "name the file, or its folder",
    };
    one(error.class(), place, error.to_string(), hint)
}

/// A transform of an output that is not there.
pub(super) fn no_input(path: &str, made: &Made, index: usize) -> Refused {
    let there: Vec<String> = made.files.iter().map(|file| format!("{:?}", file.path)).collect();
    let mut named = there[..there.len().min(MOST_NAMED)].join(", ");
    if there.len() > MOST_NAMED {
        named.push_str(" and others");
    }
    let hint = format!(
        "there are {named}; what was used up before is there no longer, unless \"delete_input\" is false"
    );
    let message = format!("there is no output {path:?}");
    one(Class::Failed, of_transform(index, "input_path"), message, &hint)
}

/// A transform of what is no file of answers.
pub(super) fn no_material(path: &str, index: usize) -> Refused {
    let message =
        format!("nothing is made of {path:?}, for it holds files elsewhere, or their addresses");
    let hint = "ask for the same rows by a query of the processor \"json-stream\"";
    one(Class::Failed, of_transform(index, "input_path"), message, hint)
}

/// Transforms that are too much to be written out.
pub(super) fn too_much(index: usize) -> Refused {
    let message = "the files that are made of others are made of too much".to_owned();
    let hint = "make fewer files of files that are made of others themselves";
    one(Class::Failed, of_transform(index, "input_paths"), message, hint)
}

/// A transform with too many before it.
pub(super) fn too_deep(index: usize) -> Refused {
    let most = crate::definition::Made::MOST_DEPTH;
    let message = format!("more than {most} files are made one of the other");
    one(Class::Failed, transform(index), message, "make fewer files in between")
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

/// What a definition cannot say; `of` has the place that each of its outputs comes from.
pub(super) fn definition(faults: Vec<Fault>, of: &[String]) -> Refused {
    let mistake = |fault: Fault| {
        let place = place(fault.place.as_deref().unwrap_or_default(), of);
        let hint = fault.hint.unwrap_or_else(|| "change what is asked for".to_owned());
        Mistake { code: fault.code, class: Class::Failed, place, message: fault.message, hint }
    };
    Refused { mistakes: faults.into_iter().map(mistake).collect() }
}

/// Where in a configuration a part of a definition comes from.
fn place(of_definition: &str, of: &[String]) -> String {
    if let Some(rest) = of_definition.strip_prefix("/outputs/") {
        let index = rest.split('/').next().and_then(|index| index.parse::<usize>().ok());
        let of = index.and_then(|index| of.get(index));
        return of.map_or_else(|| QUERIES.to_owned(), String::clone);
    }
    match of_definition {
        "/name" => "/bag/bag_name".to_owned(),
        other if other.starts_with("/transports/") => "/bag".to_owned(),
        _ => String::new(),
    }
}

const UNSET: &str = "set it in \"env\", or by an env processor before whose query finds a row; write \"{{\" \
    for a brace";

/// The place of a query.
pub(super) fn of_query(index: usize) -> String {
    format!("{QUERIES}/{index}")
}

fn parameter(index: usize, key: &str) -> String {
    format!("{}/processor_params/{key}", of_query(index))
}

/// The place of a transform.
pub(super) fn transform(index: usize) -> String {
    format!("{TRANSFORMS}/{index}")
}

fn of_transform(index: usize, key: &str) -> String {
    format!("{}/processor_params/{key}", transform(index))
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
            let of = [of_query(3), transform(5)];
            definition(faults, &of).mistakes.remove(0).place
        };
        assert_eq!(told("/outputs/0/to"), "/catalog/query_processors/3");
        assert_eq!(told("/outputs/1/made"), "/transform_processors/5");
        assert_eq!(told("/outputs"), "");
        assert_eq!(told("/outputs/7"), "/catalog/query_processors");
        assert_eq!(told("/name"), "/bag/bag_name");
        assert_eq!(told("/transports/0/packer/bag/info/X"), "/bag");
    }
}
