//! What an address asks for: the path through the tables, what is picked of it, and which page.

use super::cursor::{Cursor, Name};
use super::filter::{self, Filter};
use super::refusal::Refusal;
use super::token::Class;

/// What is given of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// Whole rows.
    Entity,
    /// Some columns.
    Attribute,
    /// Some columns of rows that are alike.
    AttributeGroup,
    /// One row about all.
    Aggregate,
}

/// Which rows come out of a join besides those that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Inner,
    Left,
    Right,
    Full,
}

/// A step of a path.
#[derive(Debug)]
pub(super) enum Step {
    /// To a table that the one before refers to, or that refers to it.
    Table { alias: Option<String>, name: Name },
    /// To a table by these columns.
    Link { alias: Option<String>, join: Join, left: Vec<Name>, right: Option<Vec<Name>> },
    /// To fewer rows.
    Filter(Filter),
    /// Back to a table.
    Back(String),
}

/// Something that is picked.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) alias: Option<String>,
    pub(super) function: Option<String>,
    pub(super) name: Name,
}

/// A column that is sorted by.
#[derive(Debug)]
pub(super) struct SortKey {
    pub(super) name: String,
    pub(super) is_descending: bool,
}

/// The values at the border of a page.
pub(super) type Border = Vec<Option<String>>;

/// A query.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) api: Api,
    pub(super) steps: Vec<Step>,
    /// What rows are grouped by.
    pub(super) keys: Vec<Item>,
    pub(super) items: Vec<Item>,
    pub(super) sort: Vec<SortKey>,
    pub(super) after: Option<Border>,
    pub(super) before: Option<Border>,
}

impl Query {
    /// Reads a path from one of its bytes on.
    pub(super) fn parse(api: Api, path: &str, from: usize) -> Result<Self, Refusal> {
        let mut cursor = Cursor::new(path, from)?;
        let mut query = Self {
            api,
            steps: Vec::new(),
            keys: Vec::new(),
            items: Vec::new(),
            sort: Vec::new(),
            after: None,
            before: None,
        };
        loop {
            let is_last = !cursor.has_later('/') && !query.steps.is_empty();
            if is_last && api != Api::Entity {
                query.items = items(&mut cursor)?;
                if api == Api::AttributeGroup {
                    query.keys = std::mem::take(&mut query.items);
                    if cursor.passes_sign(';') {
                        query.items = items(&mut cursor)?;
                    }
                }
                break;
            }
            query.steps.push(step(&mut cursor)?);
            if !cursor.passes_sign('/') {
                break;
            }
        }
        if api != Api::Entity && query.items.is_empty() && query.keys.is_empty() {
            return Err(cursor.unexpected());
        }
        query.page(&mut cursor)?;
        if cursor.is_at_end() { Ok(query) } else { Err(cursor.unexpected()) }
    }

    /// The identifier that a page of whole rows of one table follows, if that is what is asked for.
    pub(super) fn identifier_before(&self) -> Option<&str> {
        let is_plain = self.api == Api::Entity && self.steps.len() == 1 && self.before.is_none();
        match (self.sort.as_slice(), self.after.as_deref()) {
            ([key], Some([Some(border)])) if is_plain && key.name == "RID" => {
                (!key.is_descending).then_some(border)
            }
            _ => None,
        }
    }

    /// Reads what is sorted by, and the borders of the page.
    fn page(&mut self, cursor: &mut Cursor) -> Result<(), Refusal> {
        if !cursor.passes_sign('@') {
            return Ok(());
        }
        cursor.expect_word("sort")?;
        cursor.expect_sign('(')?;
        loop {
            let name = cursor.string()?;
            let is_descending = cursor.passes(Class::Operator);
            if is_descending {
                cursor.expect_word("desc")?;
                cursor.expect(Class::Operator)?;
            }
            self.sort.push(SortKey { name, is_descending });
            if !cursor.passes_sign(',') {
                break;
            }
        }
        cursor.expect_sign(')')?;
        while cursor.passes_sign('@') {
            let is_after = cursor.passes_word("after");
            if !is_after {
                cursor.expect_word("before")?;
            }
            let border = border(cursor)?;
            if border.len() != self.sort.len() {
                return Err(Refusal::malformed("Page key and sort key differ in length."));
            }
            *(if is_after { &mut self.after } else { &mut self.before }) = Some(border);
        }
        Ok(())
    }
}

