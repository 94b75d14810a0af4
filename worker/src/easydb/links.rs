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

/// The objects that an object's fields lead to, in their order, with repetitions.
pub(super) fn links(object: &str) -> Result<Vec<(Via, u64)>, Malformed> {
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
            items(&mut walk, false, &mut found)?;
        }
    }
    Ok(found)
}

/// Within an object's fields, or a row's, after its beginning.
fn fields(walk: &mut Walk<'_>, found: &mut Vec<(Via, u64)>) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    while let Some(key) = walk.key(&mut nth)? {
        let is_reverse = key.starts_with("_reverse_nested:");
        if !walk.is_before_nested()
            || (key.starts_with('_') && !is_reverse && !key.starts_with("_nested:"))
        {
            walk.skip()?;
            continue;
        }
        if walk.begin()? == Begun::List {
            items(walk, is_reverse, found)?;
        } else {
            value(walk, found)?;
        }
    }
    Ok(())
}

/// Within a list, after its beginning: rows, reverse ones or others.
fn items(
    walk: &mut Walk<'_>,
    is_reverse: bool,
    found: &mut Vec<(Via, u64)>,
) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    while walk.item(&mut nth)? {
        if !walk.is_before_nested() {
            walk.skip()?;
            continue;
        }
        if is_reverse && let Some(id) = own_id(&mut walk.clone())? {
            found.push((Via::Reverse, id));
        }
        if walk.begin()? == Begun::List {
            items(walk, false, found)?;
        } else {
            fields(walk, found)?;
        }
    }
    Ok(())
}

/// Within the object that is a field's value, after its beginning: a link, unless it has no number.
fn value(walk: &mut Walk<'_>, found: &mut Vec<(Via, u64)>) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    while let Some(key) = walk.key(&mut nth)? {
        let text = walk.skip()?;
        if key == "_system_object_id"
            && let Ok(id) = text.parse()
        {
            found.push((Via::Field, id));
        }
    }
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
            "ort":{"_path":[{"_system_object_id":4}],"_system_object_id":5,"ort":{"_system_object_id":6}},
            "_nested:bild__wort":[{"_id":9,"wort":{"_system_object_id":7}}],
            "_reverse_nested:best:bild":[{"_system_object_id":8,"person":{"_system_object_id":9}}],
            "datei":[{"_id":1,"versions":{}}],"titel":{"de-DE":"x"}}}"#;
        let expected = [(Via::Field, 5), (Via::Field, 7), (Via::Reverse, 8), (Via::Field, 9)];
        assert_eq!(links(object).unwrap(), expected);
    }
}
