//! What is asked of `/api/v1/search`: the search of the export, and of which numbers.

use jiff::Timestamp;
use proto::definition::{Easydb, Generation};
use proto::filter::{Comparison, Condition, Operand, Where};
use serde_json::{Map, Value, json};

use super::super::index::NUMBER;
use super::abilities::{Abilities, Lack};
use super::{CHANGED, MOST};
use crate::Search;
use crate::http::{Denied, MAX_PAGE_BYTES};

/// The field with the type of an object.
const KIND: &str = "_objecttype";

/// What is told of an object in short.
const SHORT: &[&str] = &[NUMBER, CHANGED, KIND, "_mask", "_global_object_id", "_uuid"];

/// So many whole objects any server gives in time: where it does not, there is another reason than their number.
const IN_TIME: usize = 200;

/// A search whose answers are asked for in the order of their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    /// What the export gives besides its elements: object types and language.
    others: Map<String, Value>,
    /// The elements that must hold.
    elements: Vec<Value>,
}

/// How much of objects is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Everything, with the changes of each; since easydb 5.34, and before that it was [`Self::Long`].
    Full,
    /// Everything else.
    Long,
    /// What names them.
    Short,
}

/// What of a search is the export's; how its answers are ordered and cut is ours, and that each object comes once.
const KEPT: &[&str] = &["objecttypes", "language", "languages"];

impl Question {
    /// A search, and the conditions that the server can judge too. It gives what meets them and perhaps more.
    pub(super) fn new(search: Option<&Search>, filter: &Where) -> Self {
        let given =
            |key: &str| search.and_then(|search| search.get(key)).filter(|value| !value.is_null());
        let others = KEPT.iter().filter_map(|key| Some(((*key).to_owned(), given(key)?.clone())));
        let own = given("search").filter(|own| own.as_array().is_none_or(|list| !list.is_empty()));
        // In one element, so that what should hold and what must hold besides are not mixed.
        let own = own.map(|own| json!({"type": "complex", "bool": "must", "search": own}));
        let changed = filter.get(CHANGED).and_then(changed);
        let kind = filter.get(KIND).and_then(among);
        let numbers = filter.get(NUMBER).and_then(numbered);
        let elements = own.into_iter().chain(changed).chain(kind).chain(numbers).collect();
        Self { others: others.collect(), elements }
    }

    /// What has some fields of its objects: everything, so many at once, unless they are among those that name
    /// them, or nothing else is asked for.
    pub(super) fn with<'n>(
        &self,
        fields: impl Iterator<Item = &'n String> + Clone,
        limit: u32,
    ) -> Asked {
        if fields.clone().all(|field| SHORT.contains(&field.as_str())) {
            self.short()
        } else {
            self.whole(fields, limit)
        }
    }

    /// Everything of its objects, so many at once, with their changes where these are among some fields.
    pub(super) fn whole<'n>(
        &self,
        mut fields: impl Iterator<Item = &'n String>,
        limit: u32,
    ) -> Asked {
        let form =
            if fields.any(|field| field == Easydb::CHANGELOG) { Form::Full } else { Form::Long };
        Asked { form, ..self.long(limit) }
    }

    /// Everything of its objects but their changes, so many at once.
    pub(super) fn long(&self, limit: u32) -> Asked {
        Asked { question: self.clone(), form: Form::Long, most: limit, limit }
    }

    /// What names its objects, as many as may be at once.
    pub(super) fn short(&self) -> Asked {
        Asked { question: self.clone(), form: Form::Short, most: MOST, limit: MOST }
    }

    /// Those of some numbers, at most [`MOST`] of them.
    pub(super) fn among(&self, ids: &[u64], form: Form) -> Value {
        let element = json!({"type": "in", "bool": "must", "fields": [NUMBER], "in": ids});
        self.body(Some(element), form, MOST, &json!({"field": NUMBER, "order": "ASC"}))
    }

    /// The one that was changed last, up to a moment; to the second, as times are in searches.
    pub(super) fn newest(&self, until: Option<Timestamp>) -> Value {
        let to = until.and_then(|until| Timestamp::from_second(until.as_second()).ok());
        let element = to.map(
            |to| json!({"type": "range", "bool": "must", "field": CHANGED, "to": to.to_string()}),
        );
        self.body(element, Form::Short, 1, &json!({"field": CHANGED, "order": "DESC"}))
    }

    fn body(&self, element: Option<Value>, form: Form, limit: u32, sort: &Value) -> Value {
        let elements: Vec<Value> = self.elements.iter().cloned().chain(element).collect();
        let mut body = self.others.clone();
        let format = match form {
            Form::Full => "full",
            Form::Long => "long",
            Form::Short => "short",
        };
        body.insert("type".to_owned(), json!("object"));
        body.insert("search".to_owned(), Value::Array(elements));
        body.insert("format".to_owned(), json!(format));
        body.insert("sort".to_owned(), json!([sort]));
        body.insert("offset".to_owned(), json!(0));
        body.insert("limit".to_owned(), json!(limit));
        // Without it an object comes once for each of its masks.
        body.insert("best_mask_filter".to_owned(), json!(true));
        // They cost the server more than all the rest, and nobody looks at them.
        body.insert("generate_rights".to_owned(), json!(false));
        Value::Object(body)
    }
}

