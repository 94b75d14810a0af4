//! What a person is told when something went wrong: a code, a place, a hint.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something a person can act on.
///
/// The code is stable and has a page in `docs/faults/`; the message says what and where; the hint
/// says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// One of [`Code`], in `snake_case`.
    pub code: Code,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// Where: a JSON pointer into a definition, a key of a configuration, `file:line:byte` of a
    /// source, or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Fault {
    /// A fault with a message and neither place nor hint.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, hint: None }
    }

    /// The same fault with its place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// The same fault with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{} [{}]", self.message, self.code)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Every code a fault can have, each explained in `docs/faults/<code>.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it is written in JSON, URLs and file names.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The page of the manual about it, in Markdown.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../docs/faults/", $name, ".md")),)*
                }
            }
        }
    };
}

codes! {
    /// The definition or configuration is not readable as JSON or TOML.
    Unreadable = "unreadable",
    /// A value has the wrong type or shape.
    InvalidValue = "invalid_value",
    /// A key that nobody knows.
    UnknownField = "unknown_field",
    /// A key that must be there is not.
    MissingField = "missing_field",
    /// A source named nowhere in the configuration.
    UnknownSource = "unknown_source",
    /// A definition for the server brings its own sources.
    InlineSource = "inline_source",
    /// A target named nowhere in the configuration.
    UnknownTarget = "unknown_target",
    /// A definition for the server brings its own targets.
    InlineTarget = "inline_target",
    /// A passphrase named nowhere in the configuration, or that an agent cannot read.
    UnknownPassphrase = "unknown_passphrase",
    /// A webhook named nowhere in the configuration.
    UnknownWebhook = "unknown_webhook",
    /// A user or group named nowhere in the configuration.
    UnknownRecipient = "unknown_recipient",
    /// A plugin that this deployment does not have, or that is not one.
    UnknownPlugin = "unknown_plugin",
    /// A watermark that the operator does not have.
    UnknownWatermark = "unknown_watermark",
    /// A mapping profile that neither the operator nor the catalogue has, or that cannot be read.
    UnknownMapping = "unknown_mapping",
    /// What is asked for needs a part of the configuration that is not there.
    NotConfigured = "not_configured",
    /// Two outputs of a definition would write the same file.
    DuplicateOutput = "duplicate_output",
    /// A field that the source does not have.
    UnknownSourceField = "unknown_source_field",
    /// A record of a source file that cannot be parsed.
    BrokenRecord = "broken_record",
    /// A file of a source that is not what its format asks for, or not whole.
    BrokenFile = "broken_file",
    /// The source's content is not what the plan saw.
    SourceChanged = "source_changed",
    /// The source does not answer.
    SourceUnavailable = "source_unavailable",
    /// The source answers that it will not, or cannot, do this.
    SourceRefused = "source_refused",
    /// The source knows who asks, and does not let them read this.
    SourceForbidden = "source_forbidden",
    /// Nobody is signed in to the source as whoever is to read it, or no longer.
    SignedOut = "signed_out",
    /// What was sealed by another key cannot be read.
    WrongKey = "wrong_key",
    /// The consistent view of the database that the run began with is gone.
    SnapshotLost = "snapshot_lost",
    /// An asset that a record names is not there.
    AssetMissing = "asset_missing",
    /// An asset cannot be converted.
    AssetUnconvertible = "asset_unconvertible",
    /// An address of an asset or of an API is not one that may be asked.
    AddressRefused = "address_refused",
    /// A stylesheet failed, ran into a limit, or is not there.
    XsltFailed = "xslt_failed",
    /// Stylesheets or plugins cannot be run apart from everything else.
    NoSandbox = "no_sandbox",
    /// A plugin failed, ended, was ended, or left what cannot be taken.
    PluginFailed = "plugin_failed",
    /// A plugin warns of something, or what it says was cut short.
    PluginWarned = "plugin_warned",
    /// A record's value cannot be written in the format.
    Unrenderable = "unrenderable",
    /// No space is left where data must be written.
    DiskFull = "disk_full",
    /// The store does not answer.
    StoreUnavailable = "store_unavailable",
    /// The store refuses: credentials, rights, a bucket that does not exist.
    StoreRefused = "store_refused",
    /// An object that should be in the store is not, or is not what was written.
    StoreDamaged = "store_damaged",
    /// The queue does not answer.
    QueueUnavailable = "queue_unavailable",
    /// The board does not answer.
    BoardUnavailable = "board_unavailable",
    /// A message of an unknown version or shape.
    InvalidMessage = "invalid_message",
    /// A batch, an archive or a delivery was tried as often, or as long, as allowed.
    AttemptsExhausted = "attempts_exhausted",
    /// The joined archive is not what its parts promise.
    ArchiveDamaged = "archive_damaged",
    /// A bag that must not be empty has no file.
    EmptyBag = "empty_bag",
    /// The place that a result is delivered to does not answer.
    TargetUnavailable = "target_unavailable",
    /// The place that a result is delivered to will not take it.
    TargetRefused = "target_refused",
    /// No space is left where a result is delivered to.
    TargetFull = "target_full",
    /// The place that a result is delivered to is not who it was.
    TargetUntrusted = "target_untrusted",
    /// What arrived is not what was sent.
    TargetDamaged = "target_damaged",
    /// The mail server does not answer, or asks to try again later.
    MailUnavailable = "mail_unavailable",
    /// The mail server refuses a mail, a recipient or this sender.
    MailRefused = "mail_refused",
    /// A template for mails cannot be used.
    MailTemplate = "mail_template",
    /// The run was stopped by its owner.
    Stopped = "stopped",
    /// No such thing, or not yours.
    NotFound = "not_found",
    /// Whoever asks may not do this with what they name.
    Forbidden = "forbidden",
    /// No token, or one that is not known.
    Unauthenticated = "unauthenticated",
    /// The request cannot be done in the present state.
    Conflict = "conflict",
    /// The export is not in the version that the request was made for.
    VersionMismatch = "version_mismatch",
    /// The idempotency key was used with another request.
    IdempotencyMismatch = "idempotency_mismatch",
    /// The request, or a file or document that was asked for, is larger than allowed.
    TooLarge = "too_large",
    /// The range asked for is not in the file.
    RangeNotSatisfiable = "range_not_satisfiable",
    /// A mistake of ours.
    Internal = "internal",
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Code {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let names = Self::ALL.iter().map(|code| code.as_str());
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(names))
            .description(Some("What went wrong, for programs; each has a page in `docs/faults/`"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Code {}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The pages of the manual about codes, the index besides.
    const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults");

    #[test]
    fn every_code_has_a_page() {
        let index = fs::read_to_string(Path::new(PAGES).join("README.md")).unwrap();
        for code in Code::ALL {
            assert!(
                code.page().starts_with(&format!("# `{code}`\n")),
                "{code}.md has another title"
            );
            assert!(index.contains(&format!("({code}.md)")), "the index says nothing of {code}");
        }
    }

    #[test]
    fn every_page_is_of_a_code() {
        for entry in fs::read_dir(PAGES).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_known = Code::ALL.iter().any(|code| name == format!("{code}.md"));
            assert!(is_known || name == "README.md", "docs/faults/{name} is of no code");
        }
    }
}
