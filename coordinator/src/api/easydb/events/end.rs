//! How a run ended, as clients of either product are told.

use proto::fault::Fault;
use serde_json::{Map, Value, json};

use super::super::Product;
use super::super::trouble::Trouble;

/// Gives what is said of the end of a run the form of a product: easydb's clients read an error as a request that
/// fails answers it, and the protocol as lines. fylr's know no exception.
pub(super) fn shape(info: &mut Map<String, Value>, product: Product) {
    match product {
        Product::Easydb5 => {
            if let Some(exception) = info.get_mut("exception") {
                *exception = error(exception);
            }
            if let Some(protocol) = info.get_mut("protocol") {
                *protocol = json!(lines(protocol));
            }
        }
        Product::Fylr => {
            info.remove("exception");
        }
    }
}

/// What failed a run, as an answer would tell it.
fn error(kept: &Value) -> Value {
    if kept.is_null() {
        return Value::Null;
    }
    let Ok(fault) = serde_json::from_value::<Fault>(kept.clone()) else {
        // Of runs that ended long ago the message alone was kept.
        return json!({"realm": "server", "code": "error.server.generic", "parameters": {},
            "description": kept});
    };
    let parameters = json!({"code": fault.code, "attribute": fault.place, "hint": fault.hint});
    let description = fault.to_string();
    let code = Trouble::Fault(Box::new(fault)).names().easydb.code;
    let realm = code.split('.').nth(1).unwrap_or("api");
    json!({"realm": realm, "code": code, "parameters": parameters, "description": description})
}

/// A line for each thing of a protocol, with the file that it is of.
fn lines(protocol: &Value) -> String {
    let entries = protocol.as_array().map(Vec::as_slice).unwrap_or_default();
    let lines = entries.iter().map(|entry| {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let file = entry.pointer("/parameters/name").and_then(Value::as_str);
        let file = file.map_or_else(String::new, |file| format!("{file}: "));
        format!("{}: {file}{}", word(&entry["type"]), word(&entry["message"]))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kept: &Value, product: Product, expected: &Value) {
        let mut info = kept.as_object().unwrap().clone();
        shape(&mut info, product);
        assert_eq!(Value::Object(info), *expected);
    }

    #[test]
    fn an_end_is_told_in_the_words_of_the_product() {
        let gone = json!({"type": "warning", "message": "it is gone [asset_missing]",
            "code": "WarningExportFile", "parameters": {"id": 7, "name": "files/a.png"}});
        let wrong = json!({"type": "error", "message": "what is it? [invalid_value]"});
        let fault = json!({"code": "invalid_value", "message": "what is it?", "place": "/a",
            "hint": "look"});
        let kept = json!({"exception": fault, "protocol": [gone, wrong]});
        let error = json!({"realm": "api", "code": "error.api.invalid_value",
            "parameters": {"code": "invalid_value", "attribute": "/a", "hint": "look"},
            "description": "/a: what is it? [invalid_value] (look)"});
        let lines = "warning: files/a.png: it is gone [asset_missing]\n\
            error: what is it? [invalid_value]";
        check(&kept, Product::Easydb5, &json!({"exception": error, "protocol": lines}));
        check(&kept, Product::Fylr, &json!({"protocol": [gone, wrong]}));
        // As it was kept before.
        let old = json!({"realm": "server", "code": "error.server.generic", "parameters": {},
            "description": "nobody answers"});
        let kept = json!({"exception": "nobody answers"});
        check(&kept, Product::Easydb5, &json!({"exception": old}));
        check(&json!({"protocol": []}), Product::Easydb5, &json!({"protocol": ""}));
    }
}
