//! What the files of a run are called in URLs, and the order in which they are listed.

use std::fmt;
use std::str::FromStr;

/// What a file is called in URLs; files are listed in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileId {
    /// A file that a batch made, or the file that batches from this one on share: `7.2`, `7.s`.
    Batch {
        /// The batch.
        ordinal: u32,
        /// The place in the batch; nothing for a file that batches share.
        place: Option<u32>,
    },
    /// The list of files that are called otherwise than they were to be: `r`.
    Originals,
    /// The list of what was left out: `w`.
    Warnings,
    /// The page that lists the files: `i`.
    Index,
    /// A file that a transport's files were encrypted to: `e0.17`.
    Sealed {
        /// The bundle that it lies in.
        bundle: u32,
        /// Its place in the bundle.
        place: u32,
    },
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch { ordinal, place: Some(place) } => write!(f, "{ordinal}.{place}"),
            Self::Batch { ordinal, place: None } => write!(f, "{ordinal}.s"),
            Self::Originals => f.write_str("r"),
            Self::Warnings => f.write_str("w"),
            Self::Index => f.write_str("i"),
            Self::Sealed { bundle, place } => write!(f, "e{bundle}.{place}"),
        }
    }
}

/// A text that is no id of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct NoFileId;

impl FromStr for FileId {
    type Err = NoFileId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse().map_err(|_| NoFileId) } else { Err(NoFileId) }
        };
        match text {
            "r" => return Ok(Self::Originals),
            "w" => return Ok(Self::Warnings),
            "i" => return Ok(Self::Index),
            _ => {}
        }
        let (ordinal, place) = text.split_once('.').ok_or(NoFileId)?;
        if let Some(bundle) = ordinal.strip_prefix('e') {
            return Ok(Self::Sealed { bundle: number(bundle)?, place: number(place)? });
        }
        let place = if place == "s" { None } else { Some(number(place)?) };
        Ok(Self::Batch { ordinal: number(ordinal)?, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_and_nothing_else_is_one() {
        for text in ["0.s", "7.0", "7.12", "4294967295.4294967295", "r", "w", "i", "e0.17"] {
            assert_eq!(text.parse::<FileId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            ".",
            "7",
            "7.",
            ".7",
            "s",
            "7.w",
            "W",
            "e7",
            "e.7",
            "e7.s",
            "+7.0",
            "7.-1",
            "4294967296.0",
        ] {
            assert_eq!(text.parse::<FileId>(), Err(NoFileId), "{text}");
        }
    }
}
