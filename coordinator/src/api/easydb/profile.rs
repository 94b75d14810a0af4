//! What documents name by a number or a name is the operator's, or else the catalogue's: stylesheets, and profiles of
//! mappings and of metadata. A document that names what neither has is refused when it is sent, and not only by
//! the run.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use proto::easydb::{Document, Instance, Mistake, Profiled, What, profiled};
use proto::id::Owner;
use serde_json::Value;
use source::SourceError;
use source::catalogue::Catalogue;

use super::Dialect;
use super::trouble::Trouble;

/// The mappings that are no profiles.
const OWN: [&str; 2] = ["easydb", "easydb_flat"];

/// Most profiles of metadata that the catalogue is asked for at once; no document names more.
const MOST_PROFILES: usize = 100;

/// Refuses a stylesheet or mapping profile that is not there, unless the export had it `before`: one that was
/// taken away since keeps nobody from changing the rest. A mapping of the catalogue is known by its number from then
/// on, whatever it was named by: that is what both products answer.
pub(super) async fn check_named(
    dialect: &Dialect,
    owner: &Owner,
    document: &mut Document,
    before: Option<&Document>,
) -> Result<(), Trouble> {
    let mapping = unlisted_mapping(dialect, document, before).map(str::to_owned);
    let stylesheet = unlisted(dialect, document, before);
    if mapping.is_none() && stylesheet.is_none() {
        return Ok(());
    }
    let Some(catalogue) = catalogue(dialect, owner) else { return Ok(()) };
    let mut mistakes = Vec::new();
    let mut number = None;
    if let Some(name) = mapping {
        let found = catalogue.mapping(&name).await;
        // Where no folder is named, the workers may have one all the same.
        if is_missing(&found) && dialect.settings.mappings.is_some() {
            let why = format!(
                "there is no mapping profile {name:?}; they are in the folder of the server's `[worker] mappings`, \
                 and in the catalogue"
            );
            let place = "export.mapping".to_owned();
            mistakes.push(Mistake { what: What::Value { why }, place });
        }
        let folder = dialect.settings.mappings.as_deref();
        let found = numbered(folder, &*catalogue, (name.as_str(), found), before).await;
        number = found.map_err(|error| error.fault())?;
    }
    if let Some(id) = stylesheet
        && is_missing(&catalogue.stylesheet(id).await)
    {
        let why = format!(
            "no stylesheet is configured for the asset {id}, and the catalogue has no `.xsl` or `.xslt` of that number"
        );
        let place = "export.xslt_xml_post_processing".to_owned();
        mistakes.push(Mistake { what: What::Value { why }, place });
    }
    if !mistakes.is_empty() {
        return Err(mistakes.into());
    }
    if number.is_some() {
        document.easydb.mapping = number;
    }
    Ok(())
}

/// The number that a document names a mapping by from then on, which the catalogue was asked for by a name; nothing
/// where it keeps that name. Where the export had one by its number `before`, it is not for want of an answer that it
/// is called otherwise: an incremental one would begin anew.
async fn numbered(
    folder: Option<&Path>,
    catalogue: &dyn Catalogue,
    (name, found): (&str, Result<Option<Vec<u8>>, SourceError>),
    before: Option<&Document>,
) -> Result<Option<String>, SourceError> {
    // Where no folder is named, the workers may have one all the same, and what is called so there comes first.
    let Some(folder) = folder else { return Ok(None) };
    let number = match found {
        Ok(Some(text)) => number_of(folder, catalogue, name, &text).await,
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let had = before.and_then(|before| before.easydb.mapping.as_deref());
    match number {
        Err(_) if had.is_none_or(|had| had.parse::<u64>().is_err()) => Ok(None),
        number => number,
    }
}

/// The number of a mapping that the catalogue gave by a name, where it gives the same one by its number, and no
/// profile of the operator comes before that.
async fn number_of(
    folder: &Path,
    catalogue: &dyn Catalogue,
    name: &str,
    text: &[u8],
) -> Result<Option<String>, SourceError> {
    let mapping: Value = serde_json::from_slice(text).unwrap_or_default();
    let Some(number) = mapping["id"].as_u64().map(|number| number.to_string()) else {
        return Ok(None);
    };
    if number == name {
        return Ok(Some(number));
    }
    if may_be_there(folder, &number) {
        return Ok(None);
    }
    let by_number = catalogue.mapping(&number).await?;
    Ok(by_number.filter(|by_number| by_number == text).map(|_| number))
}

/// The installation with what its catalogue says of the profiles of metadata that a document names and the operator
/// does not, and what of these is left out.
pub(super) async fn with_profiles<'d>(
    dialect: &'d Dialect,
    owner: &Owner,
    sent: &Value,
    before: Option<&Document>,
) -> Result<(Cow<'d, Instance>, Vec<String>), Trouble> {
    let mut instance = Cow::Borrowed(&dialect.settings.instance);
    let mut warnings = Vec::new();
    let unknown = Document::unknown_profiles(sent, &instance);
    if unknown.is_empty() {
        return Ok((instance, warnings));
    }
    let Some(catalogue) = catalogue(dialect, owner) else { return Ok((instance, warnings)) };
    for id in unknown.into_iter().take(MOST_PROFILES) {
        let known = before.and_then(|before| before.metadata.get(&id));
        let metadata = match (catalogue.mapping(&id).await, known) {
            (Ok(text), _) => {
                let mapping = text.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
                let Profiled { metadata, left_out } = profiled(&mapping.unwrap_or_default());
                let told = left_out.iter().filter(|_| metadata.is_some()).map(|element| {
                    format!("the profile {id:?} has {element:?}, which is no tag that is written, and was left out")
                });
                warnings.extend(told);
                metadata
            }
            // As it was when the catalogue answered last.
            (Err(_), Some(known)) => Some(known.clone()),
            // Whoever sends the document again is not told that there was none.
            (Err(error), None) => return Err(error.fault().into()),
        };
        if let Some(metadata) = metadata {
            instance.to_mut().metadata.insert(id, metadata);
        }
    }
    Ok((instance, warnings))
}

