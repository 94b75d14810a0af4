//! Files that are made of others, as outputs of the definition. Each says all that it is made of, down to the answers
//! of the catalogue, so that files in between are in the result only where they are kept.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::made::{Made, PromisedFile};
use super::refused;
use super::safe_name::{safe, safe_in_bag};
use crate::definition::{self, ColumnsOfFasta, Material, Verbatim};
use crate::deriva::engine::{OutputPath, Refused, Template, Transform, Variables};

/// Most bytes that all files which are made of others have in a definition (4 MiB). One that is kept is written
/// out in each that is made of it.
const MOST_BYTES: usize = 4 << 20;

/// What is known once the queries are walked.
pub(super) struct Transforming<'a> {
    pub(super) source: &'a str,
    pub(super) variables: &'a Variables,
    /// Whether the files go into a bag.
    pub(super) is_bagged: bool,
}

impl Transforming<'_> {
    /// Adds what is made of the outputs, one after the other.
    pub(super) fn add_all(&self, transforms: &[Transform], made: &mut Made) -> Result<(), Refused> {
        let mut bytes = 0;
        for (index, transform) in transforms.iter().enumerate() {
            self.add(index, transform, &mut bytes, made)?;
        }
        Ok(())
    }

    fn add(
        &self,
        index: usize,
        transform: &Transform,
        bytes: &mut usize,
        made: &mut Made,
    ) -> Result<(), Refused> {
        let (mut of, mut paths) = (Vec::new(), Vec::new());
        for input in &transform.inputs {
            let path = self.input(input, index)?;
            let output = made.output(&path).ok_or_else(|| refused::no_input(&path, made, index))?;
            let material = material(output).ok_or_else(|| refused::no_material(&path, index))?;
            *bytes += serde_json::to_string(&material).map_or(MOST_BYTES, |json| json.len());
            if *bytes > MOST_BYTES {
                return Err(refused::too_much(index));
            }
            of.push(material);
            paths.push(path);
        }
        let file = definition::Made { making: (&transform.making).into(), of };
        if file.depth() > definition::Made::MOST_DEPTH {
            return Err(refused::too_deep(index));
        }
        let origin = made.origin(&paths).filter(|_| transform.has_provenance);
        if transform.deletes_inputs {
            for path in &paths {
                made.take_away(path);
            }
        }
        let to = self.claimed(transform, index, made)?;
        if let Some(origin) = origin {
            made.retrieved_from.insert(to.clone(), origin);
        }
        let output = Map::from_iter([
            ("to".to_owned(), json!(to)),
            ("from".to_owned(), json!(self.source)),
            ("made".to_owned(), json!(file)),
            ("empty_file".to_owned(), json!("drop")),
        ]);
        made.add(refused::transform(index), output, PromisedFile { path: to, is_certain: false });
        Ok(())
    }

    /// The path of an output that something is made of, as it is in the result.
    fn input(&self, input: &Template, index: usize) -> Result<String, Refused> {
        let path = OutputPath { folder: Some(input.clone()), name: None };
        let path = path.rendered(self.variables, None);
        let path = path.map_err(|error| refused::path_of_transform(&error, index, "input_path"))?;
        Ok(self.safe(&path))
    }

    /// The path of what is made, which is its alone.
    fn claimed(
        &self,
        transform: &Transform,
        index: usize,
        made: &mut Made,
    ) -> Result<String, Refused> {
        let wanted = transform.output.rendered(self.variables, None);
        let wanted =
            wanted.map_err(|error| refused::path_of_transform(&error, index, "output_path"))?;
        let path = self.safe(&wanted);
        if path != wanted {
            made.warnings.push(format!("an output is written to {path}, not to {wanted}"));
        }
        Ok(made.claim(&path))
    }

    fn safe(&self, path: &str) -> String {
        if self.is_bagged { safe_in_bag(path) } else { safe(path) }
    }
}

/// An output as what another file is made of; nothing where it is no file of the catalogue's answers.
fn material(output: &Value) -> Option<Material> {
    let text = |key: &str| output[key].as_str().map(str::to_owned);
    let answer = |form| Material {
        query: text("query"),
        view: text("view"),
        verbatim: Some(form),
        ..Material::default()
    };
    let of = |made| Material { made: Some(Box::new(made)), ..Material::default() };
    if let Some(made) = output.get("made") {
        return definition::Made::deserialize(made).ok().map(of);
    }
    if let Some(form) = output.get("verbatim") {
        return Verbatim::deserialize(form).ok().map(answer);
    }
    if output["format"] != "fasta" {
        return None;
    }
    let names = |key: &str| Vec::<String>::deserialize(&output["options"][key]).unwrap_or_default();
    let columns = ColumnsOfFasta { comment: names("comment"), data: names("data") };
    let of_rows = vec![answer(Verbatim::JsonStream)];
    Some(of(definition::Made { making: definition::Making::Fasta(columns), of: of_rows }))
}
