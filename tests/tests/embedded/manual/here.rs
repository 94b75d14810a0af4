//! What the names of the manual are here: the one table by which examples are changed before they run.

/// Pairs of what an example says and what is put in its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    pairs: Vec<(String, String)>,
}

impl Here {
    /// Adds a pair. Where several begin at the same place of a text, the first one counts.
    pub(super) fn is(&mut self, said: &str, here: &str) {
        self.pairs.push((said.to_owned(), here.to_owned()));
    }

    /// Adds the pairs of a key with a value: as JSON writes them, and as TOML.
    pub(super) fn either(&mut self, key: &str, said: &str, here: &str) {
        self.is(&format!("\"{key}\": {said}"), &format!("\"{key}\": {here}"));
        self.is(&format!("{key} = {said}"), &format!("{key} = {here}"));
    }

    /// A text with everything in its place. What was put there is not looked at again.
    pub(super) fn put(&self, text: &str) -> String {
        let (mut made, mut rest) = (String::new(), text);
        while let Some(next) = rest.chars().next() {
            match self.pairs.iter().find(|(said, _)| rest.starts_with(said.as_str())) {
                Some((said, here)) => {
                    made.push_str(here);
                    rest = &rest[said.len()..];
                }
                None => {
                    made.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        made
    }
}
