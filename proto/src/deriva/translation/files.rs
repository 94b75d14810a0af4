//! Files that rows refer to, as the assets of an output.

use serde_json::{Map, Value, json};

/// The folder of files that go to none.
pub(super) const TOP: &str = "/";

/// The name of a file where nothing else is said: its own.
const OWN_NAME: &str = "{_name}";

/// Columns that tell more of a file that stays where it is.
const TOLD: [&str; 5] = ["length", "md5", "sha1", "sha256", "sha512"];

/// The column that tells what it is, for lists alone.
const CONTENT_TYPE: &str = "content_type";

/// The files of rows with some columns.
pub(super) struct Files<'c> {
    columns: &'c [String],
    assets: Map<String, Value>,
}

impl<'c> Files<'c> {
    /// The column with the address.
    pub(super) const ADDRESS: &'static str = "url";

    /// Files by their addresses, called as the rows say where they do.
    pub(super) fn new(columns: &'c [String]) -> Self {
        let mut assets = Map::new();
        assets.insert("field".to_owned(), json!(Self::ADDRESS));
        let filename = "filename";
        if columns.iter().any(|column| column == filename) {
            assets.insert(filename.to_owned(), json!(filename));
        }
        Self { columns, assets }
    }

    /// The same, with names by a template.
    pub(super) fn named(mut self, template: &str) -> Self {
        if template != OWN_NAME {
            self.assets.insert("name".to_owned(), json!(template));
        }
        self
    }

    /// What is collected.
    pub(super) fn json(self) -> Value {
        Value::Object(self.assets)
    }

    /// What a bag refers to.
    pub(super) fn remote(self) -> Value {
        self.told(&TOLD)
    }

    /// What a list refers to.
    pub(super) fn listed(self) -> Value {
        self.told(&[&TOLD[..], &[CONTENT_TYPE]].concat())
    }

    /// With what the rows tell of the files; their servers are asked for the rest.
    fn told(mut self, keys: &[&str]) -> Value {
        let mut remote = Map::new();
        for &key in keys {
            if self.columns.iter().any(|column| column == key) {
                remote.insert(key.to_owned(), json!(key));
            }
        }
        remote.insert("ask".to_owned(), json!(true));
        self.assets.insert("remote".to_owned(), Value::Object(remote));
        self.json()
    }
}

/// The folder that all files of a name template are in, and the template below it.
pub(super) fn parted(template: &str) -> (String, String) {
    let plain = &template[..first_field(template)];
    let (folder, name) = match plain.rfind('/') {
        Some(slash) => template.split_at(slash + 1),
        None => (TOP, template),
    };
    (folder.replace("{{", "{").replace("}}", "}"), name.to_owned())
}

/// Where the first field begins; the end where there is none.
fn first_field(template: &str) -> usize {
    let mut signs = template.char_indices().peekable();
    while let Some((place, sign)) = signs.next() {
        if sign == '{' && signs.next_if(|(_, next)| *next == '{').is_none() {
            return place;
        }
    }
    template.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_ends_before_the_first_field() {
        let check = |template: &str, folder: &str, name: &str| {
            assert_eq!(parted(template), (folder.to_owned(), name.to_owned()), "{template}");
        };
        check("assets/t/uri/{_name}", "assets/t/uri/", "{_name}");
        check("a/{{x}}/b{kind}/{_name}", "a/{x}/", "b{kind}/{_name}");
        check("{kind}/{_name}", "/", "{kind}/{_name}");
        check("dl/fixed.bin", "dl/", "fixed.bin");
        check("{{x}}", "/", "{{x}}");
    }

    #[test]
    fn only_columns_that_rows_have_are_asked_for() {
        let files = |columns: &[&str]| -> Vec<String> {
            columns.iter().map(|&column| column.to_owned()).collect()
        };
        let all = files(&["url", "filename", "length", "md5", "sha256", "content_type", "x"]);
        let remote = json!({"length": "length", "md5": "md5", "sha256": "sha256", "ask": true});
        assert_eq!(
            Files::new(&all).named("{_name}").remote(),
            json!({"field": "url", "filename": "filename", "remote": remote})
        );
        assert_eq!(Files::new(&all).listed()["remote"]["content_type"], "content_type");
        let few = files(&["url"]);
        assert_eq!(Files::new(&few).named("{x}").json(), json!({"field": "url", "name": "{x}"}));
        let asked = json!({"field": "url", "remote": {"ask": true}});
        assert_eq!(Files::new(&few).remote(), asked);
        assert_eq!(Files::new(&few).listed(), asked);
    }
}
