//! Values of an object with the names of the files that go along, each in the version that it is of, as the XML
//! has them.

use std::borrow::Cow;

use crate::easydb::json::{Json, separate, write_text};
use crate::easydb::shipped::{One, Shipped};

/// What a version has the name of its file under.
const NAME: &str = "_relative_filename";

/// Writes a value.
pub(super) fn value(value: &Json<'_>, shipped: &Shipped, out: &mut Vec<u8>) {
    if shipped.is_empty() {
        return value.write(out);
    }
    match value {
        Json::List(items) => {
            out.push(b'[');
            for (nth, item) in items.iter().enumerate() {
                separate(nth, out);
                self::value(item, shipped, out);
            }
            out.push(b']');
        }
        Json::Object(entries) => {
            let file = value.get("versions").and_then(|_| value.get("_id")?.number());
            out.push(b'{');
            for (nth, (key, entry)) in entries.iter().enumerate() {
                separate(nth, out);
                write_text(key, out);
                out.push(b':');
                let named: Vec<&One> = match file.filter(|_| key == "versions") {
                    Some(file) => shipped.of(file).collect(),
                    None => Vec::new(),
                };
                match Some(&named).filter(|named| !named.is_empty()) {
                    Some(named) => versions(entry, named, out),
                    // The files that stand for an object are told of and are none of its own.
                    None if is_own(key) => entry.write(out),
                    None => self::value(entry, shipped, out),
                }
            }
            out.push(b'}');
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => value.write(out),
    }
}

/// Whether a key is one that every object has, and no field.
pub(super) fn is_own(key: &str) -> bool {
    key.starts_with('_') && !key.starts_with("_nested:") && !key.starts_with("_reverse_nested:")
}

/// Writes the versions of a file, and after them those that are made for the export.
fn versions(versions: &Json<'_>, named: &[&One], out: &mut Vec<u8>) {
    let mut keys: Vec<&str> = versions.entries().iter().map(|(key, _)| &**key).collect();
    for one in named {
        if !keys.contains(&one.version.as_str()) {
            keys.push(&one.version);
        }
    }
    out.push(b'{');
    for (nth, key) in keys.into_iter().enumerate() {
        separate(nth, out);
        write_text(key, out);
        out.push(b':');
        let of_it = named.iter().filter(|one| one.version == key);
        let file_names: Vec<&str> = of_it.map(|one| one.name.as_str()).collect();
        match versions.entries().iter().find(|(known, _)| known == key) {
            Some((_, known)) if file_names.is_empty() => known.write(out),
            Some((_, known)) => version(known.entries(), &file_names, out),
            None => version(&[], &file_names, out),
        }
    }
    out.push(b'}');
}

/// Writes a version with the name of its file; of several that are called alike, with a list of their names.
fn version(known: &[(Cow<'_, str>, Json<'_>)], names: &[&str], out: &mut Vec<u8>) {
    out.push(b'{');
    for (key, value) in known.iter().filter(|(key, _)| key != NAME) {
        write_text(key, out);
        out.push(b':');
        value.write(out);
        out.push(b',');
    }
    write_text(NAME, out);
    out.push(b':');
    if let [name] = names {
        write_text(name, out);
    } else {
        out.push(b'[');
        for (nth, name) in names.iter().enumerate() {
            separate(nth, out);
            write_text(name, out);
        }
        out.push(b']');
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shipped: &Shipped, text: &str, expected: &str) {
        let mut out = Vec::new();
        value(&Json::parse(text).unwrap(), shipped, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn each_version_that_goes_along_names_its_file() {
        let mut shipped = Shipped::default();
        for (version, name) in
            [("small", "a \"b\".jpg"), ("custom", "c.jpg"), ("custom", "c-2.jpg"), ("current", "d")]
        {
            shipped.push(7, version, name);
        }
        check(
            &shipped,
            r#"[{"_id":7,"versions":{"small":{"url":"u"},"current":null,"full":{}},"x":1.50},{"_id":8,"versions":{"small":{}}}]"#,
            r#"[{"_id":7,"versions":{"small":{"url":"u","_relative_filename":"a \"b\".jpg"},"current":{"_relative_filename":"d"},"full":{},"custom":{"_relative_filename":["c.jpg","c-2.jpg"]}},"x":1.50},{"_id":8,"versions":{"small":{}}}]"#,
        );
    }

    #[test]
    fn files_that_stand_for_an_object_are_left_alone() {
        let mut shipped = Shipped::default();
        shipped.push(7, "small", "a.jpg");
        let file = r#"[{"_id":7,"versions":{"small":{}}}]"#;
        let text =
            format!(r#"{{"_standard":{{"eas":{{"1":{file}}}}},"_nested:a__b":[{{"d":{file}}}]}}"#);
        let named = file.replace("{}}}", r#"{"_relative_filename":"a.jpg"}}}"#);
        let expected =
            format!(r#"{{"_standard":{{"eas":{{"1":{file}}}}},"_nested:a__b":[{{"d":{named}}}]}}"#);
        check(&shipped, &text, &expected);
        check(&Shipped::default(), &text, &text);
    }
}
