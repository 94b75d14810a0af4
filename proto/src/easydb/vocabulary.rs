//! What documents may say by name: the keys at each place, and the words that some of them take.
//!
//! Whatever is read goes by these lists, so that nothing is read that is not in them; whoever wants to know whether
//! something holds for every key asks for all of them.

use super::{custom, export, files, tables};

/// Keys of `export`.
pub(super) const EXPORT: [&str; 32] = [
    "_id",
    "_version",
    "_user",
    "_owner",
    "user_id",
    "type",
    "name",
    "search",
    "fields",
    "eas_fields",
    "classes",
    "assets",
    "csv",
    "xlsx",
    "xml",
    "xml_one_file_per_object",
    "json",
    "json_one_file_per_object",
    "xslt_xml_post_processing",
    "mapping",
    "merge_linked_objects",
    "merge_max_depth",
    "all_languages",
    "batch_size",
    "filename_original",
    "filename_template",
    "produce_options",
    "flat",
    "include_parents",
    "file_url_expire_days",
    "file_metadata",
    "no_inheritance",
];

/// Keys of `csv`.
pub(super) const CSV: [&str; 9] = [
    "delimiter",
    "quote",
    "escape",
    "use_bom",
    "empty_columns",
    "hierarchy",
    "localized_column_names",
    "all_languages",
    "include_changelog",
];

/// Keys of `xlsx`.
pub(super) const XLSX: [&str; 4] =
    ["hierarchy", "localized_column_names", "include_changelog", "include_thumbnail"];

/// Keys of `include_changelog`.
pub(super) const CHANGELOG: [&str; 1] = ["with_user"];

/// Keys of a field in `fields`.
pub(super) const FIELD: [&str; 1] = ["display_name"];

/// Keys of a field in `eas_fields`.
pub(super) const EAS_FIELD: [&str; 4] = ["files", "data", "include_non_preferred", "display_name"];

/// Keys of what is told of a file.
pub(super) const DATA: [&str; 3] = ["type", "format", "version"];

/// Keys of a version that is made for the export, and what it is called by.
pub(super) const VERSION: [&str; 17] = [
    "type",
    "version",
    "metadata",
    "watermark",
    "format",
    "jpeg_quality",
    "quality",
    "colorspace",
    "colorprofile",
    "size",
    "custom_size",
    "custom_size_pixel",
    "custom_width_pixel",
    "custom_height_pixel",
    "transform",
    "dpi",
    "custom_version_preset",
];

/// Keys of `transform`, in the order in which those of one object are taken.
pub(super) const STEPS: [&str; 4] = ["rotate-z", "rotate-x", "rotate-y", "crop"];

/// Keys of a schedule, in the plural and in the singular.
pub(super) const SCHEDULE: [&str; 9] = [
    "weekdays",
    "weekday",
    "days_of_month",
    "day_of_month",
    "hours",
    "hour",
    "minutes",
    "minute",
    "timezone",
];

/// Everything that documents may say by name: a key with that of the map it is in (`csv.quote`), and a word with the
/// key that takes it (`type: download`).
pub fn vocabulary() -> Vec<String> {
    let mut known = Vec::from(EXPORT.map(str::to_owned));
    let keys: [(&str, &[&str]); 10] = [
        ("csv", &CSV),
        ("xlsx", &XLSX),
        ("include_changelog", &CHANGELOG),
        ("fields", &FIELD),
        ("eas_fields", &EAS_FIELD),
        ("data", &DATA),
        ("assets", &files::OF_RULES),
        ("version", &VERSION),
        ("transform", &STEPS),
        ("_schedules", &SCHEDULE),
    ];
    known.extend(
        keys.iter().flat_map(|(map, keys)| keys.iter().map(move |key| format!("{map}.{key}"))),
    );
    let words = [
        ("type", export::KINDS.map(|(word, _)| word).to_vec()),
        ("merge_linked_objects", export::MERGES.map(|(word, _)| word).to_vec()),
        ("hierarchy", tables::HIERARCHIES.map(|(word, _)| word).to_vec()),
        ("data.type", files::DATA_KINDS.map(|(word, _)| word).to_vec()),
        ("data.format", files::DATA_FORMATS.map(|(word, _)| word).to_vec()),
        ("version.type", files::VERSION_KINDS.to_vec()),
        ("metadata", custom::METADATA.map(|(word, _)| word).to_vec()),
        ("format", custom::FORMATS.map(|(word, _)| word).to_vec()),
        ("colorspace", custom::COLOURS.map(|(word, _)| word).to_vec()),
        ("jpeg_quality", custom::QUALITIES.map(|(word, _)| word).to_vec()),
        ("custom_size", custom::SIZES.to_vec()),
    ];
    for (key, words) in words {
        known.extend(words.into_iter().map(|word| format!("{key}: {word}")));
    }
    known
}
