//! Names to addresses: all of them checked, and no others connected to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::AddressRules;

/// Asks the name server.
pub(crate) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Resolves a name for a connection, unless one of its addresses may not be connected to.
///
/// The client connects to the very addresses that are given here, and asks no second time.
pub(crate) struct CheckedResolver {
    rules: AddressRules,
    lookup: Lookup,
}

/// A name leads to an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("{host} resolves to something else than public addresses: {why}")]
pub(crate) struct NotPublic {
    host: String,
    why: String,
}

impl CheckedResolver {
    /// A resolver under these rules.
    pub(crate) fn new(rules: AddressRules, lookup: Lookup) -> Self {
        Self { rules, lookup }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        let host = name.as_str().to_owned();
        let addresses = (self.lookup)(host.clone());
        Box::pin(async move {
            let addresses = addresses.await?;
            for address in &addresses {
                rules.admit(address.ip()).map_err(|why| NotPublic { host: host.clone(), why })?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn answering(answers: &'static [&'static [&'static str]]) -> CheckedResolver {
        let asked = AtomicUsize::new(0);
        let lookup: Lookup = Arc::new(move |_| {
            let answer = answers[asked.fetch_add(1, Ordering::SeqCst) % answers.len()];
            let addresses =
                answer.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
            Box::pin(async move { Ok(addresses) })
        });
        CheckedResolver::new(AddressRules::default(), lookup)
    }

    async fn check(resolver: &CheckedResolver, expected: Result<usize, &str>) {
        let found = resolver.resolve("example.org".parse().unwrap()).await;
        let found = found.map(Iterator::count).map_err(|error| error.to_string());
        assert_eq!(found.as_ref().map_err(String::as_str).copied(), expected);
    }

    const REFUSED: &str = "example.org resolves to something else than public addresses: the address 10.0.0.1 is not public";

    #[tokio::test]
    async fn one_private_address_among_public_ones_refuses_the_name() {
        check(&answering(&[&["1.1.1.1", "2a00::1"]]), Ok(2)).await;
        check(&answering(&[&["1.1.1.1", "10.0.0.1"]]), Err(REFUSED)).await;
    }

    #[tokio::test]
    async fn every_answer_is_checked() {
        let rebinding = answering(&[&["1.1.1.1"], &["10.0.0.1"]]);
        check(&rebinding, Ok(1)).await;
        check(&rebinding, Err(REFUSED)).await;
    }
}
