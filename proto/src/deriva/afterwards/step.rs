//! The steps that are left once a result is where the definition brings it.

use serde::{Deserialize, Serialize};

use super::Place;
use crate::deriva::engine::{
    Class, Identifier, Mistake, Template, UnknownVariable, UrlRewrite, Variables,
};
use crate::percent::encoded;

/// The variables of an address that are of each output, with their encoded twins.
const OF_OUTPUTS: [&str; 4] =
    ["output", "output_url", "output_urlencoded", "output_url_urlencoded"];

/// Everybody, in the words of services for identifiers.
const EVERYBODY: &str = "public";

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Outputs are elsewhere, too.
    Brought(Brought),
    /// They get an identifier each.
    Identified(Identified),
    /// Clients find them elsewhere alone.
    Rewritten(Rewritten),
}

/// A folder that has the outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// Its address, without a slash at its end.
    pub folder: String,
    /// Whether names are percent-encoded in it.
    pub is_encoded: bool,
}

/// What is registered of outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    /// Whether identifiers are only tried out.
    pub is_test: bool,
    /// What an output is called; by its own name where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Who may see it.
    pub visible_to: Vec<String>,
    /// Where it is, if it was brought nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<String>,
    /// What else is told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<(String, String)>,
    /// What stands before the address of its page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub redirect_base: String,
}

/// Another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewritten {
    /// The outputs that are meant; all where none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// The address as a template, whose variables are of each output.
    pub address: String,
}

/// What a configuration wants registered, after these steps.
pub(super) fn identified(
    identifier: &Identifier,
    variables: &Variables,
    before: &[Step],
    place: &Place,
) -> Result<Identified, Box<Mistake>> {
    let is_somewhere = before.iter().any(|step| match step {
        Step::Brought(_) | Step::Rewritten(_) => true,
        Step::Identified(_) => false,
    });
    if before.iter().any(|step| matches!(step, Step::Identified(_))) {
        let what = "each output has one identifier".to_owned();
        let hint = "leave one of both steps out";
        return Err(place.mistake(Class::Misconfigured, "", what, hint));
    }
    if !is_somewhere && identifier.locations.is_empty() {
        let what = "an identifier needs a place that it leads to".to_owned();
        let hint = "name places, or bring the result to a bucket before";
        return Err(place.mistake(Class::Misconfigured, "locations", what, hint));
    }
    let mut told = Vec::new();
    for (name, template) in &identifier.told {
        let key = format!("env_column_map/{name}");
        let value = template.rendered(variables).map_err(|error| place.unset(&key, &error))?;
        told.push((name.clone(), value));
    }
    let mut visible_to = identifier.visible_to.clone();
    if visible_to.is_empty() {
        visible_to.push(EVERYBODY.to_owned());
    }
    Ok(Identified {
        is_test: identifier.is_test,
        title: identifier.title.clone(),
        author: identifier.author.clone(),
        visible_to,
        locations: identifier.locations.clone(),
        told,
        redirect_base: identifier.redirect_base.clone().unwrap_or_default(),
    })
}

/// Where a configuration sends clients.
pub(super) fn rewritten(
    rewrite: &UrlRewrite,
    variables: &Variables,
    place: &Place,
) -> Result<Rewritten, Box<Mistake>> {
    let open = OF_OUTPUTS.map(str::to_owned);
    let address = rewrite.address.of_rows(variables, &open);
    let address = address.map_err(|error| place.unset("remote_path", &error))?;
    let outputs = rewrite.inputs.iter().map(|input| input.rendered(variables));
    let outputs: Result<Vec<String>, UnknownVariable> = outputs.collect();
    let outputs = outputs.map_err(|error| place.unset("input_paths", &error))?;
    Ok(Rewritten { outputs, address })
}

/// An output, by all that it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output<'a> {
    /// Its path, as clients know it.
    pub path: &'a str,
    /// Its path where it was brought to.
    pub stored: &'a str,
    /// The address of the export at the service.
    pub service_url: &'a str,
}

/// Where an output is after these steps, besides at the service.
pub fn places(steps: &[Step], output: Output<'_>) -> Vec<String> {
    let mut places = Vec::new();
    for step in steps {
        match step {
            Step::Brought(brought) => places.push(brought.place(output.stored)),
            Step::Identified(_) => {}
            Step::Rewritten(rewritten) => {
                if let Some(address) = rewritten.of(output) {
                    places = vec![address];
                }
            }
        }
    }
    places
}

impl Brought {
    fn place(&self, output: &str) -> String {
        let Self { folder, is_encoded } = self;
        if !is_encoded {
            return format!("{folder}/{output}");
        }
        let names: Vec<String> = output.split('/').map(encoded).collect();
        format!("{folder}/{}", names.join("/"))
    }
}

impl Rewritten {
    /// The address of an output, where it is meant.
    fn of(&self, Output { path, service_url, .. }: Output<'_>) -> Option<String> {
        if !self.outputs.is_empty() && !self.outputs.iter().any(|meant| meant == path) {
            return None;
        }
        let mut variables = Variables::default();
        variables.set("output", path);
        variables.set("output_url", format!("{service_url}/{path}"));
        let address = Template::parse(&self.address).ok()?.rendered(&variables).ok()?;
        // A list of addresses has one in each line.
        Some(address.replace(['\r', '\n'], "")).filter(|address| !address.is_empty())
    }
}
