//! `Export`: one run of a definition, at once.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::schema::{any_object, plain};
use super::{Change, ConfigMapKey, Kind, OnDelete, Origin, Rhythm, Status};

/// What is exported, once.
#[expect(clippy::duplicated_attributes, reason = "columns are alike")]
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "longshore.dev",
    version = "v1alpha1",
    kind = "Export",
    namespaced,
    status = "Status",
    derive = "PartialEq",
    category = "longshore",
    doc = "An export by Longshore: one run of a definition.",
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Records", type_ = "integer", json_path = ".status.run.finished.records"),
    printcolumn(name = "Bytes", type_ = "integer", json_path = ".status.run.finished.bytes"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ExportSpec {
    /// The definition, without schedules. The cluster keeps no order of keys; where that matters, take a ConfigMap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub definition: Option<Map<String, Value>>,
    /// Where the definition is, instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain::<ConfigMapKey>")]
    pub definition_from: Option<ConfigMapKey>,
    /// What becomes of the export when this is deleted: its run is stopped (Stop), it is deleted with everything it
    /// made (Delete), or it goes on (Keep).
    #[serde(default)]
    pub on_delete: OnDelete,
}

impl Kind for Export {
    const CHANGE: Change = Change::Ignored;

    fn origin(&self) -> Origin<'_> {
        Origin::of(self.spec.definition.as_ref(), self.spec.definition_from.as_ref())
    }

    fn rhythm(&self) -> Option<Rhythm<'_>> {
        None
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
