//! Everything that the clients derive from two catalogues is derived the same way.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::{Reference, Templates, Unannotated, requested};
use crate::deriva::schema::Catalogue;
use crate::percent::encoded;

/// What a client derives for a table on a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Recorded {
    uri: String,
    context: String,
    csv_download_link: Option<String>,
    templates: Vec<Derived>,
}

/// A template, and the request that the client sends for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Derived {
    displayname: String,
    #[serde(rename = "type")]
    kind: Value,
    template: Value,
    export_parameters: Value,
}

#[test]
fn every_recorded_template_request_and_link_is_derived() {
    let documents = [
        ("7", include_bytes!("recorded/catalogue-7.json").as_slice()),
        ("8", include_bytes!("recorded/catalogue-8.json").as_slice()),
    ];
    let catalogues: BTreeMap<_, _> =
        documents.map(|(id, document)| (id, Catalogue::read(document).unwrap())).into();
    let recorded: Vec<Recorded> =
        serde_json::from_slice(include_bytes!("recorded/requests.json")).unwrap();
    assert_eq!(recorded.len(), 76);
    assert_eq!(recorded.iter().map(|entry| entry.templates.len()).sum::<usize>(), 63);
    for entry in &recorded {
        let (service, rest) = entry.uri.split_once("/catalog/").unwrap();
        let (id, place) = rest.split_once("/entity/").unwrap();
        let (schema, table) = place.split_once(':').unwrap();
        check(entry, service, id, &catalogues[id], (schema, table));
    }
}

fn check(entry: &Recorded, service: &str, id: &str, catalogue: &Catalogue, place: (&str, &str)) {
    let table = catalogue.table(place.0, place.1).unwrap();
    let context = match entry.context.as_str() {
        "compactSelect" => "compact/select",
        context => context,
    };
    let root_path = table.root_path();
    let reference = Reference { service, catalogue_id: id, table, root_path: &root_path, context };
    let about = format!("{} in {}", entry.uri, entry.context);
    let templates = Templates::of(table, context, Unannotated::Bag);
    assert_eq!(link(&templates, &reference), entry.csv_download_link, "link of {about}");
    let derived: Vec<_> =
        templates.valid.iter().map(|one| serde_json::to_value(one).unwrap()).collect();
    let expected: Vec<_> = entry.templates.iter().map(|one| one.template.clone()).collect();
    assert_eq!(derived, expected, "templates of {about}");

    for (template, theirs) in templates.valid.iter().zip(&entry.templates) {
        assert_eq!(template.displayname, theirs.displayname);
        assert_eq!(serde_json::to_value(template.kind).unwrap(), theirs.kind);
        let ours = requested(template, &reference, place.1);
        assert!(ours.left_out.is_empty(), "{about}");
        let request = serde_json::to_value(&ours.request).unwrap();
        assert_eq!(request, theirs.export_parameters, "{} of {about}", theirs.displayname);
    }
}

/// The link by which a browser downloads the file of the rows from ERMrest itself.
fn link(templates: &Templates, reference: &Reference<'_>) -> Option<String> {
    let Reference { service, catalogue_id, table, root_path, .. } = *reference;
    let source = &templates.csv.as_ref()?.outputs[0].source;
    // Whole rows have no path of their own; the slash stays.
    let (api, path) = (source.api.name(), source.path.as_deref().unwrap_or_default());
    let name = encoded(&table.display_name());
    Some(format!(
        "{service}/catalog/{catalogue_id}/{api}/{root_path}/{path}\
         ?limit=none&accept=csv&uinit=1&cid=test&download={name}"
    ))
}
