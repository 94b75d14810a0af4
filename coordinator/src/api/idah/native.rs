//! Exports of datasets that need no plugin: formats that are made here, offered as exporters are. Pure.

use proto::definition::Format;
use proto::fault::{Code, Fault};
use serde_json::{Value, json};

use super::choices::{Choices, Medias};
use super::labels::labels;
use super::permitted::Permitted;

/// A format, as it is offered.
#[derive(Debug)]
pub(super) struct Native {
    /// What clients call it.
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Of datasets of which modalities; of all where there are none.
    pub(super) modalities: &'static [&'static str],
    format: Format,
}

/// What is made of pictures alone.
const PICTURES: &[&str] = &["idah-image"];

/// All of them, in the order in which they are listed.
pub(super) static NATIVE: [Native; 8] = [
    Native {
        class: "Longshore::Json",
        name: "JSON",
        description: "Every entry with its annotations, in one JSON document",
        modalities: &[],
        format: Format::Json,
    },
    Native {
        class: "Longshore::Jsonl",
        name: "JSON Lines",
        description: "Every entry with its annotations, a line for each",
        modalities: &[],
        format: Format::Jsonl,
    },
    Native {
        class: "Longshore::Csv",
        name: "CSV",
        description: "A table with a row for each entry",
        modalities: &[],
        format: Format::Csv,
    },
    Native {
        class: "Longshore::Coco",
        name: "COCO",
        description: "Boxes and polygons of all pictures in one JSON document",
        modalities: PICTURES,
        format: Format::Coco,
    },
    Native {
        class: "Longshore::Yolo",
        name: "YOLO",
        description: "A text for each picture, and the names of the categories",
        modalities: PICTURES,
        format: Format::Yolo,
    },
    Native {
        class: "Longshore::Voc",
        name: "Pascal VOC",
        description: "An XML file for each picture",
        modalities: PICTURES,
        format: Format::Voc,
    },
    Native {
        class: "Longshore::Cvat",
        name: "CVAT for images",
        description: "All pictures in one XML document, CVAT 1.1",
        modalities: PICTURES,
        format: Format::Cvat,
    },
    Native {
        class: "Longshore::Upd",
        name: "UPD",
        description: "Every entry with its annotations and media, in one DuckDB file",
        modalities: &[],
        format: Format::Upd,
    },
];

/// Where the pictures go.
const IMAGES: &str = "images/";

impl Native {
    /// The outputs that make it of datasets of a source; annotations have their categories where `category` says.
    pub(super) fn outputs(
        &self,
        (source, category): (&str, &str),
        datasets: &[Permitted],
        choices: &Choices,
    ) -> Result<Vec<Value>, Fault> {
        let ids: Vec<&str> = datasets.iter().map(|dataset| dataset.id.as_str()).collect();
        let mut select = json!({ "where": { "dataset_id": ids } });
        if !choices.unfinished {
            select["where"]["status"] = json!("completed");
        }
        let mut categories = choices.categories.clone();
        if self.format == Format::Yolo && categories.is_empty() {
            categories = labels(datasets);
            if categories.is_empty() {
                let why = "YOLO numbers categories, and the datasets name none";
                let fault = Fault::new(Code::InvalidValue, why).at("/options/categories");
                return Err(fault.hint("name them in the order of their numbers"));
            }
        }
        let has_media = choices.medias != Medias::None;
        let mut dataset = json!({ "kind": "dimensions.type", "points": "dimensions.points", "category": category });
        if has_media {
            dataset["folder"] = json!(IMAGES);
        }
        if !categories.is_empty() {
            dataset["categories"] = json!(categories);
        }
        let output = |to: &str| {
            let mut output =
                json!({"to": to, "from": source, "format": self.format.as_str(), "select": select});
            if self.format.is_dataset() {
                output["options"] = json!({ "dataset": dataset });
            }
            if self.format == Format::Upd {
                output["options"] = json!({ "medias": choices.medias.as_str() });
            }
            output
        };
        let per_record = |to: &str| {
            let mut output = output(to);
            output["per"] = json!("record");
            output
        };
        let mut outputs = match self.format {
            Format::Yolo => {
                // What the numbers stand for has nothing of any record.
                let mut names = output("data.yaml");
                if let Some(names) = names.as_object_mut() {
                    names.remove("select");
                }
                vec![per_record("labels/{_stem}.txt"), names]
            }
            Format::Voc => vec![per_record("annotations/{_stem}.xml")],
            Format::Cvat => vec![output("annotations.xml")],
            Format::Upd => vec![output("datasets.upd")],
            Format::Coco => vec![output("coco.json")],
            Format::Csv
            | Format::Json
            | Format::Jsonl
            | Format::Xml
            | Format::Xlsx
            | Format::Parquet
            | Format::Fasta => vec![output(&format!("entries.{}", self.format.as_str()))],
        };
        // A file of UPD has them in it.
        if has_media && self.format != Format::Upd {
            let field = if choices.medias == Medias::All { "files" } else { "file" };
            let assets = match choices.medias {
                // The picture is called in the folder as the formats call it.
                Medias::None | Medias::Original => json!({ "field": field, "filename": "name" }),
                Medias::All => json!({ "field": field, "name": "{_asset.original_filename}" }),
            };
            outputs.push(json!({"to": IMAGES, "from": source, "select": select, "assets": assets}));
        }
        Ok(outputs)
    }
}

