//! The objects above one in its hierarchy.

use super::json::Json;

/// The objects above one, the uppermost first, and itself last.
pub(super) fn lineage<'o>(object: &'o Json<'o>) -> Vec<&'o Json<'o>> {
    let above = object.get("_path").map(Json::items).unwrap_or_default();
    let is_self = |one: &&Json<'_>| one.id().is_some() && one.id() == object.id();
    let mut path: Vec<&Json<'_>> = above.iter().filter(|one| !is_self(one)).collect();
    path.push(object);
    path
}
