//! Which digests must be known of a file, so that whoever fetches it can check it.

use std::collections::BTreeMap;

use proto::digest::Algorithm;
use proto::lay::Manifests;

/// The digests of a file that cannot be missing.
pub(super) struct Needed(Vec<Need>);

/// What one bag, or a list, needs.
enum Need {
    All(Vec<Algorithm>),
    One(Vec<Algorithm>),
}

impl Needed {
    /// For a list: one of any kind.
    pub(super) fn of_list() -> Self {
        Self(vec![Need::One(Algorithm::ALL.to_vec())])
    }

    /// For bags. One digest is enough for those that can do with it.
    pub(super) fn of_bags(bags: &[Manifests]) -> Self {
        let need = |bag: &Manifests| {
            let algorithms = bag.algorithms.clone();
            if bag.may_be_partial { Need::One(algorithms) } else { Need::All(algorithms) }
        };
        Self(bags.iter().map(need).collect())
    }

    /// The names of those that are missing; nothing where enough is known.
    pub(super) fn missing(&self, known: &BTreeMap<Algorithm, String>) -> Option<String> {
        let is_known = |algorithm: &Algorithm| known.contains_key(algorithm);
        let names = |algorithms: &[Algorithm]| {
            let missing = algorithms.iter().filter(|&algorithm| !is_known(algorithm));
            missing.map(|algorithm| algorithm.name()).collect::<Vec<_>>()
        };
        self.0.iter().find_map(|need| match need {
            Need::All(all) if all.iter().all(is_known) => None,
            Need::All(all) => Some(names(all).join(" and ")),
            Need::One(any) if any.iter().any(is_known) => None,
            Need::One(any) => Some(names(any).join(" or ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bags: &[(&[Algorithm], bool)], known: &[Algorithm], expected: Option<&str>) {
        let manifests = bags.iter().map(|&(algorithms, may_be_partial)| Manifests {
            algorithms: algorithms.to_vec(),
            may_be_partial,
        });
        let needed = Needed::of_bags(&manifests.collect::<Vec<_>>());
        let known = known.iter().map(|&algorithm| (algorithm, String::new())).collect();
        assert_eq!(needed.missing(&known).as_deref(), expected, "{bags:?} {known:?}");
    }

    #[test]
    fn each_bag_has_what_it_needs() {
        use Algorithm::{Md5, Sha256, Sha512};
        let both: &[Algorithm] = &[Md5, Sha256];
        check(&[(both, false)], both, None);
        check(&[(both, false)], &[Md5], Some("sha256"));
        check(&[(both, false)], &[], Some("md5 and sha256"));
        check(&[(both, true)], &[Sha256], None);
        check(&[(both, true)], &[Sha512], Some("md5 or sha256"));
        check(&[(both, true), (&[Md5], false)], &[Sha256], Some("md5"));
        assert_eq!(
            Needed::of_list().missing(&BTreeMap::new()).unwrap(),
            "md5 or sha1 or sha256 or sha512"
        );
    }
}
