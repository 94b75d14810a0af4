//! The kinds of records, and the fields that conditions may name.

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// A dataset.
    Dataset,
    /// An entry of a dataset.
    Entry,
    /// An annotation of an entry.
    Annotation,
    /// A media of an entry.
    Media,
}

impl RecordKind {
    /// What its records are called together.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Dataset => "datasets",
            Self::Entry => "entries",
            Self::Annotation => "annotations",
            Self::Media => "medias",
        }
    }

    /// Whether conditions may be about a field.
    pub(super) fn has(self, field: &str) -> bool {
        let fields: &[&str] = match self {
            Self::Dataset => &[
                "id",
                "project_id",
                "name",
                "labels",
                "modality",
                "labeling_configuration",
                "workflow_configuration",
                "status",
                "progress",
                "entries_total_count",
                "entries_completed_count",
                "entries_in_progress_count",
                "entries_submitted_count",
                "created_at",
                "updated_at",
            ],
            Self::Entry => &[
                "id",
                "project_id",
                "dataset_id",
                "name",
                "resource",
                "priority",
                "wf_step",
                "status",
                "job_id",
                "assigned_to_id",
                "assigned_to_email",
                "submitted_by_id",
                "submitted_by_email",
                "reviewed_by_id",
                "reviewed_by_email",
                "created_at",
                "updated_at",
            ],
            Self::Annotation => &[
                "id",
                "project_id",
                "dataset_id",
                "entry_id",
                "dimensions",
                "annotation",
                "metadata",
                "created_by_email",
                "created_at",
                "updated_at",
                "category",
                "properties",
                "deleted_at",
            ],
            Self::Media => &[
                "id",
                "resource",
                "key",
                "filename",
                "size",
                "mime_type",
                "meta",
                "public",
                "created_by",
                "created_role",
                "project_id",
                "created_at",
            ],
        };
        fields.contains(&field)
    }
}
