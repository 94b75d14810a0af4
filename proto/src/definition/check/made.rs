//! The rules of a file that is made of others.

use super::super::{Json2csv, Made, Making, Material, Output};
use crate::deriva::engine::{Substitution, SubstitutionError};
use crate::fault::{Code, Fault};

/// Checks a file that is made of others, where an output has one.
pub(super) fn check(output: &Output, place: &str, faults: &mut Vec<Fault>) {
    let Some(made) = &output.made else { return };
    for (key, is_there) in [
        ("query", output.query.is_some()),
        ("view", output.view.is_some()),
        ("format", output.format.is_some()),
        ("verbatim", output.verbatim.is_some()),
        ("assets", output.assets.is_some()),
        ("per", output.per.is_some()),
        ("options", !output.options.is_default()),
        ("select", !output.select.is_everything()),
        ("incremental", output.incremental.is_some()),
    ] {
        if is_there {
            let why = format!("`{key}` does not go with `made`");
            let hint = "say in `made` what the file is made of";
            refuse(&format!("{place}/{key}"), why, hint, faults);
        }
    }
    let place = format!("{place}/made");
    let (depth, answers) = (made.depth(), made.answers().len());
    if depth > Made::MOST_DEPTH {
        let why =
            format!("{depth} files are made one of the other, and at most {}", Made::MOST_DEPTH);
        refuse(&place, why, "make fewer files in between", faults);
    }
    if answers > Made::MOST_ANSWERS {
        let why = format!("it is made of {answers} answers, and at most of {}", Made::MOST_ANSWERS);
        refuse(&place, why, "make several files", faults);
    }
    check_one(made, &place, faults);
}

fn check_one(made: &Made, place: &str, faults: &mut Vec<Fault>) {
    check_making(&made.making, &format!("{place}/making"), faults);
    for (number, material) in made.of.iter().enumerate() {
        check_material(material, &format!("{place}/of/{number}"), faults);
    }
}

fn check_material(material: &Material, place: &str, faults: &mut Vec<Fault>) {
    let Some(made) = &material.made else {
        if material.verbatim.is_none() {
            let fault = Fault::new(Code::MissingField, "`verbatim` is missing").at(place);
            let hint = "csv, json or json_stream, as the source is to answer; `made` for a file that is made itself";
            faults.push(fault.hint(hint));
        }
        return;
    };
    for (key, is_there) in [
        ("from", material.from.is_some()),
        ("query", material.query.is_some()),
        ("view", material.view.is_some()),
        ("verbatim", material.verbatim.is_some()),
    ] {
        if is_there {
            let why = format!("`{key}` does not go with `made`");
            let hint = "a file is made either of what a source answers, or of others";
            refuse(&format!("{place}/{key}"), why, hint, faults);
        }
    }
    check_one(made, &format!("{place}/made"), faults);
}

fn check_making(making: &Making, place: &str, faults: &mut Vec<Fault>) {
    match making {
        Making::Strsub(given) => {
            for (number, substitution) in given.substitutions.iter().enumerate() {
                if let Err(error) = Substitution::try_from(substitution) {
                    let key = match error {
                        SubstitutionError::Pattern(_) => "pattern",
                        SubstitutionError::Group { .. } | SubstitutionError::Escape { .. } => {
                            "replacement"
                        }
                    };
                    let place = format!("{place}/strsub/substitutions/{number}/{key}");
                    let hint = r"a pattern neither looks around nor back; a replacement has \1 or \g<name> for a group";
                    refuse(&place, error.to_string(), hint, faults);
                }
            }
        }
        Making::Json2csv(Json2csv { delimiter: Some(delimiter), .. }) => {
            let is_sign = delimiter.is_ascii() && !matches!(delimiter.as_str(), "\"" | "\r" | "\n");
            if !is_sign {
                let why = "it is not one ASCII character that can stand between cells".to_owned();
                refuse(&format!("{place}/json2csv/delimiter"), why, "such as `;`", faults);
            }
        }
        Making::Fasta(columns) => {
            if columns.data.is_empty() && !columns.comment.is_empty() {
                let why = "no column has the letters of a sequence".to_owned();
                refuse(&format!("{place}/fasta/comment"), why, "name one in `data`", faults);
            }
        }
        Making::Cat
        | Making::Interpolation(_)
        | Making::Column(_)
        | Making::Json2csv(Json2csv { delimiter: None, .. }) => {}
    }
}

