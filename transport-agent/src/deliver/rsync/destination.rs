//! What rsync calls the folder that everything goes to.

use std::ffi::OsString;

use proto::target::RsyncPlace;

use crate::Targets;

/// The folder `below` a place.
pub(super) fn destination(place: &RsyncPlace, below: &str, targets: &Targets) -> OsString {
    let join = |root: &str| match (root.trim_end_matches('/'), below) {
        ("", "") if root.is_empty() => "./".to_owned(),
        ("", below) if root.is_empty() => format!("{below}/"),
        (root, "") => format!("{root}/"),
        (root, below) => format!("{root}/{below}/"),
    };
    match place {
        RsyncPlace::Daemon { user, host, port, path } => {
            let user = user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            format!("rsync://{user}{host}{port}/{}", join(path)).into()
        }
        RsyncPlace::Ssh { user, host, path } => format!("{user}@{host}:{}", join(path)).into(),
        RsyncPlace::Local(root) => {
            let mut folder = targets.path(root).join(below).into_os_string();
            folder.push("/");
            folder
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::target::RsyncTarget;

    use super::*;

    #[test]
    fn a_destination_is_a_folder_below_the_target() {
        let check = |to: &str, below: &str, expected: &str| {
            let to = format!(r#"{{"to": {to:?}}}"#);
            let place = serde_json::from_str::<RsyncTarget>(&to).unwrap().place().unwrap();
            let targets = Targets::new(std::collections::BTreeMap::new(), "/base".into(), None);
            assert_eq!(destination(&place, below, &targets), expected, "{to}");
        };
        check("u@h::m", "", "rsync://u@h/m/");
        check("rsync://h:1/m/a", "b/c", "rsync://h:1/m/a/b/c/");
        check("u@[::1]:/srv/", "b", "u@[::1]:/srv/b/");
        check("u@h:/", "", "u@h:/");
        check("u@h:", "", "u@h:./");
        check("u@h:", "a", "u@h:a/");
        check("./out", "a", "/base/./out/a/");
    }
}
