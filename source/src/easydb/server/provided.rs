//! What a server keeps for exports besides its objects: the file of a stylesheet, and mapping profiles
//! (`/api/v1/xmlmapping`).

use serde_json::Value;

use super::Server;
use crate::SourceError;
use crate::asset::AssetRoot;
use crate::easydb::provision;
use crate::http::refused;

/// What stylesheets are called like.
const EXTENSIONS: [&str; 2] = ["xsl", "xslt"];

/// What they are said to be.
const KINDS: [&str; 3] = ["text/xsl", "application/xslt+xml", "application/xml+xslt"];

impl Server {
    /// The stylesheet that is a file of the server. A file of another kind is none.
    pub(super) async fn stylesheet_of(&self, id: &str) -> Result<Option<Vec<u8>>, SourceError> {
        // Whatever is no number is no file, and would be another question.
        let Ok(number) = id.parse::<u64>() else { return Ok(None) };
        let asked = format!("eas?ids=%5B{number}%5D&format=long");
        let Some(answer) = self.session.find(&asked).await? else { return Ok(None) };
        let files: Value = serde_json::from_str(answer.body())
            .map_err(|error| refused(format!("{} is not as expected: {error}", answer.told())))?;
        let Some(file) = file_of(&files, number).filter(|file| is_stylesheet(file)) else {
            return Ok(None);
        };
        let original = &file["versions"]["original"];
        let address = original["download_url"].as_str().or_else(|| original["url"].as_str());
        let Some(address) = address.filter(|address| !address.is_empty()) else { return Ok(None) };
        let what = format!("the stylesheet {number}");
        provision::whole(self.files.open(address).await, &what).await
    }

    /// A mapping profile: by its number, or by what it is called in any language.
    pub(super) async fn mapping_of(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        if let Ok(number) = name.parse()
            && let Some(found) = self.mapping_numbered(number).await?
        {
            return Ok(Some(found));
        }
        match self.number_of_mapping(name).await? {
            Some(number) => self.mapping_numbered(number).await,
            None => Ok(None),
        }
    }

    async fn mapping_numbered(&self, number: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let asked = format!("xmlmapping/mapping/{number}");
        let Some(answer) = self.session.find(&asked).await? else { return Ok(None) };
        let text = answer.body().as_bytes();
        provision::fits(text, &format!("the mapping profile {number}"))?;
        let is_there = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        Ok(is_there.then(|| text.to_vec()))
    }

    /// The number of the first mapping that is called so, or that is of a profile that is.
    async fn number_of_mapping(&self, name: &str) -> Result<Option<u64>, SourceError> {
        let Some(answer) = self.session.find("xmlmapping/list").await? else { return Ok(None) };
        let profiles: Value = serde_json::from_str(answer.body())
            .map_err(|error| refused(format!("{} is not as expected: {error}", answer.told())))?;
        let profiles = profiles.as_array().map(Vec::as_slice).unwrap_or_default();
        let mappings =
            |profile: &Value| profile["mappings"].as_array().cloned().unwrap_or_default();
        let is_called = |one: &Value| {
            let mut names = one["displayname"].as_object().into_iter().flatten();
            names.any(|(_, text)| text.as_str() == Some(name))
        };
        let by_name = profiles.iter().flat_map(mappings).find(is_called);
        let of_profile = || {
            let is_file = |profile: &&Value| {
                let file = profile["profile"].as_str().unwrap_or_default();
                !file.is_empty() && (file == name || file.split('.').next() == Some(name))
            };
            profiles.iter().filter(is_file).flat_map(mappings).next()
        };
        Ok(by_name.or_else(of_profile).and_then(|mapping| mapping["id"].as_u64()))
    }
}

/// What is told of a file: under its number, or in a list.
fn file_of(files: &Value, number: u64) -> Option<&Value> {
    let is_it =
        |file: &&Value| [&file["_id"], &file["id"]].iter().any(|id| id.as_u64() == Some(number));
    match files.as_array() {
        Some(files) => files.iter().find(is_it),
        None => files.get(number.to_string()),
    }
}

/// Whether a file is a stylesheet, by its name or by what it is said to be.
fn is_stylesheet(file: &Value) -> bool {
    let original = &file["versions"]["original"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_ascii_lowercase();
    let last = |value: &Value| text(value).rsplit('.').next().unwrap_or_default().to_owned();
    let ends = [
        last(&file["extension"]),
        last(&file["class_extension"]),
        last(&file["original_filename"]),
        last(&original["extension"]),
    ];
    let kinds = [
        text(&file["mimetype"]),
        text(&original["mimetype"]),
        text(&original["technical_metadata"]["mime_type"]),
    ];
    ends.iter().any(|end| EXTENSIONS.contains(&end.as_str()))
        || kinds.iter().any(|kind| KINDS.contains(&kind.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stylesheets_are_told_from_other_files() {
        for (file, expected) in [
            (json!({"class_extension": "unknown.xsl"}), true),
            (json!({"extension": "XSLT"}), true),
            (json!({"original_filename": "a.b.xslt", "extension": "bin"}), true),
            (json!({"versions": {"original": {"mimetype": "text/xsl"}}}), true),
            (json!({"class_extension": "image.jpg", "original_filename": "xsl.jpg"}), false),
            (json!({}), false),
        ] {
            assert_eq!(is_stylesheet(&file), expected, "{file}");
        }
    }

    #[test]
    fn a_file_is_found_under_its_number_or_in_a_list() {
        let file = json!({"_id": 7});
        assert_eq!(file_of(&json!({"7": file}), 7), Some(&file));
        assert_eq!(file_of(&json!([{"_id": 6}, file]), 7), Some(&file));
        assert_eq!(file_of(&json!([]), 7), None);
        assert_eq!(file_of(&json!({}), 7), None);
    }
}
