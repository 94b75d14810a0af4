//! The request to an export service: what its engine does for a template.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MAX_PATH_LEN;
use super::file_name::file_name;
use super::reference::Reference;
use super::template::{Output, Template};

/// The APIs of ERMrest that know a limit.
const LIMITED: [&str; 4] = ["entity/", "attribute/", "attributegroup/", "aggregate/"];

/// What an export service is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The bag. Clients send it for single files as well.
    pub bag: BagOptions,
    /// What is queried, and where.
    pub catalog: QueriedCatalogue,
    /// What is made of the outputs before they are packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform_processors: Option<Value>,
    /// What happens to the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_processors: Option<Value>,
    /// Whether everybody may have the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<Value>,
}

/// How a bag is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BagOptions {
    /// The name of the archive and of the folder in it.
    #[serde(rename = "bag_name")]
    pub name: String,
    /// The checksums of its files.
    #[serde(rename = "bag_algorithms")]
    pub algorithms: Vec<String>,
    /// The kind of the archive.
    #[serde(rename = "bag_archiver")]
    pub archiver: String,
    /// What is written into `bag-info.txt`.
    #[serde(rename = "bag_metadata")]
    pub metadata: Map<String, Value>,
    /// Whether the same rows make the same bytes.
    #[serde(rename = "bag_idempotent", default, skip_serializing_if = "Option::is_none")]
    pub idempotent: Option<Value>,
}

/// A catalogue, and what is queried of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueriedCatalogue {
    /// The server, such as `https://example.org`.
    pub host: String,
    /// The catalogue, with `@` and a snapshot behind it where not the latest state is meant.
    pub catalog_id: String,
    /// The queries, in their order.
    pub query_processors: Vec<QueryProcessor>,
}

/// A query, and what is made of its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryProcessor {
    /// What is made, such as `csv` or `fetch`.
    pub processor: String,
    /// The class of a processor that is not among the usual ones.
    #[serde(rename = "processor_type", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// `query_path`, `output_path` and what else the processor takes.
    #[serde(rename = "processor_params")]
    pub params: Map<String, Value>,
}

/// A request, and what is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Requested {
    /// The request.
    pub request: Request,
    /// Outputs of the template that cannot be asked for.
    pub left_out: Vec<LeftOut>,
}

/// An output whose query is longer than [`MAX_PATH_LEN`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which of the template's outputs, the first being 0.
    pub index: usize,
    /// How long the query would be, in characters.
    pub len: usize,
}

/// The request that clients send for a template. `bag_name` is the table's name, with what tells its row from
/// others behind it where only one is meant: `subject` or `subject_1-X4`.
pub fn requested(template: &Template, reference: &Reference<'_>, bag_name: &str) -> Requested {
    let (mut query_processors, mut left_out) = (Vec::new(), Vec::new());
    let table_name = file_name(&reference.table.display_name());
    for (index, output) in template.outputs.iter().enumerate() {
        let query = query(output, reference.root_path);
        let len = query.encode_utf16().count();
        if len > MAX_PATH_LEN {
            left_out.push(LeftOut { index, len });
        } else {
            query_processors.push(processor(output, query, &table_name));
        }
    }
    let bag = BagOptions {
        name: bag_name.to_owned(),
        algorithms: vec!["md5".to_owned()],
        archiver: template.bag_archiver.clone().unwrap_or_else(|| "zip".to_owned()),
        metadata: Map::new(),
        idempotent: template.bag_idempotent.clone(),
    };
    let catalog = QueriedCatalogue {
        host: reference.host().to_owned(),
        catalog_id: reference.catalogue_id.to_owned(),
        query_processors,
    };
    let request = Request {
        bag,
        catalog,
        transform_processors: template.transforms.clone(),
        post_processors: template.postprocessors.clone(),
        public: template.public.clone(),
    };
    Requested { request, left_out }
}

/// The API, the path of the rows and the output's own path.
fn query(output: &Output, root_path: &str) -> String {
    let source = &output.source;
    let root_path = if source.skip_root_path == Some(true) { "" } else { root_path };
    let own_path = source.path.as_deref().unwrap_or_default().trim_matches('/');
    let parts = [source.api.name(), root_path, own_path];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn processor(output: &Output, mut query: String, table_name: &str) -> QueryProcessor {
    let (source, destination) = (&output.source, &output.destination);
    let is_limited = LIMITED.iter().any(|api| query.starts_with(api));
    if is_limited && source.skip_limit != Some(true) && !has_limit(&query) {
        query.push(if query.contains('?') { '&' } else { '?' });
        query.push_str("limit=none");
    }
    let name = destination.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(table_name);
    let mut params = Map::new();
    params.insert("query_path".to_owned(), Value::from(format!("/{query}")));
    params.insert("output_path".to_owned(), Value::from(name));
    params.extend(destination.params.clone().into_iter().flatten());
    let named = Some(&destination.processor).filter(|processor| !processor.is_empty());
    QueryProcessor {
        processor: named.map_or_else(|| "csv".to_owned(), Clone::clone),
        class: destination.implementation.clone(),
        params,
    }
}

/// Whether a query has a limit among its parameters. What stands before it has to be parameters as well.
fn has_limit(query: &str) -> bool {
    query.match_indices('?').any(|(place, _)| {
        let mut parameters = query[place + 1..].split('&');
        parameters
            .find(|parameter| parameter.starts_with("limit=") || !parameter.contains('='))
            .is_some_and(|parameter| parameter.starts_with("limit="))
    })
}
