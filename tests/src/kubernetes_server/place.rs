//! What a path of the API leads to.

/// Objects of a kind, all of them or those of a namespace, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The group; empty for the oldest kinds.
    pub(super) group: String,
    pub(super) version: String,
    /// Such as `exports`.
    pub(super) resource: String,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    /// Whether the status is meant and nothing else.
    pub(super) is_status: bool,
}

impl Place {
    /// What a path leads to, where it leads anywhere.
    pub(super) fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (group, version, rest) = match segments.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
            rest => (None, rest),
        };
        let (resource, name, is_status) = match rest {
            [resource] => (*resource, None, false),
            [resource, name] => (*resource, Some(*name), false),
            [resource, name, "status"] => (*resource, Some(*name), true),
            _ => return None,
        };
        Some(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
            is_status,
        })
    }

    /// As objects say it.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether it is meant by another one, which may be wider.
    pub(super) fn is_in(&self, wider: &Self) -> bool {
        self.group == wider.group
            && self.resource == wider.resource
            && (wider.namespace.is_none() || self.namespace == wider.namespace)
            && (wider.name.is_none() || self.name == wider.name)
    }

    /// The same kind and namespace, with another name and all of the object.
    pub(super) fn named(&self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), is_status: false, ..self.clone() }
    }

    /// What it is known by, in the order of lists.
    pub(super) fn key(&self) -> (String, String, String, String) {
        (
            self.group.clone(),
            self.resource.clone(),
            self.namespace.clone().unwrap_or_default(),
            self.name.clone().unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_kinds_namespaces_and_objects() {
        let status =
            Place::of("/apis/longshore.dev/v1alpha1/namespaces/a/exports/b/status").unwrap();
        assert_eq!(status.api_version(), "longshore.dev/v1alpha1");
        assert_eq!((&*status.resource, status.is_status), ("exports", true));
        let all = Place::of("/apis/longshore.dev/v1alpha1/exports").unwrap();
        assert!(status.is_in(&all) && !all.is_in(&status));
        let namespace = Place::of("/api/v1/namespaces/a").unwrap();
        assert_eq!((&*namespace.resource, namespace.name.as_deref()), ("namespaces", Some("a")));
        let maps = Place::of("/api/v1/namespaces/a/configmaps").unwrap();
        assert_eq!((&*maps.resource, maps.namespace.as_deref()), ("configmaps", Some("a")));
        assert_eq!(Place::of("/version"), None);
    }
}
