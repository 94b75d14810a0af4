//! What a profile cannot say of the elements that its fields are in: they are there once, whatever an object holds.
//! It is refused, for nobody would notice that it is left out or stands elsewhere.

use super::field::Field;
use super::profile::{Flaw, above};

/// What a field is in, within the element with all fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// That element itself.
    Base,
    /// An element of a group.
    Group,
    /// A row of a list.
    List,
}

/// Refuses fields of which something would not be where they say.
pub(super) fn misplaced(fields: &[Field], base: &[String]) -> Result<(), Flaw> {
    looked(fields, base, "fields", Within::Base, None)
}

/// The same of fields at a place; `conditional` is the outermost place whose conditions count for all of them.
fn looked(
    fields: &[Field],
    base: &[String],
    place: &str,
    within: Within,
    conditional: Option<&str>,
) -> Result<(), Flaw> {
    for (index, field) in fields.iter().enumerate() {
        let place = format!("{place}[{index}]");
        let own = (!field.conditions().is_empty()).then_some(place.as_str());
        let conditional = conditional.or(own);
        if let Some(depth) = above(field.element(), base) {
            let is_above = depth + 1 < base.len();
            let gives_attributes = field.gives_attributes();
            if is_above && (!gives_attributes || within == Within::List) {
                return Err(no_attributes(&place, field.element()));
            }
            if let Some(conditional) = conditional
                && gives_attributes
                && (is_above || within == Within::Group)
            {
                return Err(by_conditions(conditional, field.element()));
            }
        }
        match field {
            Field::Group { xml, fields, .. } => {
                let has_element = above(xml, base).is_none() && !xml.trim_matches('/').is_empty();
                let within =
                    if has_element && within == Within::Base { Within::Group } else { within };
                looked(fields, base, &format!("{place}.fields"), within, conditional)?;
            }
            Field::List { fields, .. } => {
                looked(fields, base, &format!("{place}.fields"), Within::List, conditional)?;
            }
            Field::Attribute { xml, attribute, .. }
                if is_nameless(xml, attribute.as_deref(), base) =>
            {
                return Err(nameless(&place));
            }
            Field::Element { .. }
            | Field::Text { .. }
            | Field::Attribute { .. }
            | Field::TextFixed { .. }
            | Field::TextEasUrl { .. } => {}
        }
    }
    Ok(())
}

/// Whether an attribute, which is called by the last step of its way where nothing else is said, would have no name.
fn is_nameless(xml: &str, attribute: Option<&str>, base: &[String]) -> bool {
    let last = || xml.rsplit('/').next().unwrap_or_default();
    let is_element = || attribute.is_none() && above(xml, base) == Some(base.len() - 1);
    attribute.unwrap_or_else(last).trim_start_matches('@').is_empty() || is_element()
}

fn nameless(place: &str) -> Flaw {
    Flaw {
        why: format!("{place}: an attribute has to have a name"),
        hint: "say it as `attribute`, or as the last step of `xml` below `xml_base`",
    }
}

fn no_attributes(place: &str, element: &str) -> Flaw {
    Flaw {
        why: format!("{place}: above `xml_base`, {element} can be given fixed attributes only"),
        hint: "give it `attributes` by a field of the type `element` that is in no list, or let `xml` lead below `xml_base`",
    }
}

fn by_conditions(place: &str, element: &str) -> Flaw {
    Flaw {
        why: format!("{place}.conditions: {element} is there for every object, and goes by none"),
        hint: "leave the conditions out, or let `xml` lead below `xml_base`",
    }
}

#[cfg(test)]
mod tests {
    use fabric::task::Verdict;
    use proto::fault::Code;
    use proto::message::TaskResult;
    use serde_json::{Value, json};

    use crate::easydb::mapping::profile::Profile;

    /// What is told of a profile with a field; nothing of one that is taken.
    fn told(field: &Value) -> String {
        let text = json!({"xml_base": "/x:xmpmeta/rdf:RDF", "fields": [field]}).to_string();
        let Err(error) = Profile::of_text("own", text.as_bytes()) else { return String::new() };
        let TaskResult::Failed(fault) = error.verdict() else { panic!("{error}") };
        assert_eq!(fault.code, Code::UnknownMapping);
        assert!(fault.hint.is_some_and(|hint| hint.contains("below `xml_base`")));
        fault.message
    }

    fn check(field: &Value, expected: &str) {
        let told = told(field);
        assert!(
            told.contains(expected) && told.is_empty() == expected.is_empty(),
            "{field}: {told}"
        );
    }

    #[test]
    fn elements_above_the_fields_have_no_conditions() {
        let conditions = json!([{"type": "any", "list": []}]);
        let top = json!({"type": "element", "xml": "/x:xmpmeta", "attributes": {"x:xmptk": "t"}});
        let (mut own, mut base) = (top.clone(), top.clone());
        own["conditions"] = conditions.clone();
        base["xml"] = "/x:xmpmeta/rdf:RDF".into();
        check(&top, "");
        check(&own, "fields[0].conditions: /x:xmpmeta is there");
        let group = |xml: &str, inner: &Value| {
            json!({"type": "group", "xml": xml, "fields": [
                {"type": "group", "conditions": conditions, "fields": [inner]}]})
        };
        check(&group("", &top), "fields[0].fields[0].conditions: /x:xmpmeta is there");
        check(&group("", &base), "");
        check(&group("rdf:Seq", &base), "fields[0].fields[0].conditions: /x:xmpmeta/rdf:RDF is");
        base["conditions"] = conditions.clone();
        check(&base, "");
    }

    #[test]
    fn an_attribute_has_a_name() {
        for way in ["", "@", "rdf:Seq/"] {
            let attribute = json!({"type": "attribute", "xml": way, "easydb": "_uuid"});
            check(&attribute, "fields[0]: an attribute has to have a name");
        }
        check(&json!({"type": "attribute", "name": "id", "easydb": "_uuid"}), "");
        let field = json!({"type": "attribute", "xml": "/r", "easydb": "_uuid"});
        let profile = |base: &str| json!({"xml_base": base, "fields": [field]}).to_string();
        assert!(Profile::of_text("own", profile("/r").as_bytes()).is_err());
        assert!(Profile::of_text("own", profile("/s").as_bytes()).is_ok());
    }

    #[test]
    fn nothing_but_fixed_attributes_is_put_above_the_fields() {
        let told = "fields[0]: above `xml_base`, /x:xmpmeta can";
        check(
            &json!({"type": "attribute", "xml": "/x:xmpmeta", "name": "id", "easydb": "_uuid"}),
            told,
        );
        check(&json!({"type": "attribute", "xml": "/x:xmpmeta/@id", "easydb": "_uuid"}), told);
        check(&json!({"type": "text", "xml": "/x:xmpmeta", "easydb": "_uuid"}), told);
        check(&json!({"type": "element", "xml": "/x:xmpmeta", "text": "x"}), told);
        let top = json!({"type": "element", "xml": "/x:xmpmeta", "attributes": {"x:xmptk": "t"}});
        let list = json!({"type": "list", "xml": "rdf:li", "fields": [top]});
        check(&list, "fields[0].fields[0]: above `xml_base`, /x:xmpmeta can");
        let own = json!({"type": "attribute", "xml": "/x:xmpmeta/rdf:RDF/@id", "easydb": "_uuid"});
        check(&own, "");
        check(&json!({"type": "text", "xml": "/rdf:Seq", "easydb": "_uuid"}), "");
    }
}