/// Most datasets that have folders of their own: a definition has at most 1,000 outputs.
const MOST_APART: usize = 300;

impl Native {
    /// The outputs that make it of datasets. Pictures of several datasets often have the same names, which formats tell
    /// them apart by: then each dataset has a folder of its own.
    pub(super) fn all_outputs(
        &self,
        places: (&str, &str),
        datasets: &[Permitted],
        choices: &Choices,
    ) -> Result<Vec<Value>, Fault> {
        if !self.format.is_dataset() || !(2..=MOST_APART).contains(&datasets.len()) {
            return self.outputs(places, datasets, choices);
        }
        let mut choices = choices.clone();
        if self.format == Format::Yolo && choices.categories.is_empty() {
            // A number means the same in all folders.
            choices.categories = labels(datasets);
        }
        let mut all = Vec::new();
        for dataset in datasets {
            for mut output in self.outputs(places, std::slice::from_ref(dataset), &choices)? {
                let to = output["to"].as_str().unwrap_or_default();
                output["to"] = json!(format!("{}/{to}", dataset.id));
                all.push(output);
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(class: &str) -> &'static Native {
        NATIVE.iter().find(|native| native.class == class).unwrap()
    }

    fn dataset(record: Value) -> Permitted {
        Permitted { id: "d1".to_owned(), record }
    }

    fn choices(options: &Value) -> Choices {
        Choices::read(options.as_object().unwrap()).unwrap()
    }

    #[test]
    fn options_choose_media_and_entries() {
        let places = ("labels", "category");
        let of_one = |options| {
            of("Longshore::Coco").outputs(places, &[dataset(json!({}))], &choices(&options))
        };
        let usual = of_one(json!({})).unwrap();
        assert_eq!(
            usual[0]["select"]["where"],
            json!({"dataset_id": ["d1"], "status": "completed"})
        );
        assert_eq!(usual[0]["options"]["dataset"]["folder"], "images/");
        assert_eq!(usual[1]["assets"], json!({"field": "file", "filename": "name"}));
        let bare = of_one(json!({"include_medias": "none", "completed_entries": false})).unwrap();
        assert_eq!(
            (bare.len(), &bare[0]["select"]),
            (1, &json!({"where": {"dataset_id": ["d1"]}}))
        );
        assert!(bare[0]["options"]["dataset"].get("folder").is_none());
        let all = of_one(json!({"include_medias": "all"})).unwrap();
        assert_eq!(
            all[1]["assets"],
            json!({"field": "files", "name": "{_asset.original_filename}"})
        );
    }

    #[test]
    fn upd_has_its_media_in_it() {
        let choices = choices(&json!({"include_medias": "all"}));
        let upd = of("Longshore::Upd").outputs(("s", "category"), &[dataset(json!({}))], &choices);
        let upd = upd.unwrap();
        assert_eq!((upd.len(), &upd[0]["options"]), (1, &json!({"medias": "all"})));
    }

    #[test]
    fn yolo_takes_the_categories_of_its_datasets_unless_they_are_named() {
        let labelled = dataset(json!({"labeling_configuration": {
            "idah-image:bounding-box": {"values": [{"id": "vehicle", "children": [{"id": "car"}]}, {"id": "tree"}]},
            "idah-image:polygon": {"values": [{"id": "car"}, {"id": "road"}]}}}));
        let datasets = [labelled];
        let made = |datasets: &[Permitted], options: &Value| {
            let made =
                of("Longshore::Yolo").outputs(("s", "category"), datasets, &choices(options));
            made.map(|outputs| outputs[1]["options"]["dataset"]["categories"].clone())
        };
        assert_eq!(made(&datasets, &json!({})).unwrap(), json!(["vehicle", "car", "tree", "road"]));
        assert_eq!(made(&datasets, &json!({"categories": ["a"]})).unwrap(), json!(["a"]));
        let fault = made(&[dataset(json!({}))], &json!({})).unwrap_err();
        assert_eq!(fault.place.as_deref(), Some("/options/categories"));
    }

    #[test]
    fn pictures_of_several_datasets_are_in_folders_of_their_own() {
        let of_id = |id: &str, label: &str| Permitted {
            id: id.to_owned(),
            record: json!({"labeling_configuration": {"box": {"values": [{"id": label}]}}}),
        };
        let datasets = [of_id("a", "boat"), of_id("b", "crane")];
        let made = |class: &str| {
            of(class).all_outputs(("s", "category"), &datasets, &Choices::default()).unwrap()
        };
        let yolo = made("Longshore::Yolo");
        let to: Vec<&str> = yolo.iter().filter_map(|output| output["to"].as_str()).collect();
        let folder = ["labels/{_stem}.txt", "data.yaml", "images/"];
        let expected = ["a", "b"].map(|id| folder.map(|to| format!("{id}/{to}"))).concat();
        assert_eq!(to, expected);
        for names in [&yolo[1], &yolo[4]] {
            assert_eq!(names["options"]["dataset"]["categories"], json!(["boat", "crane"]));
        }
        assert_eq!(yolo[3]["select"]["where"]["dataset_id"], json!(["b"]));
        assert_eq!(made("Longshore::Jsonl")[0]["to"], "entries.jsonl");
    }
}
