//! The templates of a table, as programs are told of them.

use serde_json::{Value, json};

use super::{Template, Templates};

impl Templates {
    /// Those that can be used, and why the others cannot.
    pub fn listing(&self) -> Value {
        let valid = self.valid.iter().map(|template| {
            json!({
                "displayname": template.displayname,
                "type": template.kind,
                "outputs": template.outputs.len(),
            })
        });
        let dropped = self.dropped.iter().map(|dropped| {
            json!({
                "place": dropped.place,
                "displayname": dropped.displayname,
                "reason": dropped.flaw.to_string(),
                "hint": dropped.flaw.hint(),
            })
        });
        json!({"templates": valid.collect::<Vec<_>>(), "dropped": dropped.collect::<Vec<_>>()})
    }

    /// The one that is called so; of several the first.
    pub fn named(&self, displayname: &str) -> Option<&Template> {
        self.valid.iter().find(|template| template.displayname == displayname)
    }

    /// What those are called that can be used.
    pub fn names(&self) -> Vec<&str> {
        self.valid.iter().map(|template| template.displayname.as_str()).collect()
    }
}
