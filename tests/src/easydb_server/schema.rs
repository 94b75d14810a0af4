//! What the server tells of itself: its name, languages, tables, masks, names and tags.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{Shared, user};

/// `GET /api/v1/settings`.
pub(super) async fn settings(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let about = &shared.about;
    if shared.is_fylr {
        return Json(super::fylr::settings(about));
    }
    Json(json!({
        "name": about["name"], "db-name": "easydb-test", "server_version": 5, "api": "v1",
        "base-schema": about["base_schema"], "user-schema": about["user_schema"],
        "external_eas_url": format!("{}/eas", shared.url),
    }))
}

/// `GET /api/v1/config`.
pub(super) async fn config(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, base)
}

/// The configuration that every session sees.
pub(super) fn base(shared: &Shared) -> Value {
    let all = shared.about["all_languages"].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = all.into_iter().map(|language| json!({"value": language})).collect();
    json!({"system": {"config": {
        "name": {"name": shared.about["name"]},
        "languages": {"database": all, "frontend": shared.about["languages"]},
    }}})
}

/// `GET /api/v1/tags`: two groups of them.
pub(super) async fn tags(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let tags = shared.about["tags"].as_object().into_iter().flatten();
        let groups = tags.map(|(id, name)| {
            let id: u64 = id.parse().unwrap_or_default();
            let reference = &shared.about["tag_references"][id.to_string()];
            let tag = json!({"_id": id, "displayname": name, "reference": reference});
            let tag = json!({"_basetype": "tag", "tag": tag});
            json!({"_basetype": "taggroup", "taggroup": {"_id": id}, "_tags": [tag]})
        });
        groups.collect()
    })
}

/// `GET /api/v1/objecttype`: each with the templates of its files' names.
pub(super) async fn object_types(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let types = shared.about["types"].as_object().into_iter().flatten().enumerate();
        let told = types.map(|(id, (name, kind))| {
            let mapping = &shared.about["image_mappings"]["types"][name];
            json!({"_basetype": "objecttype",
                "objecttype": {"_id": id, "_version": 1, "name": name, "mapping_image_export": mapping},
                "_export_asset_filenames": kind["filenames"]})
        });
        told.collect()
    })
}

/// `GET /api/v1/pool`: those that have a mapping for the texts in pictures, below one that has none.
pub(super) async fn pools(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let root = json!({"_basetype": "pool", "pool": {"_id": 1, "_id_parent": null}});
        let pools = shared.about["image_mappings"]["pools"].as_object().into_iter().flatten();
        let told = pools.map(|(id, mapping)| {
            let id: u64 = id.parse().unwrap_or_default();
            let pool = json!({"_id": id, "_id_parent": 1, "mapping_image_export": mapping});
            json!({"_basetype": "pool", "pool": pool})
        });
        std::iter::once(root).chain(told).collect()
    })
}

/// `GET /api/v1/user`: everybody, on one page.
pub(super) async fn users(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let users = shared.about["users"].as_object().into_iter().flatten();
        let told = users.map(|(id, name)| {
            let id: u64 = id.parse().unwrap_or_default();
            json!({"_basetype": "user", "user": {"_id": id, "_generated_displayname": name}})
        });
        told.collect()
    })
}

/// `GET /api/v1/l10n/user/CURRENT`: the names of tables and columns.
pub(super) async fn names(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let mut names = Map::new();
        for table in tables(&shared.about) {
            names.insert(format!("schema.user.table.{}", table.name), table.display.clone());
            for column in &table.columns {
                let name = column["name"].as_str().unwrap_or_default();
                let display = column["display"].clone();
                names.insert(format!("schema.user.column.{}.{name}", table.name), display);
            }
        }
        Value::Object(names)
    })
}

/// `GET /api/v1/schema/user/CURRENT`.
pub(super) async fn schema(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let tables = tables(&shared.about);
        let id =
            |name: &str| tables.iter().position(|table| table.name == name).unwrap_or_default();
        let told = tables.iter().map(|table| {
            // By name here and by the mask there, as they were made and as they are shown.
            let mut columns: Vec<&Value> = table.columns.iter().collect();
            columns.sort_by_key(|column| column["name"].to_string());
            let columns: Vec<Value> = columns
                .into_iter()
                .filter_map(|column| {
                    let name = column["name"].as_str()?;
                    let kind = column["type"].as_str()?;
                    let link = |other: &str| json!({"kind": "link", "other_table_id": id(other)});
                    match kind {
                        "nested" => Some(link(name.strip_prefix("_nested:")?)),
                        "reverse_nested" => Some(json!({"kind": "reverse_link",
                            "other_table_id": id(column["from"].as_str()?)})),
                        "link" => Some(json!({"kind": "column", "name": name, "type": "link",
                            "_foreign_key": {"referenced_table": {"table_id": id(column["to"].as_str()?)}}})),
                        _ => Some(json!({"kind": "column", "name": name, "type": typed(column)})),
                    }
                })
                .collect();
            let keys: Vec<Value> = table.columns.iter().filter(|column| column["type"] == "link").map(|column| {
                json!({"columns": [{"column_name_hint": column["name"]}],
                    "referenced_table": {"table_id": id(column["to"].as_str().unwrap_or_default())}})
            }).collect();
            json!({"table_id": id(&table.name), "name": table.name, "columns": columns,
                "in_main_search": table.in_main_search, "foreign_keys": keys, "owned_by": table.owner.as_deref().map(|owner| json!({"other_table_id": id(owner)}))})
        });
        let told: Vec<Value> = told.collect();
        json!({"type": "user", "version": shared.about["user_schema"],
            "based_on_base_version": shared.about["base_schema"], "tables": told})
    })
}

