//! Which objects an object links to, found in its text without a tree of it.

use source::walk::{Begun, Malformed, Nth, Walk};

/// How a link leads to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Via {
    /// By a field that names the object.
    Field,
    /// By a field of the other object, which names this one.
    Reverse,
}

/// A link to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link<'o> {
    /// How it leads there.
    pub(super) via: Via,
    /// The object's number.
    pub(super) id: u64,
    /// The object's type, where the link tells it.
    pub(super) object_type: Option<&'o str>,
}

/// The objects that an object's fields lead to, in their order, with repetitions.
pub(super) fn links(object: &str) -> Result<Vec<Link<'_>>, Malformed> {
    let (mut walk, mut nth, mut found) = (Walk::new(object), Nth::First, Vec::new());
    if walk.begin()? != Begun::Object {
        return Err(Malformed);
    }
    while let Some(key) = walk.key(&mut nth)? {
        if key.starts_with('_') || !walk.is_before_nested() {
            walk.skip()?;
        } else if walk.begin()? == Begun::Object {
            fields(&mut walk, &mut found)?;
        } else {
            items(&mut walk, None, &mut found)?;
        }
    }
    Ok(found)
}

/// Within an object's fields, or a row's, after its beginning.
fn fields<'o>(walk: &mut Walk<'o>, found: &mut Vec<Link<'o>>) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    while let Some(key) = walk.key(&mut nth)? {
        let reverse = key.strip_prefix("_reverse_nested:");
        if !walk.is_before_nested()
            || (key.starts_with('_') && reverse.is_none() && !key.starts_with("_nested:"))
        {
            walk.skip()?;
            continue;
        }
        if walk.begin()? == Begun::List {
            // After the type of the rows comes the field by which they lead here.
            let from = reverse.map(|rest| rest.split_once(':').map_or(rest, |(from, _)| from));
            items(walk, from, found)?;
        } else {
            value(walk, found)?;
        }
    }
    Ok(())
}

/// Within a list, after its beginning: rows that are objects of a type, or others.
fn items<'o>(
    walk: &mut Walk<'o>,
    from: Option<&'o str>,
    found: &mut Vec<Link<'o>>,
) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    while walk.item(&mut nth)? {
        if !walk.is_before_nested() {
            walk.skip()?;
            continue;
        }
        if from.is_some()
            && let Some(id) = own_id(&mut walk.clone())?
        {
            found.push(Link { via: Via::Reverse, id, object_type: from });
        }
        if walk.begin()? == Begun::List {
            items(walk, None, found)?;
        } else {
            fields(walk, found)?;
        }
    }
    Ok(())
}

/// Within the object that is a field's value, after its beginning: a link, unless it has no number.
fn value<'o>(walk: &mut Walk<'o>, found: &mut Vec<Link<'o>>) -> Result<(), Malformed> {
    let (mut nth, mut number, mut object_type) = (Nth::First, None, None);
    while let Some(key) = walk.key(&mut nth)? {
        let text = walk.skip()?;
        match key {
            "_system_object_id" => number = text.parse().ok(),
            "_objecttype" => object_type = Some(text.trim_matches('"')),
            _ => {}
        }
    }
    found.extend(number.map(|id| Link { via: Via::Field, id, object_type }));
    Ok(())
}

/// The number of the object that comes next.
fn own_id(walk: &mut Walk<'_>) -> Result<Option<u64>, Malformed> {
    let mut nth = Nth::First;
    if walk.begin()? != Begun::Object {
        return Ok(None);
    }
    while let Some(key) = walk.key(&mut nth)? {
        let text = walk.skip()?;
        if key == "_system_object_id" {
            return Ok(text.parse().ok());
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_fields_and_in_rows_and_nowhere_else() {
        let object = r#"{"_system_object_id":1,"_path":[{"_system_object_id":2}],"bild":{
            "_pool":{"pool":{"_system_object_id":3}},
            "ort":{"_path":[{"_system_object_id":4}],"_system_object_id":5,"ort":{"_system_object_id":6},
                "_objecttype":"ort"},
            "_nested:bild__wort":[{"_id":9,"wort":{"_system_object_id":7}}],
            "_reverse_nested:best:bild":[{"_system_object_id":8,
                "person":{"_objecttype":"person","_system_object_id":9}}],
            "datei":[{"_id":1,"versions":{}}],"titel":{"de-DE":"x"}}}"#;
        let expected = [
            (Via::Field, 5, Some("ort")),
            (Via::Field, 7, None),
            (Via::Reverse, 8, Some("best")),
            (Via::Field, 9, Some("person")),
        ]
        .map(|(via, id, object_type)| Link { via, id, object_type });
        assert_eq!(links(object).unwrap(), expected);
    }
}
