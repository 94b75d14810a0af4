//! What is exported of tables that do not say it.

use serde_json::json;

use super::{annotated, bag, catalogue, leading, table};
use crate::deriva::schema::{ASSET, Catalogue};

fn of(tables: &[serde_json::Value]) -> Catalogue {
    catalogue(&json!({}), &json!({}), tables)
}

#[test]
fn the_name_of_a_file_stands_for_its_address_and_columns_serve_one_file_only() {
    let columns = ["name", "url", "bytes", "md5", "other", "sha"];
    let described = json!({
        "filename_column": "name", "byte_count_column": "bytes", "md5": "md5", "sha256": "gone",
    });
    let file = annotated(table("file", &columns, &json!({})), "url", ASSET, &described);
    let file = annotated(file, "other", ASSET, &json!({ "filename_column": "bytes" }));
    assert_eq!(
        bag(&of(&[file]), "file"),
        [
            "file: attributegroup/RID;url,name,bytes,md5,other,sha",
            "assets/url: attribute/!(url::null::)/url:=url,length:=bytes,filename:=name,md5:=md5",
        ]
    );
}

#[test]
fn rows_that_are_led_to_are_known_by_a_name_of_theirs() {
    let mut one = table("a", &["x", "y", "Title"], &json!({}));
    let key = json!({ "names": [["s", "a_xy"]], "unique_columns": ["y", "x"] });
    one["keys"].as_array_mut().unwrap().push(key);
    let mut other = table("b", &["no", "fy", "fx", "one"], &json!({}));
    other["column_definitions"][1]["type"]["typename"] = json!("serial4");
    let key = json!({ "names": [["s", "b_no"]], "unique_columns": ["no"] });
    other["keys"].as_array_mut().unwrap().push(key);
    let place = |table: &str, column: &str| json!({ "schema_name": "s", "table_name": table, "column_name": column });
    other["foreign_keys"] = json!([{
        "names": [["s", "b_a"]],
        "foreign_key_columns": [place("b", "fy"), place("b", "fx")],
        "referenced_columns": [place("a", "y"), place("a", "x")],
    }]);
    let other = leading(other, "one", "a");
    assert_eq!(
        bag(&of(&[one, other]), "b"),
        ["b: attributegroup/F1:=left(one)=(s:a:RID)/$M/F2:=left(fx,fy)=(s:a:x,y)/$M/\
          RID;fy,fx,one,a.Title:=F1:Title,a.Title_1:=F2:Title"]
    );
}

#[test]
fn tables_that_lead_there_follow_by_their_names_with_what_they_associate() {
    let main = table("main", &["name"], &json!({}));
    let zebra = leading(table("zebra", &["m"], &json!({})), "m", "main");
    let apple = leading(table("Apple", &["m"], &json!({})), "m", "main");
    let tag = table("tag", &["Label"], &json!({}));
    let pairs = leading(table("main_tag", &["m", "t"], &json!({})), "m", "main");
    let mut pairs = leading(pairs, "t", "tag");
    let key = json!({ "names": [["s", "pair"]], "unique_columns": ["m", "t"] });
    pairs["keys"].as_array_mut().unwrap().push(key);
    assert_eq!(
        bag(&of(&[main, zebra, apple, tag, pairs]), "main"),
        [
            "main: attributegroup/RID;name",
            "Apple: attributegroup/R:=(RID)=(s:Apple:m)/F1:=left(m)=(s:main:RID)/$R/\
             RID;m,main.name:=F1:name",
            "main_tag: attributegroup/(RID)=(s:main_tag:m)/R:=(t)=(s:tag:RID)/\
             RID,main.RID:=M:RID;Label",
            "zebra: attributegroup/R:=(RID)=(s:zebra:m)/F1:=left(m)=(s:main:RID)/$R/\
             RID;m,main.name:=F1:name",
        ]
    );
}

#[test]
fn what_the_caller_may_not_see_is_left_out() {
    let mut hidden = table("t", &["seen", "unseen"], &json!({}));
    hidden["column_definitions"][2]["rights"]["select"] = json!(false);
    assert_eq!(bag(&of(&[hidden]), "t"), ["t: attributegroup/RID;seen"]);
}

#[test]
fn a_foreign_key_to_a_table_that_is_not_there_is_a_column() {
    let alone = leading(table("t", &["f"], &json!({})), "f", "gone");
    assert_eq!(bag(&of(&[alone]), "t"), ["t: attributegroup/RID;f"]);
}