fn refuse(place: &str, why: String, hint: &str, faults: &mut Vec<Fault>) {
    faults.push(Fault::new(Code::InvalidValue, why).at(place).hint(hint));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn places(output: &Value) -> Vec<String> {
        let mut whole = json!({"to": "a", "from": "s"});
        whole.as_object_mut().unwrap().extend(output.as_object().unwrap().clone());
        let output: Output = serde_json::from_value(whole).unwrap();
        let mut faults = Vec::new();
        check(&output, "", &mut faults);
        faults.into_iter().map(|fault| fault.place.unwrap()).collect()
    }

    fn of_one(making: &Value, material: &Value) -> Vec<String> {
        places(&json!({"made": {"making": making, "of": [material]}}))
    }

    #[test]
    fn a_file_that_is_made_says_everything_in_one_place() {
        let made = json!({"making": "cat", "of": [{"query": "/a", "verbatim": "csv"}]});
        assert_eq!(places(&json!({"made": made, "empty_file": "drop"})), [""; 0]);
        let all =
            json!({"made": made, "query": "/a", "view": "3-A", "format": "csv", "verbatim": "csv"});
        assert_eq!(places(&all), ["/query", "/view", "/format", "/verbatim"]);
    }

    #[test]
    fn a_material_is_an_answer_or_a_file_that_is_made() {
        let cat = json!("cat");
        assert_eq!(of_one(&cat, &json!({"query": "/a"})), ["/made/of/0"]);
        let made = json!({"making": "cat", "of": [{"verbatim": "csv"}]});
        assert_eq!(of_one(&cat, &json!({"made": made})), [""; 0]);
        let both = json!({"made": made, "from": "b", "verbatim": "csv"});
        assert_eq!(of_one(&cat, &both), ["/made/of/0/from", "/made/of/0/verbatim"]);
    }

    #[test]
    fn makings_that_cannot_be_are_told_with_their_place() {
        let answer = json!({"query": "/a", "verbatim": "json"});
        let check = |making: &Value, expected: &str| {
            assert_eq!(of_one(making, &answer), [format!("/made/making/{expected}")], "{making}");
        };
        let replaced = |pattern: &str, replacement: &str| {
            json!({"strsub": {"substitutions": [{"input": "a", "output": "b", "pattern": pattern,
                "replacement": replacement}]}})
        };
        check(&replaced("(", ""), "strsub/substitutions/0/pattern");
        check(&replaced("a", r"\1"), "strsub/substitutions/0/replacement");
        check(&json!({"json2csv": {"delimiter": "é"}}), "json2csv/delimiter");
        check(&json!({"fasta": {"comment": ["a"]}}), "fasta/comment");
    }

    #[test]
    fn trees_have_bounds() {
        let mut made = json!({"making": "cat", "of": [{"query": "/a", "verbatim": "csv"}]});
        for _ in 0..Made::MOST_DEPTH - 1 {
            made = json!({"making": "cat", "of": [{"made": made}]});
        }
        assert_eq!(places(&json!({"made": made})), [""; 0]);
        made = json!({"making": "cat", "of": [{"made": made}]});
        assert_eq!(places(&json!({"made": made})), ["/made"]);
        let answers = vec![json!({"query": "/a", "verbatim": "csv"}); Made::MOST_ANSWERS];
        let many = json!({"made": {"making": "cat", "of": answers}});
        let one = json!({"query": "/b", "verbatim": "csv"});
        let more = json!({"making": "cat", "of": [many, one]});
        assert_eq!(places(&json!({"made": more})), ["/made"]);
    }
}
