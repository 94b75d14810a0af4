//! Which columns of a row are what in FASTA.

use super::processor::Step;
use super::reading::{Reading, at};
use crate::definition::ColumnsOfFasta;

/// Reads which columns make a record of FASTA; none where a row has a single one, which is a whole line.
pub(super) fn read(step: &Step, reading: &mut Reading) -> ColumnsOfFasta {
    let place = at(&step.place, "column_map");
    let mut columns = ColumnsOfFasta::default();
    let Some(map) = step.params.get("column_map").and_then(|map| reading.map(&place, map)) else {
        return columns;
    };
    for (column, use_of_it) in map {
        match use_of_it.as_str() {
            Some("comment") => columns.comment.push(column.clone()),
            Some("data") => columns.data.push(column.clone()),
            None | Some(_) => {
                let message = format!("{use_of_it} is nothing that a column can be");
                reading.failed(&at(&place, column), message, "write \"comment\" or \"data\"");
            }
        }
    }
    if !map.is_empty() && columns.data.is_empty() {
        let hint = "say of a column that it is \"data\"";
        reading.failed(&place, "no column has the letters of a sequence", hint);
    }
    columns
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn columns(map: &Value) -> (ColumnsOfFasta, Vec<String>) {
        let mut reading = Reading::default();
        let params = json!({"column_map": map}).as_object().unwrap().clone();
        let step = Step { name: "fasta", params, place: "/p".to_owned() };
        let columns = read(&step, &mut reading);
        (columns, reading.mistakes.into_iter().map(|mistake| mistake.place).collect())
    }

    #[test]
    fn columns_are_comments_and_letters() {
        let (columns, places) =
            columns(&json!({"id": "comment", "name": "comment", "dna": "data"}));
        assert_eq!(columns.comment, ["id", "name"]);
        assert_eq!(columns.data, ["dna"]);
        assert_eq!(columns.named().collect::<Vec<_>>(), ["id", "name", "dna"]);
        assert!(places.is_empty() && !columns.is_line());
    }

    #[test]
    fn without_columns_a_row_is_a_line() {
        for map in [json!(null), json!({})] {
            let (columns, places) = columns(&map);
            assert!(columns.is_line() && places.is_empty());
        }
    }

    #[test]
    fn what_a_column_cannot_be_is_refused() {
        assert_eq!(columns(&json!({"a": "data", "b": "title"})).1, ["/p/column_map/b"]);
        assert_eq!(columns(&json!({"a": "data", "b": 7})).1, ["/p/column_map/b"]);
        assert_eq!(columns(&json!({"a": "comment"})).1, ["/p/column_map"]);
        assert_eq!(columns(&json!("a")).1, ["/p/column_map"]);
    }
}
