//! `GET /exports/formats`: the exporters, of some modalities or of all.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::Door;
use super::exporters::Told;
use super::trouble::Trouble;

/// Lists the exporters.
pub(super) async fn list(
    State(door): State<Door>,
    parts: Parts,
) -> Result<Json<Vec<Value>>, Trouble> {
    door.caller(&parts).await?;
    let exporters = door.exporters().await;
    let offered = door.settings.offered(&exporters, &modalities(parts.uri.query()));
    Ok(Json(offered.iter().map(shape).collect()))
}

/// An exporter, as IDAH lists it; besides, what it takes, where it says so.
fn shape(told: &Told<'_>) -> Value {
    let mut shape =
        json!({"name": told.name, "description": told.description, "exporter": told.class});
    if !told.modalities.is_empty() {
        shape["modalities"] = json!(told.modalities);
    }
    if let Some(options) = told.options {
        shape["options"] = json!(options);
    }
    shape
}

/// The modalities that a query names.
fn modalities(query: Option<&str>) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let named = pairs.filter(|(key, _)| matches!(&**key, "modalities[]" | "modalities"));
    let texts = named.flat_map(|(_, texts)| {
        texts.split(',').map(|text| text.trim().to_owned()).collect::<Vec<_>>()
    });
    texts.filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn what_an_exporter_takes_is_told_where_it_says_so() {
        let options = Map::from_iter([("depth".to_owned(), json!({"type": "integer"}))]);
        let (name, description, class) = ("One", "All in one", "One::Export");
        let modalities = vec!["/video/"];
        let told = Told { name, description, class, modalities, options: Some(&options) };
        let expected = json!({"name": name, "description": description, "exporter": class,
            "modalities": ["/video/"], "options": {"depth": {"type": "integer"}}});
        assert_eq!(shape(&told), expected);
        let silent = Told { modalities: Vec::new(), options: None, ..told };
        let expected = json!({"name": name, "description": description, "exporter": class});
        assert_eq!(shape(&silent), expected);
    }

    #[test]
    fn modalities_are_named_one_by_one_or_in_a_list() {
        for (query, expected) in [
            ("", vec![]),
            ("modalities[]=", vec![]),
            ("modalities[]=a&modalities%5B%5D=b&other=c", vec!["a", "b"]),
            ("modalities=a,%20b", vec!["a", "b"]),
        ] {
            assert_eq!(modalities(Some(query)), expected, "{query}");
        }
    }
}
