//! Whether an object is written as JSON, where rules for single files have a say in it.

use proto::definition::EasRule;

use super::json::Json;
use super::scene::Scene;

/// Whether rules for single files want the object as JSON, or not: any that wants it wins.
pub(super) fn json_rule(scene: &Scene, object: &Json<'_>) -> Option<bool> {
    let is_asked = |rule: &EasRule| matches!(rule, EasRule::Versions(rule) if rule.json.is_some());
    if !scene.easydb.assets.values().any(is_asked) {
        return None;
    }
    let mut ids = Vec::new();
    file_ids(object, &mut ids);
    let rules = ids.iter().filter_map(|id| match scene.easydb.assets.get(&id.to_string()) {
        Some(EasRule::Versions(rule)) => rule.json,
        Some(EasRule::Whether(_)) | None => None,
    });
    rules.reduce(|one, other| one || other)
}

fn file_ids(value: &Json<'_>, ids: &mut Vec<u64>) {
    if value.get("versions").is_some()
        && let Some(id) = value.get("_id").and_then(Json::number)
    {
        ids.push(id);
    }
    value.entries().iter().for_each(|(_, value)| file_ids(value, ids));
    value.items().iter().for_each(|value| file_ids(value, ids));
}
