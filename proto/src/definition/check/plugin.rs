//! The rules of an output that runs a plugin: the plugin decides what is written, and how.

use std::collections::HashSet;

use super::super::Output;
use crate::fault::{Code, Fault};
use crate::plugin::secret;

/// Checks an output with a plugin, or with what only goes with one.
pub(super) fn check(output: &Output, place: &str, faults: &mut Vec<Fault>) {
    let mut refuse = |key: &str, why: String, hint: &str| {
        faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")).hint(hint));
    };
    if output.plugin.is_none() {
        let why = "`datasets` does not go without `plugin`".to_owned();
        return refuse("datasets", why, "leave it out, and choose records with `select`");
    }
    for (key, is_there) in [
        ("query", output.query.is_some()),
        ("view", output.view.is_some()),
        ("format", output.format.is_some()),
        ("verbatim", output.verbatim.is_some()),
        ("made", output.made.is_some()),
        ("assets", output.assets.is_some()),
        ("per", output.per.is_some()),
        ("empty_file", output.empty_file.is_some()),
        ("select", !output.select.is_everything()),
        ("incremental", output.incremental.is_some()),
    ] {
        if is_there {
            let why = format!("`{key}` does not go with `plugin`");
            refuse(key, why, "what is read and written is the plugin's: tell it in `options`");
        }
    }
    let mut seen = HashSet::new();
    for (index, id) in output.datasets.iter().flatten().enumerate() {
        if !seen.insert(id) {
            let why = format!("the dataset {id:?} is named twice");
            refuse(&format!("datasets/{index}"), why, "leave one of them out");
        }
    }
    faults.extend(secret::mistakes(&output.plugin_options, &format!("{place}/options")));
}

#[cfg(test)]
mod tests {
    use super::super::super::Definition;

    fn places(more: &str) -> Vec<String> {
        let definition =
            format!(r#"{{"name": "a", "outputs": [{{"to": "a/", "from": "s", {more}}}]}}"#);
        let faults = Definition::parse(&definition).err().unwrap_or_default();
        faults.into_iter().filter_map(|fault| fault.place).collect()
    }

    #[test]
    fn a_plugin_says_itself_what_is_written() {
        assert_eq!(places(r#""plugin": "p""#), [""; 0]);
        assert_eq!(places(r#""plugin": "p", "datasets": ["a", "b"], "options": {}"#), [""; 0]);
        assert_eq!(
            places(r#""plugin": "p", "format": "csv", "select": {"fields": ["a"]}"#),
            ["/outputs/0/format", "/outputs/0/select"]
        );
        assert_eq!(places(r#""plugin": "p", "datasets": ["a", "a"]"#), ["/outputs/0/datasets/1"]);
        assert_eq!(places(r#""plugin": "p", "options": []"#), ["/outputs/0/options"]);
        let marked = r#""plugin": "p", "options": {"a:secret": 1, "b": {"c:secret": 1}}"#;
        assert_eq!(places(marked), ["/outputs/0/options/b"]);
        assert_eq!(places(r#""format": "csv", "datasets": ["a"]"#), ["/outputs/0/datasets"]);
    }
}
