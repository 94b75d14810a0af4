//! Blanks in JSON: taken out, or put where people read it. Numbers and strings stay as they are.

use proto::definition::JsonLayout;
use source::walk::{Begun, Malformed, Nth, Walk};

/// Appends the value that comes next, indented as one at this depth.
pub(super) fn lay_out(
    walk: &mut Walk<'_>,
    layout: JsonLayout,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    match walk.begin()? {
        Begun::Object => {
            out.push(b'{');
            let mut has_values = false;
            while let Some(key) = walk.key(&mut nth)? {
                before(layout, depth, has_values, out);
                string(key, out);
                out.extend_from_slice(match layout {
                    JsonLayout::Pretty => b": ",
                    JsonLayout::Compact => b":",
                });
                lay_out(walk, layout, depth + 1, out)?;
                has_values = true;
            }
            end(layout, depth, has_values, b'}', out);
        }
        Begun::List => {
            out.push(b'[');
            let mut has_values = false;
            while walk.item(&mut nth)? {
                before(layout, depth, has_values, out);
                lay_out(walk, layout, depth + 1, out)?;
                has_values = true;
            }
            end(layout, depth, has_values, b']', out);
        }
        Begun::Text(text) => string(text, out),
        Begun::Number(text) | Begun::Bool(text) => out.extend_from_slice(text.as_bytes()),
        Begun::Null => out.extend_from_slice(b"null"),
    }
    Ok(())
}

/// Appends what stands before a value of an object or list at this depth, and after others.
fn before(layout: JsonLayout, depth: usize, has_values: bool, out: &mut Vec<u8>) {
    if has_values {
        out.push(b',');
    }
    if layout == JsonLayout::Pretty {
        new_line(depth + 1, out);
    }
}

/// Appends what ends an object or list at this depth.
fn end(layout: JsonLayout, depth: usize, has_values: bool, bracket: u8, out: &mut Vec<u8>) {
    if layout == JsonLayout::Pretty && has_values {
        new_line(depth, out);
    }
    out.push(bracket);
}

/// Appends what indents a value at this depth.
pub(super) fn indent(depth: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + 2 * depth, b' ');
}

/// Appends a line end, and what indents a value at this depth.
pub(super) fn new_line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    indent(depth, out);
}

fn string(escaped: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(escaped.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, layout: JsonLayout, expected: &str) {
        let mut out = Vec::new();
        lay_out(&mut Walk::new(json), layout, 0, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn blanks_are_all_that_changes() {
        let json = r#" { "a" : [ 1.0 , "x, {y" ,[ ] ] , "b\n":{ } , "c": {"d" : null} } "#;
        check(json, JsonLayout::Compact, r#"{"a":[1.0,"x, {y",[]],"b\n":{},"c":{"d":null}}"#);
        check(
            json,
            JsonLayout::Pretty,
            "{\n  \"a\": [\n    1.0,\n    \"x, {y\",\n    []\n  ],\n  \"b\\n\": {},\n  \"c\": {\n    \"d\": null\n  }\n}",
        );
    }

    #[test]
    fn values_that_end_like_an_opening_bracket_are_no_brackets() {
        check(r#"["{", "["]"#, JsonLayout::Compact, r#"["{","["]"#);
    }
}
