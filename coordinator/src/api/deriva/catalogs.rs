//! Which of the configured sources a configuration means.

use proto::deriva::engine;
use proto::fault::{Code, Fault};
use url::Url;

use super::callers::Caller;
use super::trouble::Trouble;
use super::{Door, ServedCatalog};

impl Door {
    /// The source of a catalogue, for somebody. Of several with the same catalogue, whoever is signed in reads one
    /// with their own rights; who is not, one that is read with nobody's.
    pub(super) fn catalog(
        &self,
        catalog: &engine::Catalog,
        caller: &Caller,
    ) -> Result<&ServedCatalog, Trouble> {
        let base = &self.api.settings.links.base_url;
        let served = named(&self.settings.catalogs, catalog, base)?;
        let (mut own, mut open) = (None, None);
        for served in served {
            let source = self.api.coordinator.catalog.get(&served.source)?;
            let place = if source.users().is_some() { &mut own } else { &mut open };
            place.get_or_insert(served);
        }
        let own = own.filter(|_| caller.is_signed_in());
        own.or(open).ok_or_else(Trouble::unauthenticated)
    }
}

/// The sources of a catalogue.
///
/// Clients call its server as people do, which is the address of this service where both are at one.
fn named<'c>(
    catalogs: &'c [ServedCatalog],
    catalog: &engine::Catalog,
    base: &Url,
) -> Result<Vec<&'c ServedCatalog>, Trouble> {
    let host = catalog.host.url().origin();
    let at_host: Vec<_> = catalogs
        .iter()
        .filter(|served| served.host.url().origin() == host || base.origin() == host)
        .collect();
    let refused = |what: String, place: &str, hint: String| {
        let fault = Fault::new(Code::UnknownSource, what).at(place).hint(hint);
        Trouble::misconfigured(vec![fault])
    };
    if at_host.is_empty() {
        let what = format!("{} is no server that is exported from", catalog.host.origin());
        let mut hosts: Vec<String> = catalogs.iter().map(|served| served.host.origin()).collect();
        hosts.dedup();
        return Err(refused(what, "/catalog/host", format!("there is {}", hosts.join(", "))));
    }
    let found: Vec<_> = at_host.iter().copied().filter(|served| served.id == catalog.id).collect();
    if found.is_empty() {
        let what = format!("{:?} is no catalogue that is exported", catalog.id);
        let mut ids: Vec<&str> = at_host.iter().map(|served| served.id.as_str()).collect();
        ids.dedup();
        return Err(refused(what, "/catalog/catalog_id", format!("there is {}", ids.join(", "))));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proto::deriva::engine::Host;

    use super::*;

    fn catalog(host: &str, id: &str) -> engine::Catalog {
        let host = Host::parse(host).unwrap();
        engine::Catalog { host, id: id.to_owned(), snapshot: None, credential: None }
    }

    #[test]
    fn only_configured_catalogues_are_named() {
        let served = |source: &str, id: &str| ServedCatalog {
            source: source.to_owned(),
            host: Host::parse("http://ermrest.internal:8080").unwrap(),
            id: id.to_owned(),
        };
        let served = [served("one", "1"), served("open", "1"), served("two", "2")];
        let base = "https://www.example.org/base/".parse().unwrap();
        let found = |host: &str, id: &str| match named(&served, &catalog(host, id), &base) {
            Ok(found) => found.iter().map(|served| served.source.clone()).collect::<Vec<_>>(),
            Err(trouble) => {
                assert_eq!(trouble.status, 409);
                trouble.faults.into_iter().filter_map(|fault| fault.place).collect()
            }
        };
        assert_eq!(found("http://ermrest.internal:8080", "1"), ["one", "open"]);
        assert_eq!(found("https://www.example.org", "2"), ["two"]);
        assert_eq!(found("www.example.org", "3"), ["/catalog/catalog_id"]);
        for host in ["https://ermrest.internal:8080", "evil.example", "http://www.example.org"] {
            assert_eq!(found(host, "1"), ["/catalog/host"], "{host}");
        }
    }
}
