//! The sources that a process reads, and what they need besides their own configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fabric::store::{S3Config, S3Store, Store};
use proto::deriva::engine::Credential;
use proto::fault::{Code, Fault};
use proto::source::{ErmrestSpec, SourceSpec};
use source::address::AddressRules;
use source::asset::{HttpAssets, HttpLimits};
use source::{Buckets, Catalog};

use super::s3;
use crate::config::{Config, StoreConfig, StoreKind};

/// Opens the sources, or tells every one that cannot be opened. Connects to nothing.
pub(crate) fn catalog(
    config: &Config,
    sources: &BTreeMap<String, SourceSpec>,
    base: &Path,
) -> Result<Arc<Catalog>, Vec<Fault>> {
    let http = http(config).map_err(|fault| vec![fault])?;
    let context = context(config, base, &http);
    let (mut opened, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, spec) in sources {
        match source::open(spec, &context) {
            Ok(source) => drop(opened.insert(name.clone(), source)),
            Err(error) => faults.push(error.fault().at(format!("sources.{name}"))),
        }
    }
    if faults.is_empty() { Ok(Arc::new(Catalog::new(opened, http))) } else { Err(faults) }
}

/// Opens a catalogue of Deriva as the only source, read as whoever a credential is of where there is one.
/// Connects to nothing.
pub(crate) fn deriva(
    config: &Config,
    name: &str,
    spec: &ErmrestSpec,
    credential: Option<Credential>,
) -> Result<Arc<Catalog>, Fault> {
    let http = http(config)?;
    let context = context(config, Path::new("."), &http);
    let opened = match credential {
        Some(credential) => source::open_as(spec, credential, &context),
        None => source::open(&SourceSpec::Ermrest(spec.clone()), &context),
    };
    let source = opened.map_err(|error| error.fault().at(spec.url.as_str()))?;
    Ok(Arc::new(Catalog::new(BTreeMap::from([(name.to_owned(), source)]), http)))
}

/// What sources need besides their own configuration.
fn context(config: &Config, base: &Path, http: &Arc<HttpAssets>) -> source::Context {
    source::Context {
        base: base.to_owned(),
        buckets: Arc::new(ConfiguredBuckets { store: config.store.clone() }),
        http: Arc::clone(http),
    }
}

fn http(config: &Config) -> Result<Arc<HttpAssets>, Fault> {
    let rules = AddressRules::new(&config.addresses.allow)
        .map_err(|error| Fault::new(Code::InvalidValue, error.to_string()).at("addresses.allow"))?;
    let limits = HttpLimits {
        max_bytes: config.addresses.max_bytes.as_u64(),
        silence: config.addresses.deadline,
        ..HttpLimits::default()
    };
    let http = HttpAssets::new(limits, rules).map_err(|error| error.fault())?;
    Ok(Arc::new(http))
}

/// Opens buckets on the S3 server of the store.
struct ConfiguredBuckets {
    store: StoreConfig,
}

impl Buckets for ConfiguredBuckets {
    fn bucket(&self, name: &str) -> Option<Arc<dyn Store>> {
        if self.store.kind != StoreKind::S3 {
            return None;
        }
        let config =
            S3Config { bucket: name.to_owned(), prefix: String::new(), ..s3(&self.store).ok()? };
        Some(Arc::new(S3Store::unchecked(config)))
    }
}
