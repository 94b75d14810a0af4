//! What is made of files once the queries are done.

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::interpolation::Interpolation;
use super::mistake::Class;
use super::path::OutputPath;
use super::processor::{Classes, Step};
use super::reading::{Reading, at};
use super::substitution::{Substitution, SubstitutionError};
use super::template::Template;
use super::{column, fasta};
use crate::definition::{ColumnsOfFasta, Treated};

const OFFERED: [&str; 7] = ["interpolation", "strsub", "cat", "json2csv", "column", "geo", "fasta"];

/// The parameters that every transform knows.
const COMMON: [&str; 6] = [
    "input_path",
    "input_paths",
    "output_path",
    "output_filename",
    "delete_input",
    "ro_file_provenance",
];

/// A file made of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transform {
    /// How it is made.
    pub making: Making,
    /// The paths of the files that it is made of, one after the other; never none.
    pub inputs: Vec<Template>,
    /// Where it goes.
    pub output: OutputPath,
    /// Whether the others are there no longer then.
    pub deletes_inputs: bool,
    /// Whether a research object says where it is from.
    pub has_provenance: bool,
}

/// How a file is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Making {
    /// Each row fills in a text.
    Interpolation(Interpolation),
    /// Columns of each row get what a pattern leaves of others.
    Substitutions(Vec<Substitution>),
    /// The files are put together as they are.
    Concatenation,
    /// Rows of JSON become rows of CSV.
    Csv(Dialect),
    /// Columns come, go and change.
    Columns(Vec<Treated>),
    /// Rows become records of FASTA.
    Fasta(ColumnsOfFasta),
}

impl Transform {
    /// Reads a transform; nothing where there is no such processor, or it makes nothing.
    pub(super) fn read(
        place: &str,
        value: &Value,
        classes: &Classes,
        reading: &mut Reading,
    ) -> Option<Self> {
        let step = Step::read(place, value, &OFFERED, classes, reading)?;
        let (place, params) = (step.place.as_str(), &step.params);
        let making = match step.name {
            "interpolation" => {
                let hint = "write the text that each row fills in";
                let text = step.required("template", hint, reading);
                text.map(|text| Making::Interpolation(Interpolation::read(&text)))
            }
            "strsub" => substitutions(&step, reading),
            "cat" => Some(Making::Concatenation),
            "json2csv" => Some(Making::Csv(Dialect::read(&step, reading))),
            "column" => Some(Making::Columns(column::read(&step, reading))),
            "geo" => {
                let hint = "export the tables, and fill in the form of GEO with them";
                reading.misconfigured(place, "workbooks for GEO are not made here", hint);
                return None;
            }
            _ => Some(Making::Fasta(fasta::read(&step, reading))),
        };
        let own: &[&str] = match step.name {
            "interpolation" => &["template"],
            "strsub" => &["substitutions"],
            "json2csv" => &["include_header", "csv_dialect"],
            "column" => &["column_transforms"],
            "fasta" => &["column_map"],
            _ => &[],
        };
        step.unknown(&[&COMMON, own], reading);
        let inputs = inputs(place, params, reading);
        let output = OutputPath::read(place, params, reading);
        if output == OutputPath::default() {
            reading.missing(Class::Failed, &at(place, "output_path"), "name the file that is made");
        }
        let deletes_inputs = reading.switch_of(place, params, "delete_input").unwrap_or(true);
        let has_provenance = reading.switch_of(place, params, "ro_file_provenance").unwrap_or(true);
        Some(Self { making: making?, inputs, output, deletes_inputs, has_provenance })
    }

    /// The names of the variables in its paths.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let inputs = self.inputs.iter().flat_map(Template::variables);
        inputs.chain(self.output.variables())
    }
}

fn inputs(place: &str, params: &Map<String, Value>, reading: &mut Reading) -> Vec<Template> {
    let mut texts = reading.texts_of(place, params, "input_path");
    texts.extend(reading.texts_of(place, params, "input_paths"));
    if texts.is_empty() {
        let hint = "name the output of a query or of a transform before this one";
        reading.missing(Class::Failed, &at(place, "input_path"), hint);
    }
    let mut inputs = Vec::new();
    for text in texts {
        match Template::parse(&text) {
            Ok(template) => inputs.push(template),
            Err(error) => {
                reading.failed(&at(place, "input_path"), error.to_string(), error.hint());
            }
        }
    }
    inputs
}

fn substitutions(step: &Step, reading: &mut Reading) -> Option<Making> {
    const NEEDED: [&str; 4] = ["input", "output", "pattern", "repl"];
    let place = at(&step.place, "substitutions");
    let list = step.params.get("substitutions").unwrap_or(&Value::Null);
    let list = reading.list(&place, list);
    if list.is_empty() {
        reading.missing(Class::Misconfigured, &place, "write at least one substitution");
        return None;
    }
    let mut substitutions = Vec::new();
    for (n, value) in list.iter().enumerate() {
        let place = format!("{place}/{n}");
        let Some(map) = reading.map(&place, value) else { continue };
        reading.unknown(&place, map, &NEEDED);
        let given = NEEDED.map(|key| {
            let text = map.get(key).and_then(|value| reading.text(&at(&place, key), value));
            if text.is_none() {
                let hint = "a substitution has a pattern, a repl, an input and an output";
                reading.missing(Class::Misconfigured, &at(&place, key), hint);
            }
            text
        });
        let [Some(input), Some(output), Some(pattern), Some(replacement)] = given else { continue };
        match Substitution::new(input, output, &pattern, &replacement) {
            Ok(substitution) => substitutions.push(substitution),
            Err(error) => refuse(&place, &error, reading),
        }
    }
    Some(Making::Substitutions(substitutions))
}

