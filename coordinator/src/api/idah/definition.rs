//! The definition of what is asked for. Pure.

use proto::definition::Definition;
use proto::fault::Fault;
use serde_json::{Value, json};

use super::Settings;
use super::choices::Choices;
use super::exporters::Chosen;
use super::permitted::Permitted;
use super::wanted::Wanted;

impl Settings {
    /// The definition of an exporter's work on datasets, or what is wrong with what it is told.
    pub(super) fn definition(
        &self,
        chosen: Chosen<'_>,
        datasets: &[Permitted],
        wanted: &Wanted,
    ) -> Result<Definition, Vec<Fault>> {
        let document = match chosen {
            Chosen::Plugin(exporter) => {
                let ids: Vec<&str> = datasets.iter().map(|dataset| dataset.id.as_str()).collect();
                let output = json!({
                    "to": exporter.to,
                    "from": self.source,
                    "plugin": exporter.plugin,
                    "datasets": ids,
                    "options": wanted.options,
                });
                document(&exporter.name, &[output], "fail")
            }
            Chosen::Native(native) => {
                let choices = Choices::read(&wanted.options)?;
                let places = (self.source.as_str(), self.category.as_str());
                let outputs = native.all_outputs(places, datasets, &choices);
                // What is missing is named in the result, which is there all the same.
                document(native.name, &outputs.map_err(|fault| vec![fault])?, "warn")
            }
        };
        Definition::parse(&document.to_string())
    }
}

fn document(name: &str, outputs: &[Value], on_error: &str) -> Value {
    let transport = json!({"type": "download", "packer": "zip"});
    json!({"name": name, "outputs": outputs, "on_error": on_error, "transports": [transport]})
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::super::native::NATIVE;
    use super::*;

    #[test]
    fn every_format_that_is_offered_has_a_definition() {
        let settings = Settings {
            source: "labels".to_owned(),
            exporters: Vec::new(),
            plugins: true,
            native: true,
            category: "category".to_owned(),
        };
        let record = json!({"labeling_configuration": {"box": {"values": [{"id": "car"}]}}});
        let datasets = [Permitted { id: "d1".to_owned(), record }];
        for native in &NATIVE {
            for medias in ["none", "original", "all"] {
                let wanted = Wanted {
                    project_id: None,
                    dataset_ids: vec!["d1".to_owned()],
                    exporter: native.class.to_owned(),
                    options: Map::from_iter([("include_medias".to_owned(), json!(medias))]),
                };
                let chosen = settings.chosen(&[], native.class).unwrap();
                let made = settings.definition(chosen, &datasets, &wanted);
                assert!(made.is_ok(), "{}: {made:?}", native.class);
            }
        }
    }
}
