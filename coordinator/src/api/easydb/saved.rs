//! How what is fetched is saved, as the request says it: by `disposition` and `filename`.

use super::exports::Asked;
use super::passkey;
use super::trouble::Trouble;
use crate::api::disposition::{attachment, inline};

/// Whether and under which name a client saves what it fetches.
pub(super) struct Saved {
    disposition: Option<String>,
    filename: Option<String>,
}

impl Saved {
    pub(super) fn read(query: &Asked) -> Result<Self, Trouble> {
        let disposition = query.get("disposition").cloned();
        if let Some(other) =
            disposition.as_deref().filter(|text| !["inline", "attachment"].contains(text))
        {
            let why = format!("{other:?} is neither inline nor attachment");
            return Err(Trouble::Parameter { name: "disposition", why });
        }
        let filename = query.get("filename").filter(|name| !name.is_empty()).cloned();
        Ok(Self { disposition, filename })
    }

    /// The header that says how a file of this name is saved; empty where nobody asked.
    pub(super) fn disposition(&self, name: &str) -> String {
        match self.disposition.as_deref() {
            Some("inline") => inline(name),
            Some(_) => attachment(name),
            None => String::new(),
        }
    }

    /// What a file is called: as asked for, with the extension that it has.
    pub(super) fn name(&self, usual: &str, extension: &str) -> String {
        match &self.filename {
            Some(name) if extension.is_empty() => name.clone(),
            Some(name) => format!("{name}.{extension}"),
            None if extension.is_empty() || usual.ends_with(&format!(".{extension}")) => {
                usual.to_owned()
            }
            None => format!("{usual}.{extension}"),
        }
    }

    /// The header for a volume of an archive, with its place among several behind the name that is asked for; nothing
    /// where nobody asked, for volumes are saved anyway.
    pub(super) fn volume(&self, volume: &str, place: (usize, usize)) -> Option<String> {
        let name = match &self.filename {
            Some(name) => passkey::name(name, volume, place),
            None => volume.to_owned(),
        };
        match (self.disposition.as_deref(), &self.filename) {
            (None, None) => None,
            (Some("inline"), _) => Some(inline(&name)),
            _ => Some(attachment(&name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_saved_as_it_is_asked_for() {
        let check = |disposition: Option<&str>, filename: Option<&str>, expected: Option<&str>| {
            let [disposition, filename] =
                [disposition, filename].map(|text| text.map(str::to_owned));
            let saved = Saved { disposition, filename };
            assert_eq!(saved.volume("x-002.tar.bz2", (2, 3)).as_deref(), expected);
        };
        check(None, None, None);
        check(Some("inline"), None, Some("inline; filename=\"x-002.tar.bz2\""));
        check(Some("attachment"), Some("a"), Some("attachment; filename=\"a.2.tar.bz2\""));
        check(None, Some("a/b"), Some("attachment; filename=\"a_b.2.tar.bz2\""));
    }
}