fn refuse(place: &str, error: &SubstitutionError, reading: &mut Reading) {
    match error {
        SubstitutionError::Pattern(why) => {
            let hint = "write a pattern that neither looks around nor back";
            // Its other lines show the place below the pattern.
            let why = why.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            reading.failed(&at(place, "pattern"), format!("{error}: {why}"), hint);
        }
        SubstitutionError::Group { .. } | SubstitutionError::Escape { .. } => {
            let hint = r#"write \1 or \g<name> for a group, and "\\" for a backslash"#;
            reading.failed(&at(place, "repl"), error.to_string(), hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn transform(processor: &str, params: &Value) -> (Option<Transform>, Reading) {
        let mut reading = Reading::default();
        let mut all = json!({"input_path": "a.json", "output_path": "b"});
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        let step = json!({"processor": processor, "processor_params": all});
        let transform = Transform::read("/t/0", &step, &Classes::new(), &mut reading);
        (transform, reading)
    }

    fn good(processor: &str, params: &Value) -> Transform {
        let (transform, reading) = transform(processor, params);
        assert_eq!((reading.mistakes, reading.warnings), (vec![], vec![]), "{params}");
        transform.unwrap()
    }

    fn refused(processor: &str, params: &Value, place: &str, class: Class) {
        let (_, reading) = transform(processor, params);
        let told: Vec<_> =
            reading.mistakes.iter().map(|one| (one.place.as_str(), one.class)).collect();
        let place = format!("/t/0/processor_params{place}");
        assert_eq!(told, [(place.as_str(), class)], "{params}");
    }

    #[test]
    fn each_transform_is_known_by_its_name() {
        let check = |name: &str, params: Value, making: Making| {
            assert_eq!(good(name, &params).making, making);
        };
        let text = Interpolation::read("$a\n");
        check("interpolation", json!({"template": "$a\n"}), Making::Interpolation(text));
        let given =
            json!({"substitutions": [{"pattern": "a", "repl": "", "input": "x", "output": "y"}]});
        let substitution = Substitution::new("x", "y", "a", "").unwrap();
        check("strsub", given, Making::Substitutions(vec![substitution]));
        check("cat", json!({}), Making::Concatenation);
        check("json2csv", json!({}), Making::Csv(Dialect::default()));
        check("column", json!({"column_transforms": {}}), Making::Columns(vec![]));
        check("fasta", json!({}), Making::Fasta(ColumnsOfFasta::default()));
        refused("geo", &json!({}), "", Class::Misconfigured);
    }

    #[test]
    fn inputs_are_one_path_or_several_and_are_deleted() {
        let cat = good(
            "cat",
            &json!({"input_path": null, "input_paths": ["{a}.csv", "b.csv"],
            "output_filename": "{c}"}),
        );
        assert_eq!(cat.inputs.len(), 2);
        assert_eq!(cat.variables().collect::<Vec<_>>(), ["a", "c"]);
        assert!(cat.deletes_inputs && cat.has_provenance);
        let kept = good("cat", &json!({"delete_input": "false", "ro_file_provenance": 0}));
        assert!(!kept.deletes_inputs && !kept.has_provenance);
        refused("cat", &json!({"input_path": null}), "/input_path", Class::Failed);
        refused("cat", &json!({"input_path": "{a"}), "/input_path", Class::Failed);
        refused("cat", &json!({"output_path": null}), "/output_path", Class::Failed);
        refused("cat", &json!({"output_path": "../x"}), "/output_path", Class::Misconfigured);
    }

    #[test]
    fn what_a_transform_needs_is_missed() {
        refused("interpolation", &json!({}), "/template", Class::Misconfigured);
        refused("strsub", &json!({}), "/substitutions", Class::Misconfigured);
        let (_, reading) =
            transform("strsub", &json!({"substitutions": [{"input": "a", "repl": ""}]}));
        let places: Vec<_> =
            reading.mistakes.iter().map(|one| one.place.rsplit('/').next()).collect();
        assert_eq!(places, [Some("output"), Some("pattern")]);
    }

    #[test]
    fn substitutions_that_cannot_be_are_told() {
        let check = |pattern: &str, repl: &str, key: &str| {
            let one = json!({"pattern": pattern, "repl": repl, "input": "x", "output": "y"});
            let fine = json!({"pattern": "a", "repl": "", "input": "x", "output": "y"});
            let params = json!({"substitutions": [fine, one]});
            refused("strsub", &params, &format!("/substitutions/1/{key}"), Class::Failed);
        };
        check("(?=a)", "", "pattern");
        check("(", "", "pattern");
        check("a", "\\1", "repl");
        check("a", "\\q", "repl");
    }
}
