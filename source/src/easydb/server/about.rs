//! What a server tells of itself: asked in eight questions, once for many batches, and for its users
//! where their names are needed.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::question::Question;
use super::schema::{Filenames, Maskset, Names, Schema, filenames, types};
use super::session::Session;
use crate::SourceError;
use crate::catalogue::{About, ImageMappings, Localised, UserNames};
use crate::http::{Answer, refused};

/// How many users are asked for at once.
const USERS: usize = 1000;

/// Most pages of users that are asked for.
const USER_PAGES: usize = 10;

/// Asks for all of it.
pub(super) async fn about(session: &Session) -> Result<About, SourceError> {
    let settings: Value = read(&session.get("settings").await?)?;
    let told: Value = read(&session.told().await?)?;
    let schema: Schema = read(&session.get("schema/user/CURRENT?format=json").await?)?;
    let masks: Maskset = read(&session.get("mask/CURRENT?format=json").await?)?;
    let names: Names = read(&session.get("l10n/user/CURRENT").await?)?;
    let tags: Value = read(&session.get("tags").await?)?;
    let filenames = templates(session).await?;
    let first = Question::default().short().page(None, None);
    let first = session.search(first).await?;
    let all_languages =
        languages(&told["config"]["base"]["system"]["config"]["languages"]["database"])
            .or_else(|| languages(&told["config"]["base"]["system"]["languages"]["database"]))
            .unwrap_or_default();
    let own = languages(&told["user"]["user"]["database_languages"]);
    let tag_references = of_tags(&tags, reference);
    let base = settings["base-schema"].as_u64().or(schema.based_on_base_version);
    Ok(About {
        name: name(&settings),
        uuid: uuid(&first)?,
        url: session.url().as_str().trim_end_matches('/').to_owned(),
        base_schema: base.unwrap_or_default(),
        user_schema: schema.version,
        languages: own.unwrap_or_else(|| all_languages.iter().take(1).cloned().collect()),
        types: types(&schema, &masks, &names, &filenames),
        tags: of_tags(&tags, |tag| tag["displayname"].as_object().map(texts)),
        tag_references,
        image_mappings: ImageMappings::default(),
        all_languages,
    })
}

/// What an instance is called: a fylr's `name` is that of its database, which says nothing to anybody.
fn name(settings: &Value) -> String {
    let mut names = ["config_name", "instance", "name"].iter();
    let name = names.find_map(|key| settings[*key].as_str().filter(|name| !name.is_empty()));
    name.unwrap_or_default().to_owned()
}

/// The templates of file names; none where the server has no such thing, or does not tell it this user.
async fn templates(session: &Session) -> Result<Filenames, SourceError> {
    match session.get("objecttype").await {
        Ok(answer) => Ok(filenames(&read(&answer)?)),
        Err(SourceError::Refused { .. }) => Ok(Filenames::new()),
        Err(error) => Err(error),
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, SourceError> {
    serde_json::from_str(answer.body())
        .map_err(|error| refused(format!("{} is not as expected: {error}", answer.told())))
}

/// The instance's UUID: what stands behind `@` in an object's global number; nothing where there are no
/// objects.
fn uuid(first: &Answer) -> Result<String, SourceError> {
    let records = first.records("/objects")?;
    let Some(record) = records.first() else { return Ok(String::new()) };
    let object: Value = serde_json::from_str(record)
        .map_err(|error| refused(format!("{} gives a broken object: {error}", first.told())))?;
    let global = object["_global_object_id"].as_str().unwrap_or_default();
    Ok(global.split_once('@').map_or(String::new(), |(_, uuid)| uuid.to_owned()))
}

/// A list of languages, each a tag or an object with one; nothing where there is none.
fn languages(list: &Value) -> Option<Vec<String>> {
    let tags = list.as_array()?.iter().filter_map(|language| {
        language.as_str().or_else(|| language["value"].as_str()).map(str::to_owned)
    });
    Some(tags.collect::<Vec<String>>()).filter(|tags| !tags.is_empty())
}

/// Something of the tags of all groups, by their numbers.
fn of_tags<T>(groups: &Value, what: impl Fn(&Value) -> Option<T>) -> BTreeMap<u64, T> {
    let groups = groups.as_array().into_iter().flatten();
    let tags = groups.filter_map(|group| group["_tags"].as_array()).flatten();
    tags.filter_map(|tag| Some((tag["tag"]["_id"].as_u64()?, what(&tag["tag"])?))).collect()
}

/// What a tag is referred to by, where it is.
fn reference(tag: &Value) -> Option<String> {
    tag["reference"].as_str().filter(|reference| !reference.is_empty()).map(str::to_owned)
}

fn texts(names: &Map<String, Value>) -> Localised {
    let names = names.iter();
    names.filter_map(|(tag, name)| Some((tag.clone(), name.as_str()?.to_owned()))).collect()
}

/// The names of users, those that this one may see. Not everybody may list them, and nothing is lost without them
/// but names of owners: objects mostly bring them along. Half of them would be another half on another worker.
pub(super) async fn user_names(session: &Session) -> Result<UserNames, SourceError> {
    let mut found = UserNames::new();
    for page in 0..USER_PAGES {
        let path = format!("user?limit={USERS}&offset={}", page * USERS);
        let answer = match session.get(&path).await {
            Ok(answer) => answer,
            Err(SourceError::Refused { .. }) => break,
            Err(error) => return Err(error),
        };
        let users: Vec<Value> = read(&answer)?;
        found.extend(users.iter().filter_map(|user| user_name(&user["user"])));
        if users.len() < USERS {
            break;
        }
    }
    Ok(found)
}

/// The number and the name of a user; nothing of one who has none.
fn user_name(user: &Value) -> Option<(u64, String)> {
    let names = ["_generated_displayname", "displayname", "login"];
    let mut names = names.iter().filter_map(|key| user[*key].as_str());
    Some((user["_id"].as_u64()?, names.find(|name| !name.is_empty())?.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fylr_is_called_as_its_configuration_calls_it() {
        let check = |settings: Value, expected: &str| assert_eq!(name(&settings), expected);
        check(json!({"name": "Museum", "api": "v1"}), "Museum");
        check(json!({"name": "fa2c7b27", "instance": "i", "config_name": "Museum"}), "Museum");
        check(json!({"name": "fa2c7b27", "instance": "Museum", "config_name": ""}), "Museum");
        check(json!({}), "");
    }

    #[test]
    fn tags_are_told_with_what_they_are_referred_to_by() {
        let groups = json!([{"_tags": [
            {"tag": {"_id": 3, "displayname": {"de-DE": "Rot"}, "reference": "red"}},
            {"tag": {"_id": 4, "displayname": {"de-DE": "Blau"}, "reference": ""}}]}]);
        let references = of_tags(&groups, reference);
        assert_eq!(references, BTreeMap::from([(3, "red".to_owned())]));
    }
}
