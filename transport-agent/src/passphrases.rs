//! The passphrases that results are encrypted by: files of the deployment, by name.
//!
//! A file is read when something is encrypted and not before, so that a new passphrase holds from
//! then on. What is in it is never told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fabric::secret::in_file;
use proto::definition::unknown_passphrase;
use proto::fault::{Code, Fault};
use secrecy::{ExposeSecret, SecretString};

/// The configured passphrases.
#[derive(Debug, Clone, Default)]
pub struct Passphrases(BTreeMap<String, PathBuf>);

impl Passphrases {
    /// Passphrases by name, each in a file.
    pub fn new(files: BTreeMap<String, PathBuf>) -> Self {
        Self(files)
    }

    /// What is in the file of a name, without line ends after it.
    pub(crate) fn read(&self, name: &str) -> Result<SecretString, Fault> {
        let file = self.0.get(name).ok_or_else(|| unknown_passphrase(name, self.0.keys()))?;
        let refuse = |why: String| {
            Fault::new(Code::UnknownPassphrase, format!("the passphrase {name:?} {why}"))
                .hint(format!("check [passphrases.{name}] file and the agent's machine"))
        };
        let text = std::fs::read_to_string(file).map(SecretString::from);
        let text = text
            .map_err(|error| refuse(format!("cannot be read from {}: {error}", file.display())))?;
        match in_file(text.expose_secret()) {
            "" => Err(refuse(format!("is empty in {}", file.display()))),
            passphrase => Ok(passphrase.to_owned().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_what_stands_in_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| (name.to_owned(), folder.path().join(name));
        std::fs::write(folder.path().join("good"), " open sesame \r\n").unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        let files = ["good", "empty", "gone"].map(file);
        let passphrases = Passphrases::new(files.into());
        assert_eq!(passphrases.read("good").unwrap().expose_secret(), " open sesame ");
        for name in ["empty", "gone", "other"] {
            let fault = passphrases.read(name).unwrap_err();
            assert_eq!(fault.code, Code::UnknownPassphrase, "{fault}");
            assert!(fault.message.contains(name) && !fault.to_string().contains("sesame"));
        }
    }
}
