//! What happens to exports, as it is written down.

use jiff::Timestamp;
use proto::id::ExportId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Happened {
    /// What.
    pub(crate) what: What,
    /// What tells it from all else that happened to its export.
    pub(crate) of: String,
    /// When.
    pub(crate) at: Timestamp,
    /// To which export.
    pub(crate) export: ExportId,
    /// What the dialect calls the export.
    pub(crate) number: u64,
    /// The version of the export.
    pub(crate) version: u32,
    /// What is said of it.
    pub(crate) info: Map<String, Value>,
    /// What it happened to one by one, where it is told of many at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) each: Option<Each>,
}

impl Happened {
    /// How many events it is: each has a number of its own, from the record's on.
    pub(crate) fn span(&self) -> u64 {
        match &self.each {
            None => 1,
            Some(
                Each::Objects { count, .. } | Each::Assets { count, .. } | Each::Gone { count },
            ) => (*count).max(1),
            Some(Each::These(these)) => (these.len() as u64).max(1),
        }
    }

    /// What of it those are told who have heard of all up to a number, at most so many events, with the
    /// number of their first; nothing where they have heard of all of it.
    pub(crate) fn after(mut self, first: u64, heard: u64, most: usize) -> Option<(u64, Self)> {
        if heard >= first + (self.span() - 1) {
            return None;
        }
        if heard < first {
            self.cut(most);
            return Some((first, self));
        }
        let Some(Each::These(these)) = &mut self.each else { return None };
        let skipped = usize::try_from(heard + 1 - first).unwrap_or(usize::MAX);
        these.drain(..skipped.min(these.len()));
        self.cut(most);
        Some((heard + 1, self))
    }

    fn cut(&mut self, most: usize) {
        if let Some(Each::These(these)) = &mut self.each {
            these.truncate(most);
        }
    }

    /// As how many events it is told to those who poll: what lies elsewhere is told as one.
    pub(crate) fn told(&self) -> usize {
        match &self.each {
            Some(Each::These(these)) => these.len(),
            Some(Each::Objects { .. } | Each::Assets { .. } | Each::Gone { .. }) | None => 1,
        }
    }
}

/// Many things that the same happened to, in one record: millions of them cost no more than one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Each {
    /// The objects of a run, as its batches noted them.
    Objects {
        /// The run.
        run: u32,
        /// How many they are.
        count: u64,
    },
    /// The files of a catalogue in a run, as its batches left them.
    Assets {
        /// The run.
        run: u32,
        /// How many they are.
        count: u64,
    },
    /// These, at most [`Each::MOST_THESE`].
    These(Vec<Map<String, Value>>),
    /// Nothing any more, where numbers go on from it.
    Gone {
        /// How many there were.
        count: u64,
    },
}

impl Each {
    /// Most things that a record holds itself: each is a few hundred bytes, and whoever polls from amid a
    /// record looks so far back for it.
    pub(crate) const MOST_THESE: usize = 100;
}

/// What happens to exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// It was made.
    Insert,
    /// It was changed.
    Update,
    /// It was deleted.
    Delete,
    /// Something of its document was tolerated.
    Warning,
    /// A run began.
    Start,
    /// Objects were exported.
    Objects,
    /// Files of a catalogue were exported.
    Assets,
    /// A run ended well.
    Finish,
    /// A run failed.
    Failed,
    /// A run was stopped.
    Stopped,
    /// A transport handed over.
    TransportFinish,
    /// A transport failed.
    TransportFailed,
    /// Files of a catalogue were brought somewhere by a transport.
    Copied,
    /// The same by a run that a schedule began.
    CopiedAsScheduled,
    /// Mails were sent.
    EmailSent,
    /// Something was fetched.
    Downloaded,
    /// Something could not be fetched.
    NotDownloaded,
    /// Files of a catalogue were fetched one by one.
    AssetsDownloaded,
    /// Files of a catalogue were fetched in the archive of a transport.
    AssetsFetched,
    /// An event that was taken away, where numbers go on from it.
    Gone,
}

impl What {
    /// Whether it stands in the log of its export, besides among what happened to its owner's exports.
    ///
    /// What others do with the files does not: there is no end of it, and it needs no account.
    pub(crate) fn is_logged(self) -> bool {
        match self {
            Self::Insert
            | Self::Update
            | Self::Delete
            | Self::Warning
            | Self::Start
            | Self::Finish
            | Self::Failed
            | Self::Stopped
            | Self::TransportFinish
            | Self::TransportFailed
            | Self::EmailSent => true,
            Self::Objects
            | Self::Assets
            | Self::Copied
            | Self::CopiedAsScheduled
            | Self::Downloaded
            | Self::NotDownloaded
            | Self::AssetsDownloaded
            | Self::AssetsFetched
            | Self::Gone => false,
        }
    }

    /// Whether whoever polls is told.
    pub(crate) fn is_pollable(self) -> bool {
        self.is_logged() || matches!(self, Self::Downloaded | Self::NotDownloaded)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Three things from the number 10 on.
    fn three() -> Happened {
        let these = ["a", "b", "c"].map(|name| json!({"url": name}).as_object().unwrap().clone());
        Happened {
            what: What::Downloaded,
            of: "fetched".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            export: "0192d3a0-0000-7000-8000-000000000000".parse().unwrap(),
            number: 1,
            version: 1,
            info: Map::new(),
            each: Some(Each::These(these.into())),
        }
    }

    fn check(heard: u64, most: usize, expected: Option<(u64, &[&str])>) {
        let part = three().after(10, heard, most).map(|(first, part)| {
            let Some(Each::These(these)) = part.each else { panic!("it has no things") };
            (first, these.iter().map(|one| one["url"].to_string()).collect::<Vec<_>>())
        });
        let expected = expected.map(|(first, names)| {
            (first, names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>())
        });
        assert_eq!(part, expected, "after {heard}, {most}");
    }

    #[test]
    fn what_was_heard_of_is_not_told_again() {
        check(0, 9, Some((10, &["a", "b", "c"])));
        check(9, 9, Some((10, &["a", "b", "c"])));
        check(9, 2, Some((10, &["a", "b"])));
        check(10, 9, Some((11, &["b", "c"])));
        check(11, 1, Some((12, &["c"])));
        check(12, 9, None);
        check(99, 9, None);
    }
}
