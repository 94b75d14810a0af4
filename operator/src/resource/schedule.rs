//! `ExportSchedule`: a definition whose runs start by themselves.

use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::schema::{any_object, plain};
use super::{Change, ConfigMapKey, Kind, OnDelete, Origin, Rhythm, Status};

/// What is exported, and when.
#[expect(clippy::duplicated_attributes, reason = "columns are alike")]
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "longshore.dev",
    version = "v1alpha1",
    kind = "ExportSchedule",
    namespaced,
    status = "Status",
    derive = "PartialEq",
    category = "longshore",
    doc = "An export by Longshore whose runs start by themselves.",
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Run", type_ = "integer", json_path = ".status.run.number"),
    printcolumn(name = "Next", type_ = "string", json_path = ".status.next"),
    printcolumn(name = "Suspended", type_ = "boolean", json_path = ".spec.suspend"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ExportScheduleSpec {
    /// When runs start, as `schedules` of a definition.
    #[schemars(schema_with = "schedules")]
    pub schedules: Vec<Value>,
    /// Whether the schedules rest.
    #[serde(default)]
    pub suspend: bool,
    /// The definition, without schedules. The cluster keeps no order of keys; where that matters, take a ConfigMap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub definition: Option<Map<String, Value>>,
    /// Where the definition is, instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<ConfigMapKey>")]
    pub definition_from: Option<ConfigMapKey>,
    /// What becomes of the export when this is deleted: its run is stopped and its schedules rest (Stop), it is
    /// deleted with everything it made (Delete), or it goes on (Keep).
    #[serde(default)]
    pub on_delete: OnDelete,
}

impl Kind for ExportSchedule {
    const CHANGE: Change = Change::Applied;

    fn origin(&self) -> Origin<'_> {
        Origin::of(self.spec.definition.as_ref(), self.spec.definition_from.as_ref())
    }

    fn rhythm(&self) -> Option<Rhythm<'_>> {
        Some(Rhythm { schedules: &self.spec.schedules, suspend: self.spec.suspend })
    }

    fn on_delete(&self) -> OnDelete {
        self.spec.on_delete
    }

    fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    fn with_status(self, status: Status) -> Self {
        Self { status: Some(status), ..self }
    }
}

fn schedules(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": 100,
        "items": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
    })
}