/// The mapping profile that a document names, where it is not known to be the operator's.
fn unlisted_mapping<'n>(
    dialect: &Dialect,
    document: &'n Document,
    before: Option<&Document>,
) -> Option<&'n str> {
    let name = document.easydb.mapping.as_deref().filter(|name| !OWN.contains(name))?;
    let is_kept = before.is_some_and(|before| before.easydb.mapping.as_deref() == Some(name));
    let folder = dialect.settings.mappings.as_deref();
    let is_listed = folder.is_some_and(|folder| may_be_there(folder, name));
    (!is_kept && !is_listed).then_some(name)
}

/// The file that a document names as its stylesheet, where the configuration says nothing of it.
fn unlisted<'n>(
    dialect: &Dialect,
    document: &'n Document,
    before: Option<&Document>,
) -> Option<&'n str> {
    let id = document.stylesheet.as_deref()?;
    let is_listed = dialect.settings.instance.stylesheets.contains_key(id);
    let is_kept = before.is_some_and(|before| before.stylesheet.as_deref() == Some(id));
    (!is_listed && !is_kept).then_some(id)
}

/// What tells what the catalogue has, as an owner sees it.
fn catalogue(dialect: &Dialect, owner: &Owner) -> Option<Arc<dyn Catalogue>> {
    let catalog = dialect.api.coordinator.catalog.of_owner(Some(owner.clone()));
    catalog.get(&dialect.settings.instance.source).ok()?.catalogue()
}

/// Whether a catalogue has none. Where it does not answer now, the run asks again.
fn is_missing(found: &Result<Option<Vec<u8>>, SourceError>) -> bool {
    matches!(found, Ok(None))
}

/// Whether the workers may have a profile. Where the folder is not on this machine, only they know: one
/// configuration serves all roles.
fn may_be_there(folder: &Path, name: &str) -> bool {
    let is_name = !name.starts_with('.') && !name.contains('/');
    is_name && (!folder.is_dir() || folder.join(format!("{name}.json")).is_file())
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use source::Search;
    use source::catalogue::About;

    use super::*;

    /// A catalogue with a mapping, whose names are known and whose number is asked for in vain, or not.
    struct Mapped {
        answers: bool,
    }

    const MAPPING: &[u8] = br#"{"id":12}"#;

    #[async_trait]
    impl Catalogue for Mapped {
        async fn about(&self) -> Result<Arc<About>, SourceError> {
            Ok(Arc::default())
        }

        async fn objects(&self, _ids: &[u64]) -> Result<Vec<Option<String>>, SourceError> {
            Ok(Vec::new())
        }

        async fn found(&self, _search: &Search, _ids: &[u64]) -> Result<Vec<bool>, SourceError> {
            Ok(Vec::new())
        }

        async fn mapping(&self, _name: &str) -> Result<Option<Vec<u8>>, SourceError> {
            if self.answers { Ok(Some(MAPPING.to_vec())) } else { Err(away()) }
        }
    }

    fn away() -> SourceError {
        SourceError::Unavailable { what: "it is away".to_owned() }
    }

    /// An export that has a mapping.
    fn with_mapping(name: &str) -> Document {
        let mut document = Document::default();
        document.easydb.mapping = Some(name.to_owned());
        document
    }

    #[tokio::test]
    async fn a_mapping_is_called_by_its_number_where_no_worker_may_have_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let check = async |folder: Option<&Path>, expected: Option<&str>| {
            let found = ("own", Ok(Some(MAPPING.to_vec())));
            let number = numbered(folder, &Mapped { answers: true }, found, None).await;
            assert_eq!(number.unwrap().as_deref(), expected);
        };
        check(Some(folder.path()), Some("12")).await;
        check(None, None).await;
        std::fs::write(folder.path().join("12.json"), "{}").unwrap();
        check(Some(folder.path()), None).await;
    }

    #[tokio::test]
    async fn a_mapping_that_had_a_number_gets_no_other_name_while_its_catalogue_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Some(folder.path());
        let silent = Mapped { answers: false };
        for (had, is_refused) in [(Some("12"), true), (Some("dublin-core"), false), (None, false)] {
            let before = had.map(with_mapping);
            for found in [Err(away()), Ok(Some(MAPPING.to_vec()))] {
                let number = numbered(folder, &silent, ("own", found), before.as_ref()).await;
                assert_eq!(number.is_err(), is_refused, "{had:?}: {number:?}");
                assert_eq!(number.unwrap_or_default(), None);
            }
        }
    }

    #[test]
    fn a_profile_is_refused_where_it_would_be_found_and_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mets.json"), "{}").unwrap();
        assert!(may_be_there(folder.path(), "mets"));
        assert!(!may_be_there(folder.path(), "lido"));
        // On the machines of the workers, maybe.
        let elsewhere = folder.path().join("elsewhere");
        assert!(may_be_there(&elsewhere, "lido"));
        for name in [".lido", "../lido"] {
            assert!(!may_be_there(&elsewhere, name), "{name}");
        }
    }
}