fn step(cursor: &mut Cursor) -> Result<Step, Refusal> {
    if cursor.passes_sign('$') {
        return Ok(Step::Back(cursor.string()?));
    }
    let alias = cursor.string_before(Class::Assign);
    let joins = [("left", Join::Left), ("right", Join::Right), ("full", Join::Full)];
    let join = joins.into_iter().find(|(word, _)| cursor.is_word_of_names(word));
    if let Some((word, _)) = join {
        cursor.expect_word(word)?;
    }
    if cursor.opens_names() {
        let left = cursor.names()?;
        let right = if cursor.passes_sign('=') { Some(cursor.names()?) } else { None };
        let join = join.map_or(Join::Inner, |(_, join)| join);
        return Ok(Step::Link { alias, join, left, right });
    }
    if alias.is_some() {
        return Ok(Step::Table { alias, name: cursor.name()? });
    }
    let begin = cursor.place();
    if !cursor.is_sign('!') && !cursor.is_sign('(') {
        let name = cursor.name()?;
        if !cursor.is_sign('=') && !cursor.is(Class::Operator) {
            return Ok(Step::Table { alias, name });
        }
        cursor.back(begin);
    }
    Ok(Step::Filter(filter::filter(cursor)?))
}

fn items(cursor: &mut Cursor) -> Result<Vec<Item>, Refusal> {
    let mut items = Vec::new();
    loop {
        let alias = cursor.string_before(Class::Assign);
        let function = cursor.string_before(Class::Sign('('));
        let name = cursor.name()?;
        if function.is_some() {
            cursor.expect_sign(')')?;
        }
        items.push(Item { alias, function, name });
        if !cursor.passes_sign(',') {
            return Ok(items);
        }
    }
}

fn border(cursor: &mut Cursor) -> Result<Border, Refusal> {
    cursor.expect_sign('(')?;
    let mut values = Vec::new();
    loop {
        if cursor.passes(Class::Operator) {
            cursor.expect_word("null")?;
            cursor.expect(Class::Operator)?;
            values.push(None);
        } else if cursor.is_sign(',') || cursor.is_sign(')') {
            values.push(Some(String::new()));
        } else {
            values.push(Some(cursor.string()?));
        }
        if !cursor.passes_sign(',') {
            break;
        }
    }
    cursor.expect_sign(')')?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::{Api, Query};

    #[test]
    fn a_link_is_told_from_a_condition_by_what_is_in_its_parentheses() {
        let path = "t/(a)=(s:t:b)/R:=left(c)=(s:u:d)/(a=1;b::gt::2)&!(c::null::)/$R";
        let query = Query::parse(Api::Entity, path, 0).unwrap();
        let steps = format!("{:?}", query.steps);
        let kinds = ["Table", "Link", "Link", "Filter", "Back"];
        let places = kinds.map(|kind| steps.find(kind).unwrap());
        assert!(places.is_sorted(), "{steps}");
        assert!(steps.contains("join: Left"), "{steps}");
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_place() {
        let refused = format!("{:?}", Query::parse(Api::Entity, "s:t@after(1)", 0).unwrap_err());
        assert!(refused.contains("LexToken(AFTER,'after',1,4)"), "{refused}");
        let refused = format!("{:?}", Query::parse(Api::Entity, "s:t@sort(a", 0).unwrap_err());
        assert!(refused.contains("at token: None"), "{refused}");
    }
}
