use super::*;

fn query(text: &str) -> Query {
    Query::parse(text).unwrap()
}

/// What is asked for of the rows, and of their keys, after a border.
fn check(text: &str, border: &str, rows: &str, keys: &str) {
    let query = query(text);
    let order = query.order().unwrap();
    let border = Border::parse(border).unwrap();
    assert_eq!(query.rows(Some(&order), Some(&border)), rows);
    assert_eq!(query.keys(&order, None), keys);
}

#[test]
fn rows_are_put_in_order_by_what_no_two_have_alike() {
    check(
        "/entity/pnc:subject/age=1?limit=none",
        r#"["20A"]"#,
        "entity/pnc:subject/age=1@sort(RID)@after(20A)",
        "attribute/pnc:subject/age=1/RID@sort(RID)",
    );
    check(
        "attribute/M:=s:t/RID,url:=uri",
        r#"["20A"]"#,
        "attribute/M:=s:t/RID,url:=uri@sort(RID)@after(20A)",
        "attribute/M:=s:t/RID@sort(RID)",
    );
    check(
        "attribute/s:t/url:=uri,longshore_key",
        r#"["20A"]"#,
        "attribute/s:t/url:=uri,longshore_key,longshore_key_:=RID@sort(longshore_key_)@after(20A)",
        "attribute/s:t/longshore_key_:=RID@sort(longshore_key_)",
    );
    check(
        "/attributegroup/M:=s:t/M:a%2Fb,c:=bin(d;1;2);n:=cnt(*)",
        r#"["x", null]"#,
        "attributegroup/M:=s:t/M:a%2Fb,c:=bin(d;1;2);n:=cnt(*)@sort(a%2Fb,c)@after(x,::null::)",
        "attributegroup/M:=s:t/M:a%2Fb,c:=bin(d;1;2)@sort(a%2Fb,c)",
    );
}

#[test]
fn an_order_that_is_asked_for_comes_first() {
    check(
        "/attribute/s:t/age,RID@sort(age::desc::)",
        r#"["1", "20A"]"#,
        "attribute/s:t/age,RID@sort(age::desc::,RID)@after(1,20A)",
        "attribute/s:t/age,RID@sort(age::desc::,RID)",
    );
    check(
        "/entity/s:t@sort(RID)",
        r#"["20A"]"#,
        "entity/s:t@sort(RID)@after(20A)",
        "entity/s:t@sort(RID)",
    );
}

#[test]
fn what_cannot_be_put_in_order_is_asked_for_at_once() {
    for text in [
        "/aggregate/s:t/n:=cnt(*)",
        "/attributegroup/s:t/M:*;n:=cnt(*)",
        "/attributegroup/s:t/bin(a;1;2)",
    ] {
        assert_eq!(query(text).order(), None, "{text}");
        assert_eq!(query(text).rows(None, None), text.trim_start_matches('/'));
    }
}

#[test]
fn rows_are_counted_by_little_of_each() {
    for (text, expected) in [
        ("/attributegroup/s:t/M:*;n:=cnt(*),m:=max(a;b)", "attributegroup/s:t/M:*"),
        ("/aggregate/s:t/n:=cnt(*)", "aggregate/s:t/n:=cnt(*)"),
        ("/entity/s:t/a=1@sort(tags)?limit=5", "attribute/s:t/a=1/RID"),
        ("/attribute/s:t/tags@sort(tags)", "attribute/s:t/RID"),
    ] {
        assert_eq!(query(text).bare(), expected);
    }
}

#[test]
fn what_is_no_query_is_refused() {
    for text in [
        "",
        "/",
        "/entity",
        "/entity/",
        "/attribute/s:t",
        "/attribute/s:t/",
        "/schema/s",
        "pnc:subject",
        "/entity/s:t@sort(RID)@after(1)",
        "/entity/s:t?limit=some",
        "/entity/s:t?limit=5&arrays=literal",
        "/entity/s:t#x",
        "/entity/s:t\n",
    ] {
        assert!(Query::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_query_may_want_only_its_first_rows() {
    assert_eq!(query("/entity/s:t?cid=x&limit=5").limit(), Some(5));
    assert_eq!(query("/entity/s:t?limit=none&download=x").limit(), None);
}

#[test]
fn a_query_may_say_how_its_lists_are_written() {
    let query = |options: &str| Query::parse(&format!("/entity/s:t?{options}")).unwrap();
    assert_eq!(query("limit=5&arrays=json").spelling(), "&arrays=json");
    assert_eq!(query("limit=5&arrays=json").limit(), Some(5));
    assert_eq!(query("limit=none").spelling(), "");
}

#[test]
fn a_table_is_called_as_queries_call_it() {
    assert_eq!(table_name("isa", "a b"), "isa:a%20b");
    assert_eq!(of_table("isa:a%20b").unwrap().rows(None, None), "entity/isa:a%20b");
    assert!(of_table("isa:a/RID").is_err());
}
