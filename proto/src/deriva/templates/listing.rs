//! The templates of a table, as programs are told of them.

use serde_json::{Value, json};

use super::{Template, Templates};

impl Templates {
    /// Those that can be used, and why the others cannot.
    pub fn listing(&self) -> Value {
        let usable = self.usable().map(|template| {
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
        json!({"templates": usable.collect::<Vec<_>>(), "dropped": dropped.collect::<Vec<_>>()})
    }

    /// Those that can be used, the file of the rows being the last.
    pub fn usable(&self) -> impl Iterator<Item = &Template> {
        self.valid.iter().chain(&self.csv)
    }

    /// The one that is called so; of several the first.
    pub fn named(&self, displayname: &str) -> Option<&Template> {
        self.usable().find(|template| template.displayname == displayname)
    }

    /// What those are called that can be used.
    pub fn names(&self) -> Vec<&str> {
        self.usable().map(|template| template.displayname.as_str()).collect()
    }
}
