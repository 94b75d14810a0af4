//! Formats: how an output's records are written.
//!
//! A new format is a variant here; the compiler then names every place that must know it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values as in RFC 4180, UTF-8, CRLF.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object on each line.
    Jsonl,
    /// Generic XML: `<records><record><field>…`.
    Xml,
    /// An XLSX workbook.
    Xlsx,
    /// A Parquet file.
    Parquet,
    /// FASTA: a comment and a sequence for each record.
    Fasta,
    /// COCO: pictures and the shapes on them, in one JSON document.
    Coco,
    /// YOLO: a text with the shapes of each picture, and one with the names of the categories.
    Yolo,
    /// Pascal VOC: an XML file for each picture.
    Voc,
    /// CVAT XML 1.1 for pictures.
    Cvat,
    /// UPD: datasets with all that belongs to them, in one DuckDB file.
    Upd,
}

impl Format {
    /// The format as definitions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Xml => "xml",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
            Self::Fasta => "fasta",
            Self::Coco => "coco",
            Self::Yolo => "yolo",
            Self::Voc => "voc",
            Self::Cvat => "cvat",
            Self::Upd => "upd",
        }
    }

    /// Whether it has columns, the same for all records.
    pub fn is_table(self) -> bool {
        match self {
            Self::Csv | Self::Xlsx | Self::Parquet => true,
            Self::Json | Self::Jsonl | Self::Xml | Self::Fasta => false,
            Self::Coco | Self::Yolo | Self::Voc | Self::Cvat | Self::Upd => false,
        }
    }

    /// Whether records are pictures with shapes on them.
    pub fn is_dataset(self) -> bool {
        match self {
            Self::Coco | Self::Yolo | Self::Voc | Self::Cvat => true,
            Self::Csv
            | Self::Json
            | Self::Jsonl
            | Self::Xml
            | Self::Xlsx
            | Self::Parquet
            | Self::Fasta
            | Self::Upd => false,
        }
    }

    /// Whether a file is always made in one piece; see [`super::Output::is_whole`].
    pub fn is_whole(self) -> bool {
        match self {
            Self::Xlsx | Self::Parquet | Self::Coco | Self::Cvat | Self::Upd => true,
            Self::Csv | Self::Json | Self::Jsonl | Self::Xml | Self::Fasta => false,
            Self::Yolo | Self::Voc => false,
        }
    }
}
