//! Which operations and parameters the API has, by its description, and which of them lines of the manual
//! use: `GET /v1/parked` is an operation, `GET /v1/parked limit` a parameter of its query or its header.

use std::collections::BTreeSet;

use serde_json::Value;

use super::line::words;

/// Where the API of owners and readers is; the easydb dialect and the health are elsewhere.
const BELOW: [&str; 2] = ["/v1/", "/d/"];

/// An operation.
struct Operation<'d> {
    method: String,
    path: &'d str,
    /// The parameters of its query and its header.
    parameters: Vec<&'d str>,
}

/// All operations and parameters of a description.
pub(super) fn offered(description: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for operation in operations(description) {
        found.insert(operation.name());
        found.extend(operation.parameters.iter().map(|parameter| operation.with(parameter)));
    }
    found
}

/// Those of them that some lines use.
pub(super) fn shown(description: &Value, lines: &[String]) -> BTreeSet<String> {
    let operations = operations(description);
    let mut found = BTreeSet::new();
    for request in lines.iter().filter_map(|line| Request::of(&words(line))) {
        let asked = operations.iter().find(|operation| request.is_for(operation));
        let operation = asked.unwrap_or_else(|| panic!("{} is nothing there", request.path));
        found.insert(operation.name());
        let parameters = operation.parameters.iter();
        let used = parameters.filter(|parameter| request.has(parameter));
        found.extend(used.map(|parameter| operation.with(parameter)));
    }
    found
}

fn operations(description: &Value) -> Vec<Operation<'_>> {
    let paths = description["paths"].as_object().into_iter().flatten();
    let paths = paths.filter(|(path, _)| BELOW.iter().any(|below| path.starts_with(below)));
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.filter(|parameter| parameter["in"] != "path");
            found.push(Operation {
                method: method.to_uppercase(),
                path,
                parameters: parameters.filter_map(|it| it["name"].as_str()).collect(),
            });
        }
    }
    found
}

impl Operation<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn with(&self, parameter: &str) -> String {
        format!("{} {parameter}", self.name())
    }
}

/// What a line asks of the API.
struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<String>,
}

impl Request {
    /// What `curl` is told to ask; nothing where a line is another command.
    fn of(words: &[String]) -> Option<Self> {
        let (first, rest) = words.split_first()?;
        if first != "curl" {
            return None;
        }
        let sends = after(rest, "-d").next().map(|_| "POST".to_owned());
        let address = rest.iter().find_map(|word| word.strip_prefix("$LONGSHORE_URL"))?;
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        Some(Self {
            method: after(rest, "-X").next().cloned().or(sends).unwrap_or_else(|| "GET".to_owned()),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: after(rest, "-H").cloned().collect(),
        })
    }

    fn is_for(&self, operation: &Operation<'_>) -> bool {
        let (asked, there) = (self.path.split('/'), operation.path.split('/'));
        let is_same = |(asked, there): (&str, &str)| {
            there == asked || there.starts_with('{') && !asked.is_empty()
        };
        self.method == operation.method
            && asked.clone().count() == there.clone().count()
            && asked.zip(there).all(is_same)
    }

    /// Whether it has a parameter, in its query or in its header.
    fn has(&self, parameter: &str) -> bool {
        let mut queried = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let mut headed = self.headers.iter().filter_map(|header| header.split_once(':'));
        queried.any(|(name, _)| name == parameter)
            || headed.any(|(name, _)| name.eq_ignore_ascii_case(parameter))
    }
}

/// What follows a flag, each time that it is there.
fn after<'w>(words: &'w [String], flag: &'w str) -> impl Iterator<Item = &'w String> {
    words.windows(2).filter(move |pair| pair[0] == flag).map(|pair| &pair[1])
}