/// `GET /api/v1/mask/CURRENT`.
pub(super) async fn masks(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    signed_in(&shared, &uri, &headers, |shared| {
        let tables = tables(&shared.about);
        let masks = tables.iter().enumerate().filter(|(_, table)| table.owner.is_none()).map(
            |(id, table)| {
                json!({"mask_id": id, "name": format!("{}__all_fields", table.name), "table_id": id,
                "table_name_hint": table.name, "is_preferred": true,
                "fields": fields(&tables, &table.columns)})
            },
        );
        let masks: Vec<Value> = masks.collect();
        json!({"version": 7, "masks": masks})
    })
}

fn fields(tables: &[Table], columns: &[Value]) -> Vec<Value> {
    let id = |name: &str| tables.iter().position(|table| table.name == name).unwrap_or_default();
    let field = |column: &Value| {
        let name = column["name"].as_str().unwrap_or_default();
        let within = || fields(tables, column["columns"].as_array().map_or(&[][..], Vec::as_slice));
        match column["type"].as_str() {
            Some("nested") => {
                let table = name.trim_start_matches("_nested:");
                json!({"kind": "linked-table", "other_table_id": id(table),
                    "other_table_name_hint": table, "mask": {"fields": within()}})
            }
            Some("reverse_nested") => json!({"kind": "reverse-linked-table",
                "other_table_id": id(column["from"].as_str().unwrap_or_default()),
                "other_table_name_hint": column["from"],
                "other_column_name_hint": name.rsplit(':').next(), "mask": {"fields": within()}}),
            Some("link") => json!({"kind": "link", "column_name_hint": name,
                "other_table_name_hint": column["to"], "mask_id": "PREFERRED"}),
            _ => json!({"kind": "field", "column_name_hint": name}),
        }
    };
    let mut told = vec![json!({"kind": "splitter", "type": "panel-begin"})];
    told.extend(columns.iter().map(field));
    told
}

/// A table: an object type, or the rows of one.
struct Table {
    name: String,
    display: Value,
    in_main_search: bool,
    columns: Vec<Value>,
    owner: Option<String>,
}

/// All tables, those of rows after the object types.
fn tables(about: &Value) -> Vec<Table> {
    let mut tables = Vec::new();
    for (name, kind) in about["types"].as_object().into_iter().flatten() {
        let columns = kind["columns"].as_array().cloned().unwrap_or_default();
        tables.push(Table {
            name: name.clone(),
            display: kind["display"].clone(),
            in_main_search: kind["in_main_search"].as_bool().unwrap_or_default(),
            columns,
            owner: None,
        });
    }
    let mut at = 0;
    while at < tables.len() {
        let owner = tables[at].name.clone();
        let nested = tables[at].columns.iter().filter(|column| column["type"] == "nested");
        let rows = nested.map(|column| Table {
            name: column["name"]
                .as_str()
                .unwrap_or_default()
                .trim_start_matches("_nested:")
                .to_owned(),
            display: column["display"].clone(),
            in_main_search: false,
            columns: column["columns"].as_array().cloned().unwrap_or_default(),
            owner: Some(owner.clone()),
        });
        let rows: Vec<Table> = rows.collect();
        tables.extend(rows);
        at += 1;
    }
    tables
}

/// A column's type as the schema calls it.
fn typed(column: &Value) -> Value {
    match column["type"].as_str().unwrap_or_default() {
        "number" => json!("integer"),
        "integer.2" => json!("decimal.2"),
        "daterange" => json!("date_range"),
        "datetime" => json!("date_time"),
        "custom" => column["kind"].clone(),
        other => json!(other),
    }
}

fn signed_in(
    shared: &Shared,
    uri: &Uri,
    headers: &HeaderMap,
    told: impl Fn(&Shared) -> Value,
) -> Response {
    match user(shared, uri.query(), headers) {
        Ok(_) => Json(told(shared)).into_response(),
        Err(response) => *response,
    }
}
