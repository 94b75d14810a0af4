//! Pages of a JSON:API: where they are, what is asked for there, and which is the last. Pure.

use proto::filter::{Condition, Operand, Where};
use url::Url;

use crate::SourceError;
use crate::http::{Answer, refused};

/// The parameter with the id that a page begins after.
pub(super) const AFTER: &str = "filter[id__gt]";

/// An address of the API, with what each request asks for. It is on the same server, for others get no token.
pub(super) fn below(url: &str, path: &str, page_size: u32) -> Result<Url, SourceError> {
    let wrong =
        |error: url::ParseError| refused(format!("{url:?} with {path:?} is no URL: {error}"));
    let base = Url::parse(&format!("{}/", url.trim_end_matches('/'))).map_err(wrong)?;
    let mut place = base.join(path).map_err(wrong)?;
    if place.origin() != base.origin() {
        return Err(refused(format!("{path:?} is on another server than {url:?}")));
    }
    place
        .query_pairs_mut()
        .append_pair("sort", "id")
        .append_pair("page[size]", &page_size.to_string());
    Ok(place)
}

/// What is asked for some records: those that meet conditions, after an id.
pub(super) fn asked(url: &Url, conditions: &[(String, &str)], after: Option<&str>) -> Url {
    let mut url = url.clone();
    let after = after.map(|after| (AFTER, after));
    let conditions = conditions.iter().map(|(key, value)| (key.as_str(), *value));
    url.query_pairs_mut().extend_pairs(conditions.chain(after));
    url
}

/// The parameters that ask for entries that meet conditions: on the dataset and the status, and where no more than so
/// many values are named. What an API passes over is left out here.
pub(super) fn parameters(own: &Where, most: usize) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    for field in ["dataset_id", "status"] {
        let values = match own.get(field) {
            Some(Condition::Is(value)) => std::slice::from_ref(value),
            Some(Condition::In(values)) if values.len() <= most => values.as_slice(),
            Some(Condition::In(_) | Condition::Compare(_)) | None => continue,
        };
        let text = |value: &Operand| match value {
            Operand::Text(text) => Some(text.clone()).filter(|text| is_plain(text)),
            Operand::Null | Operand::Bool(_) | Operand::Number(_) => None,
        };
        let Some(texts) = values.iter().map(text).collect::<Option<Vec<_>>>() else { continue };
        let key = match texts.len() {
            1 => format!("filter[{field}]"),
            _ => format!("filter[{field}__in][]"),
        };
        parameters.extend(texts.into_iter().map(|text| (key.clone(), text)));
    }
    parameters
}

/// Whether any API takes a text for itself: one that is empty may stand for what is missing, and one with commas for
/// a list (<https://jsonapi.org/recommendations/#filtering>).
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(',')
}

/// Whether an id is greater than the one before: as whole numbers where both are, else as texts.
pub(super) fn rises(before: &str, id: &str) -> bool {
    match (before.parse::<u128>(), id.parse::<u128>()) {
        (Ok(before), Ok(id)) => before < id,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => before < id,
    }
}

/// Whether an answer says that no page comes after it
/// (<https://jsonapi.org/format/#fetching-pagination>).
pub(super) fn is_last(answer: &Answer) -> bool {
    answer.find("/links").is_some_and(|links| links.starts_with('{'))
        && answer.find("/links/next").is_none_or(|next| next == "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_on_the_server() {
        let check = |path: &str| below("https://h/api/", path, 9).map(|url| url.to_string());
        let query = "?sort=id&page%5Bsize%5D=9";
        assert_eq!(check("entries").unwrap(), format!("https://h/api/entries{query}"));
        assert_eq!(check("/v2/entries").unwrap(), format!("https://h/v2/entries{query}"));
        assert!(check("https://other/entries").is_err());
    }

    #[test]
    fn entries_are_asked_for_by_what_services_know() {
        let check = |conditions: &str, expected: &[(&str, &str)]| {
            let own: Where = serde_json::from_str(conditions).unwrap();
            let asked = parameters(&own, 2);
            let asked: Vec<(&str, &str)> =
                asked.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(asked, expected, "{conditions}");
        };
        check(
            r#"{"status": "completed", "dataset_id": ["a", "b"], "name": "x"}"#,
            &[
                ("filter[dataset_id__in][]", "a"),
                ("filter[dataset_id__in][]", "b"),
                ("filter[status]", "completed"),
            ],
        );
        check(r#"{"dataset_id": ["a"]}"#, &[("filter[dataset_id]", "a")]);
        for others in [
            r#"{"dataset_id": ["a", "b", "c"]}"#,
            r#"{"dataset_id": []}"#,
            r#"{"status": ["completed", null]}"#,
            r#"{"status": {"ne": "completed"}}"#,
            r#"{"status": ""}"#,
            r#"{"status": ["completed", "a,b"]}"#,
            r#"{"dataset_id": 7}"#,
        ] {
            check(others, &[]);
        }
    }

    #[test]
    fn ids_rise_as_numbers_or_as_texts() {
        for (before, id, expected) in [("9", "10", true), ("a9", "a10", false), ("a", "b", true)] {
            assert_eq!(rises(before, id), expected, "{before} {id}");
        }
    }
}
