//! The Deriva dialect: `[deriva]`.

mod afterwards;

use std::collections::BTreeMap;
use std::time::Duration;

use coordinator::api::deriva::{ServedCatalog, Settings};
use proto::deriva::engine::Host;
use proto::fault::{Code, Fault};
use proto::source::{ErmrestSpec, Rights, SourceSpec};
use proto::target::TargetSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::afterwards::{IdentifiersConfig, bucket};

/// The longest time that an answer is held: clients give up after 63 seconds.
const LONGEST_HOLD: Duration = Duration::from_mins(1);

/// How long the catalogue may take before an export is accepted, so that clients are still there to be told.
const ASKING: Duration = Duration::from_secs(45);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DerivaConfig {
    pub(crate) sources: Vec<String>,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) hold: Duration,
    pub(crate) anonymous: bool,
    pub(crate) targets: Vec<String>,
    pub(crate) identifiers: IdentifiersConfig,
}

impl Default for DerivaConfig {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            hold: Duration::from_secs(50),
            anonymous: false,
            targets: Vec::new(),
            identifiers: IdentifiersConfig::default(),
        }
    }
}

impl DerivaConfig {
    /// How the dialect is spoken; nothing where it is not. What is wrong was told when the configuration was read.
    pub(crate) fn settings(
        &self,
        sources: &BTreeMap<String, SourceSpec>,
        targets: &BTreeMap<String, TargetSpec>,
    ) -> Option<Settings> {
        let served = self.sources.iter().filter_map(|name| served(name, sources.get(name)?).ok());
        let catalogs: Vec<ServedCatalog> = served.collect();
        let buckets = self
            .targets
            .iter()
            .filter_map(|name| Some((name.clone(), bucket(name, targets).ok()?.clone())));
        let (hold, anonymous, buckets) = (self.hold, self.anonymous, buckets.collect());
        let identifiers = self.identifiers.service().ok().flatten();
        let asking = ASKING;
        let settings = Settings { catalogs, hold, asking, anonymous, buckets, identifiers };
        (!settings.catalogs.is_empty()).then_some(settings)
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(
        &self,
        sources: &BTreeMap<String, SourceSpec>,
        targets: &BTreeMap<String, TargetSpec>,
    ) -> Vec<Fault> {
        let refused = |key: &str, why: String| {
            Fault::new(Code::InvalidValue, why).at(format!("deriva.{key}"))
        };
        let (mut faults, mut hosts) = (Vec::new(), Vec::new());
        for name in &self.sources {
            let spec = sources.get(name).ok_or_else(|| format!("there is no source {name:?}"));
            match spec.and_then(|spec| served(name, spec)) {
                Ok(served) => hosts.push(served.host.url().origin()),
                Err(why) => faults.push(refused("sources", why)),
            }
        }
        hosts.dedup();
        if hosts.len() > 1 {
            let why = "the sources are of several servers, and a session is of one".to_owned();
            faults.push(refused("sources", why).hint("run a fleet for each server"));
        }
        if self.hold > LONGEST_HOLD {
            let why = "clients do not wait for an answer longer than a minute".to_owned();
            faults.push(refused("hold", why));
        }
        let unfit = self.targets.iter().filter_map(|name| bucket(name, targets).err());
        faults.extend(unfit.map(|why| refused("targets", why)));
        faults.extend(self.identifiers.service().err());
        faults
    }
}

/// The catalogue of a source, or why it cannot be exported.
fn served(name: &str, spec: &SourceSpec) -> Result<ServedCatalog, String> {
    let SourceSpec::Ermrest(spec) = spec else {
        return Err(format!("the source {name:?} is not of kind \"ermrest\""));
    };
    if spec.rights == Rights::Login && has_credentials(spec) {
        return Err(format!(
            "everybody would export with the credentials of the source {name:?}: give it `rights = \"caller\"`, or none"
        ));
    }
    let host = Host::parse(&spec.url).map_err(|error| format!("the source {name:?}: {error}"))?;
    // A snapshot that is configured stays, whichever a request names.
    let id = spec.catalog.split('@').next().unwrap_or_default().to_owned();
    Ok(ServedCatalog { source: name.to_owned(), host, id })
}

fn has_credentials(spec: &ErmrestSpec) -> bool {
    spec.cookie_file.is_some() || spec.bearer_file.is_some() || spec.user.is_some()
}