/// What fylr sorts by the last change with; it is a name for sorting alone.
const CHANGED_IN_FYLR: &str = "_changelog.date_last_updated";

/// A question in the words of a product: fylr has `languages` where easydb has one `language`.
pub(super) fn worded(mut question: Value, generation: Generation) -> Value {
    let Some(words) = question.as_object_mut() else { return question };
    match generation {
        Generation::Easydb => {
            words.remove("languages");
        }
        Generation::Fylr => {
            if let Some(language) = words.remove("language") {
                words.entry("languages").or_insert_with(|| json!([language]));
            }
            if let Some(field) = words.get_mut("sort").and_then(|sort| sort.pointer_mut("/0/field"))
                && field == CHANGED
            {
                *field = json!(CHANGED_IN_FYLR);
            }
        }
    }
    question
}

/// A question in one form, page by page.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    question: Question,
    form: Form,
    /// Most objects at once.
    most: u32,
    /// How many at once, now.
    limit: u32,
}

impl Asked {
    /// The same without what a server was seen not to be able to do.
    pub(super) fn within(&self, abilities: &Abilities) -> Self {
        let mut asked = self.clone();
        if asked.form == Form::Full && !abilities.gives_changes() {
            asked.form = Form::Long;
        }
        if asked.form != Form::Short {
            asked.most = asked.most.min(abilities.most());
            asked.limit = asked.limit.min(asked.most);
        }
        asked
    }

    /// What is asked instead where this is denied, and what the server cannot do if it answers that: half as many objects
    /// where so many have no room in an answer, or do not come in time, and objects without their changes where it may not
    /// know the format that has them. Nothing where nothing else would help.
    pub(super) fn instead(&self, denied: &Denied) -> Option<(Self, Option<Lack>)> {
        let half = self.limit / 2;
        if denied.is_too_long && self.limit > 1 {
            // It is of these objects: others may be shorter.
            return Some((Self { limit: half, ..self.clone() }, None));
        }
        if self.form != Form::Short && is_too_slow(denied, self.limit as usize) {
            let lack = Some(Lack::Time { most: half });
            return Some((Self { most: half, limit: half, ..self.clone() }, lack));
        }
        let is_refused = denied.status.is_some_and(|status| status.is_client_error());
        (is_refused && self.form == Form::Full)
            .then(|| (Self { form: Form::Long, ..self.clone() }, Some(Lack::Changes)))
    }

    /// Asks for twice as many objects from now on, where so many are sure to have room after an answer of so many bytes.
    pub(super) fn grow(&mut self, len_bytes: usize) {
        if len_bytes < MAX_PAGE_BYTES / 4 {
            self.limit = self.limit.saturating_mul(2).min(self.most);
        }
    }

    /// The page after a number, up to one.
    pub(super) fn page(&self, after: Option<u64>, until: Option<u64>) -> Value {
        let mut range = json!({"type": "range", "bool": "must", "field": NUMBER});
        // Both ends are inclusive.
        range["from"] = json!(after.map_or(0, |after| after.saturating_add(1)));
        if let Some(until) = until {
            range["to"] = json!(until);
        }
        let sort = json!({"field": NUMBER, "order": "ASC"});
        self.question.body(Some(range), self.form, self.limit, &sort)
    }
}

/// Whether so many whole objects may be more than a server, or what stands before it, has time for.
pub(super) fn is_too_slow(denied: &Denied, count: usize) -> bool {
    denied.is_slow && count > IN_TIME
}

/// A condition on the type of objects.
fn among(condition: &Condition) -> Option<Value> {
    let operands = match condition {
        Condition::Is(operand) => std::slice::from_ref(operand),
        Condition::In(operands) => operands.as_slice(),
        Condition::Compare(_) => return None,
    };
    let names: Option<Vec<String>> = operands.iter().map(Operand::text).collect();
    Some(json!({"type": "in", "bool": "must", "fields": [KIND], "in": names?}))
}

/// A condition on the numbers of objects.
fn numbered(condition: &Condition) -> Option<Value> {
    let Condition::In(operands) = condition else { return None };
    let number = |operand: &Operand| match operand {
        Operand::Number(number) => number.as_u64(),
        Operand::Null | Operand::Bool(_) | Operand::Text(_) => None,
    };
    let ids: Option<Vec<u64>> = operands.iter().map(number).collect();
    Some(json!({"type": "in", "bool": "must", "fields": [NUMBER], "in": ids?}))
}

/// A condition on the moment of the last change, as wide as the server knows it.
fn changed(condition: &Condition) -> Option<Value> {
    let Condition::Compare(Comparison { gt, ge, lt, le, .. }) = condition else { return None };
    let text = |operand: &Option<Operand>| match operand {
        Some(Operand::Text(text)) => Some(text.clone()),
        Some(Operand::Null | Operand::Bool(_) | Operand::Number(_)) | None => None,
    };
    let (from, to) = (text(gt).or_else(|| text(ge)), text(lt).or_else(|| text(le)));
    if from.is_none() && to.is_none() {
        return None;
    }
    let mut range = json!({"type": "range", "bool": "must", "field": CHANGED});
    for (key, end) in [("from", from), ("to", to)] {
        if let Some(end) = end {
            range[key] = json!(end);
        }
    }
    Some(range)
}

#[cfg(test)]
mod tests;
