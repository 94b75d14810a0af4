//! The easydb dialect: `[easydb]`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use coordinator::OwnerMails;
use coordinator::api::easydb::{Passwords, Product, Settings};
use proto::definition::Metadata;
use proto::easydb::{FreeHosts, Instance, Places};
use proto::fault::{Code, Fault};
use proto::image::Tag;
use proto::source::{EasydbSpec, Rights, SourceSpec};
use proto::target::TargetSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EasydbConfig {
    pub(crate) source: String,
    pub(crate) product: Spoken,
    pub(crate) name: String,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) retention: Duration,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) session_lifetime: Duration,
    pub(crate) passwords: Accepted,
    pub(crate) time_zone: String,
    pub(crate) watermark: String,
    pub(crate) stylesheets: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, Metadata>,
    pub(crate) owner_mails: Mailed,
    pub(crate) free_hosts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mailed {
    All,
    Trouble,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spoken {
    Auto,
    Easydb5,
    Fylr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Accepted {
    Tokens,
    Catalogue,
}

impl Default for EasydbConfig {
    fn default() -> Self {
        Self {
            source: String::new(),
            product: Spoken::Auto,
            name: "easydb".to_owned(),
            retention: Duration::from_hours(7 * 24),
            session_lifetime: Duration::from_hours(24),
            passwords: Accepted::Tokens,
            time_zone: String::new(),
            watermark: String::new(),
            stylesheets: BTreeMap::new(),
            metadata: BTreeMap::new(),
            owner_mails: Mailed::All,
            free_hosts: Vec::new(),
        }
    }
}

impl EasydbConfig {
    /// After which runs owners get a mail.
    pub(crate) fn owner_mails(&self) -> OwnerMails {
        match self.owner_mails {
            Mailed::All => OwnerMails::All,
            Mailed::Trouble => OwnerMails::Trouble,
            Mailed::None => OwnerMails::None,
        }
    }

    /// The hosts that transports may lead to besides targets. Which of them are no hosts was told when the
    /// configuration was read.
    pub(crate) fn free(&self) -> FreeHosts {
        FreeHosts::new(&self.free_hosts).unwrap_or_default()
    }

    /// How the dialect is spoken; nothing where it is not.
    pub(crate) fn settings(
        &self,
        targets: &BTreeMap<String, TargetSpec>,
        mappings: &Path,
    ) -> Option<Settings> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let instance = Instance {
            source: some(&self.source)?,
            zone: some(&self.time_zone),
            watermark: some(&self.watermark),
            stylesheets: self.stylesheets.clone(),
            metadata: self.metadata.clone(),
            places: Places::of(targets),
            free: self.free(),
            lifetime: self.retention,
        };
        Some(Settings {
            product: match self.product {
                Spoken::Auto => None,
                Spoken::Easydb5 => Some(Product::Easydb5),
                Spoken::Fylr => Some(Product::Fylr),
            },
            instance,
            name: self.name.clone(),
            session_lifetime: self.session_lifetime,
            passwords: match self.passwords {
                Accepted::Tokens => Passwords::Tokens,
                Accepted::Catalogue => Passwords::Catalogue,
            },
            mappings: (!mappings.as_os_str().is_empty()).then(|| mappings.to_owned()),
        })
    }

    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, sources: &BTreeMap<String, SourceSpec>) -> Vec<Fault> {
        let mut faults = self.without_door(sources);
        let mut refuse = |key: &str, why: &str| {
            faults.push(Fault::new(Code::InvalidValue, why).at(format!("easydb.{key}")));
        };
        let is_catalogue =
            |source: &String| matches!(sources.get(source), Some(SourceSpec::Easydb(_)));
        if !self.source.is_empty() && !is_catalogue(&self.source) {
            refuse("source", "no source of kind easydb has this name");
        }
        let source = match sources.get(&self.source) {
            Some(SourceSpec::Easydb(spec)) => Some(spec),
            Some(_) | None => None,
        };
        if self.passwords == Accepted::Catalogue && source.is_some_and(|spec| spec.url.is_none()) {
            refuse("passwords", "a catalogue in a folder has no users: only `tokens` can be taken");
        }
        if self.passwords == Accepted::Tokens && source.is_some_and(is_callers) {
            let why =
                "nobody could sign in to a source with `rights = \"caller\"`: set \"catalogue\"";
            refuse("passwords", why);
        }
        let zones = jiff::tz::TimeZoneDatabase::bundled();
        if !self.time_zone.is_empty() && zones.get(&self.time_zone).is_err() {
            refuse("time_zone", "the IANA knows no such zone");
        }
        if self.retention < Duration::from_mins(1) {
            refuse("retention", "a run is kept for a minute at least");
        }
        if let Err(why) = FreeHosts::new(&self.free_hosts) {
            refuse("free_hosts", &why);
        }
        for (id, metadata) in &self.metadata {
            let tags = metadata.mapped().flat_map(|(_, tags)| tags.names());
            for why in tags.filter_map(|tag| Tag::parse(tag).err()) {
                refuse(&format!("metadata.{id}"), &why);
            }
        }
        faults
    }

    /// Sources that are read with the rights of callers, and that nobody can sign in to.
    fn without_door(&self, sources: &BTreeMap<String, SourceSpec>) -> Vec<Fault> {
        let is_closed = |(name, spec): &(&String, &SourceSpec)| {
            **name != self.source && matches!(spec, SourceSpec::Easydb(spec) if is_callers(spec))
        };
        let told = |(name, _): (&String, &SourceSpec)| {
            let why =
                "nobody can sign in to it: only the `source` of [easydb] has `rights = \"caller\"`";
            Fault::new(Code::InvalidValue, why).at(format!("sources.{name}.rights"))
        };
        sources.iter().filter(is_closed).map(told).collect()
    }
}

fn is_callers(spec: &EasydbSpec) -> bool {
    spec.rights == Rights::Caller
}
