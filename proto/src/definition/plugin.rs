//! How an output with a plugin is written: its `options` are the plugin's own, and no details of a format.
//!
//! Which of the two they are is told by another key of the same output, so outputs are read and written
//! here, and not one value after another.

use schemars::Schema;
use serde_json::{Value, json};

use super::Output;

/// The key of the plugin's options beside those of a format; people never see it.
const OWN: &str = "plugin_options";

/// An output as people write it; nothing where its shape is wrong.
pub(super) fn written_output(written: &Value) -> Option<Output> {
    serde_json::from_value(kept(written.clone())).ok()
}

/// An output with the plugin's options under their own key.
fn kept(mut written: Value) -> Value {
    if let Some(keys) = written.as_object_mut()
        && keys.get("plugin").is_some_and(Value::is_string)
        && let Some(options) = keys.remove("options")
    {
        keys.insert(OWN.to_owned(), options);
    }
    written
}

/// An output as people write it.
fn shown(mut kept: Value) -> Value {
    if let Some(keys) = kept.as_object_mut()
        && let Some(options) = keys.remove(OWN)
    {
        keys.insert("options".to_owned(), options);
    }
    kept
}

/// Says in the schema of an output that `options` may be anything where there is a plugin.
pub(super) fn own_options(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(options) = properties.get_mut("options") else { return };
    let of_formats = options["$ref"].take();
    *options = json!({
        "description": "Details of the format; of a plugin, what it is told.",
        "type": "object",
    });
    schema.insert("if".to_owned(), json!({"required": ["plugin"]}));
    schema.insert("then".to_owned(), json!(true));
    schema.insert("else".to_owned(), json!({"properties": {"options": {"$ref": of_formats}}}));
}

/// Reads and writes outputs, for `#[serde(with)]`.
pub(super) mod outputs {
    use serde::de::Error as _;
    use serde::ser::{Error as _, SerializeSeq as _};
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    use super::{Output, kept, shown};

    pub(in crate::definition) fn serialize<S: Serializer>(
        outputs: &[Output],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_seq(Some(outputs.len()))?;
        for output in outputs {
            if output.plugin_options.is_empty() {
                all.serialize_element(output)?;
            } else {
                let kept = serde_json::to_value(output).map_err(S::Error::custom)?;
                all.serialize_element(&shown(kept))?;
            }
        }
        all.end()
    }

    pub(in crate::definition) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Output>, D::Error> {
        let written = Vec::<Value>::deserialize(deserializer)?.into_iter();
        let outputs = written.map(|output| serde_json::from_value(kept(output)));
        outputs.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Definition;
    use super::*;

    fn definition(output: &Value) -> String {
        json!({"name": "Labels", "outputs": [output]}).to_string()
    }

    #[test]
    fn options_are_the_plugins_own_and_come_back_as_they_were() {
        let output = json!({"to": "labels.json", "from": "labels", "plugin": "LabelJson::Export",
            "datasets": ["b", "a"], "options": {"sheet": 7, "api_key": "k", "bom": null}});
        let read = Definition::parse(&definition(&output)).unwrap();
        let only = &read.outputs[0];
        assert_eq!(only.plugin.as_deref(), Some("LabelJson::Export"));
        assert_eq!(Value::from(only.plugin_options.clone()), output["options"]);
        assert!(only.options.is_default());
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(written["outputs"][0], output);
        assert_eq!(serde_json::from_value::<Definition>(written).unwrap(), read);
    }

    #[test]
    fn options_of_a_format_are_as_strict_as_ever() {
        let output = json!({"to": "a.csv", "from": "s", "format": "csv", "options": {"sheep": 1}});
        let faults = Definition::parse(&definition(&output)).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some("/outputs/0/options/sheep"));
        let own = json!({"to": "a", "from": "s", "plugin": "p", "plugin_options": {"a": 1}});
        let faults = Definition::parse(&definition(&own)).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some("/outputs/0/plugin_options"));
    }
}
