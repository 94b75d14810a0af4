//! Which mappings a server has for the texts in pictures: its pools and object types say so
//! (`mapping_image_export`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::Server;
use crate::SourceError;
use crate::catalogue::ImageMappings;
use crate::http::refused;

/// Where it is said.
const KEY: &str = "mapping_image_export";

/// A pool that goes by the one above it.
const PARENT: &str = "parent";

/// A pool that leaves it to the object types.
const OBJECT_TYPE: &str = "objecttype";

/// Most pools that are looked at above one.
const MOST_LEVELS: usize = 100;

/// What a pool says itself, and the one above it.
struct Pool {
    said: Option<String>,
    above: Option<u64>,
}

impl Server {
    /// What pools and object types say, those that this user may see.
    pub(super) async fn mappings_of_images(&self) -> Result<ImageMappings, SourceError> {
        let types = of_types(&self.list("objecttype").await?);
        Ok(ImageMappings { types, pools: of_pools(&self.list("pool").await?) })
    }

    /// A list; null where the server has no such thing, or does not tell it this user.
    async fn list(&self, path: &str) -> Result<Value, SourceError> {
        let Some(answer) = self.session.find(path).await? else { return Ok(Value::Null) };
        serde_json::from_str(answer.body())
            .map_err(|error| refused(format!("{} is not as expected: {error}", answer.told())))
    }
}

/// What object types say, by their names.
fn of_types(told: &Value) -> BTreeMap<String, String> {
    let types = told.as_array().into_iter().flatten().map(|one| &one["objecttype"]);
    types.filter_map(|one| Some((one["name"].as_str()?.to_owned(), said(one)?))).collect()
}

/// What holds in pools, by their numbers; none of those that leave it to the object types.
fn of_pools(told: &Value) -> BTreeMap<u64, String> {
    let pools = told.as_array().into_iter().flatten().map(|one| &one["pool"]);
    let pools: BTreeMap<u64, Pool> = pools
        .filter_map(|pool| {
            let above = pool["_id_parent"].as_u64();
            Some((pool["_id"].as_u64()?, Pool { said: said(pool), above }))
        })
        .collect();
    pools.keys().filter_map(|id| Some((*id, in_pool(&pools, *id)?))).collect()
}

/// What holds in a pool: what it says itself, or what holds in the one above it.
fn in_pool(pools: &BTreeMap<u64, Pool>, id: u64) -> Option<String> {
    let mut id = id;
    for _ in 0..MOST_LEVELS {
        let Pool { said, above } = pools.get(&id)?;
        match said.as_deref() {
            Some(OBJECT_TYPE) => return None,
            Some(PARENT) | None => id = (*above)?,
            Some(said) => return Some(said.to_owned()),
        }
    }
    None
}

/// What is said, numbers as text; nothing where nothing is.
fn said(of: &Value) -> Option<String> {
    match &of[KEY] {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pool_goes_by_those_above_it_unless_it_says_something_itself() {
        let pool = |id: u64, above: Value, said: Value| json!({"pool": {"_id": id, "_id_parent": above, KEY: said}});
        let told = json!([
            pool(1, json!(null), json!("none")),
            pool(2, json!(1), json!(12)),
            pool(3, json!(2), json!("parent")),
            pool(4, json!(3), json!(null)),
            pool(5, json!(2), json!("objecttype")),
            pool(6, json!(5), json!("parent")),
            pool(7, json!(99), json!("")),
            pool(8, json!(9), json!("parent")),
            pool(9, json!(8), json!("parent")),
        ]);
        let expected =
            [(1, "none"), (2, "12"), (3, "12"), (4, "12")].map(|(id, said)| (id, said.to_owned()));
        assert_eq!(of_pools(&told), BTreeMap::from(expected));
        assert_eq!(of_pools(&Value::Null), BTreeMap::new());
    }

    #[test]
    fn object_types_say_it_by_their_names() {
        let told = json!([{"objecttype": {"name": "bild", KEY: 12}},
            {"objecttype": {"name": "ort", KEY: null}}, {"objecttype": {"name": "werk", KEY: "none"}}]);
        let expected = [("bild", "12"), ("werk", "none")];
        let expected = expected.map(|(name, said)| (name.to_owned(), said.to_owned()));
        assert_eq!(of_types(&told), BTreeMap::from(expected));
    }
}
