//! Archives and receipts: what an assembly left behind, and what a delivery did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::definition::{Packer, TransportKind};
use crate::fault::Fault;
use crate::key::Key;
use crate::sealed::SealedTree;

/// What one transport's assembly made; written after every volume is whole and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// The transport's place in the definition.
    pub transport: u32,
    /// How it is packed.
    pub packer: Packer,
    /// The volumes; none where files go one by one.
    pub volumes: Vec<Volume>,
    /// What makes the files a bag, where they go one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag: Option<BagTree>,
    /// What the files were encrypted to, where they go one by one and encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedTree>,
    /// How many files there are, the key of encrypted ones among them.
    pub members: u64,
    /// Length of all files of the run, unpacked, in bytes.
    pub bytes: u64,
    /// How many bytes the agent read from and wrote to the store to make it.
    pub moved: u64,
}

/// What a bag has besides the files of the run, where it is a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagTree {
    /// The folder that the bag is.
    pub folder: String,
    /// Its texts, whose names are paths.
    pub texts: Vec<Volume>,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The file's name for people.
    pub name: String,
    /// Where it lies.
    pub key: Key,
    /// Its length in bytes.
    pub len: u64,
    /// CRC-32 of the whole file, combined from its pieces; whoever downloads it can check it.
    pub crc32: u32,
    /// SHA-256 of the whole file in hexadecimal, where the store could tell it without the agent
    /// moving bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a delivery did; once it is written, nothing is delivered again to this recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The transport's place in the definition.
    pub transport: u32,
    /// How it was handed over.
    pub kind: TransportKind,
    /// To whom.
    pub recipient: String,
    /// When.
    pub at: Timestamp,
    /// What was handed over.
    pub volumes: Vec<Volume>,
    /// Where it went and what was said of it; nothing where it stays in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Delivered>,
    /// What the mail was about, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// What arrived at a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Where it is now, without anything secret.
    pub place: String,
    /// How many files there are: volumes, or files of the tree.
    pub files: u64,
    /// Their length, in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal, of a line for each file in the order of the archive: its CRC-32 in
    /// hexadecimal, its length and its path, with a space between them and a line feed after.
    pub digest: String,
    /// How many bytes passed through the agent, where the other side can fetch them by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<u64>,
    /// What the other side said at the end, cut at 1,000 characters; empty where it says nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
}

/// How far a delivery is that is made in steps, each of which is taken by itself; replaced after each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepsDone {
    /// How many steps are done: files, or pages of records.
    pub sent: u64,
    /// Where the next page of records begins in its file, in bytes.
    pub offset: u64,
    /// Before when nothing may be asked, for the other side said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What the other side said to the last step, where the receipt is to tell.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
}

/// That a transport has handed over what it ever will. Whoever finds it delivers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The transport's place in the definition.
    pub transport: u32,
    /// When.
    pub at: Timestamp,
    /// Who got nothing while others did; each is a warning of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreached: Vec<Unreached>,
}

/// A recipient that got nothing, for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreached {
    /// Who, as the definition names them.
    pub recipient: String,
    /// Why.
    #[serde(flatten)]
    pub fault: Fault,
}

/// A link by which the volumes of a transport can be downloaded without a token; without this record, none of its
/// URLs opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The transport's place in the definition.
    pub transport: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// What its owner did with it: whoever delivers leaves it at that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<LinkChange>,
}

/// What the owner of a link did with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkChange {
    /// Gave it another end, later or earlier.
    Renewed,
    /// Took it back: it holds no more, and cannot be renewed.
    Revoked,
}

impl Archive {
    /// The path that a file of the run has where files go one by one. Encrypted files are listed by
    /// their whole paths already.
    pub fn path(&self, path: &str) -> String {
        match (&self.bag, &self.sealed) {
            (Some(bag), None) => format!("{}/data/{path}", bag.folder),
            (_, Some(_)) | (None, None) => path.to_owned(),
        }
    }

    /// The length of everything that is handed over, in bytes.
    pub fn len_bytes(&self) -> u64 {
        match &self.sealed {
            Some(sealed) => sealed.bytes,
            None if self.volumes.is_empty() => self.bytes,
            None => self.volumes.iter().map(|volume| volume.len).sum(),
        }
    }

    /// The texts of a bag whose files go one by one.
    pub fn texts(&self) -> &[Volume] {
        self.bag.as_ref().map_or(&[], |bag| bag.texts.as_slice())
    }
}

impl Link {
    /// The id of a link that a delivery makes, from 1: there is another where the owner has ended the one before.
    pub fn of_delivery(transport: u32, number: u32) -> String {
        if number == 1 { format!("t{transport}") } else { format!("t{transport}n{number}") }
    }

    /// Whether an id is of a link that a delivery makes; those that owners make are hexadecimal.
    pub fn is_of_delivery(id: &str) -> bool {
        id.starts_with('t')
    }

    /// Whether it opens anything at this time.
    pub fn holds(&self, now: Timestamp) -> bool {
        !self.is_revoked() && now < self.expires
    }

    /// Whether its owner took it back.
    pub fn is_revoked(&self) -> bool {
        self.changed == Some(LinkChange::Revoked)
    }

    /// The link as its owner takes it back. It has ended, too, for coordinators that know of ends alone.
    #[must_use]
    pub fn revoked(self) -> Self {
        Self { expires: self.created, changed: Some(LinkChange::Revoked), ..self }
    }
}
