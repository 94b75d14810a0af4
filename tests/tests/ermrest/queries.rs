//! Queries of kinds that were not recorded, with what the documentation of the real server has them give.

use super::asked::Asked;

/// Asks for data in CSV.
async fn check(queries: &[(&str, &str)]) {
    let asked = Asked::recorded().await;
    for (query, expected) in queries {
        let told = asked.csv(query).await;
        assert_eq!((told.status, told.text().as_str()), (200, *expected), "{query}");
    }
}

/// Asks for what is refused.
async fn check_refused(queries: &[(&str, u16, &str)]) {
    let asked = Asked::recorded().await;
    for (query, status, expected) in queries {
        let told = asked.csv(query).await;
        let text = told.text();
        let (_, detail) = text.trim_end().split_once(" Detail: ").unwrap();
        assert_eq!((told.status, detail), (*status, *expected), "{query}");
    }
}

#[tokio::test]
async fn conditions_leave_the_rows_that_meet_them() {
    check(&[
        ("attribute/pnc:subject/age::gt::0&flag=true/RID,age", "RID,age\n20A,1\n"),
        ("attribute/pnc:subject/age::leq::1;title::ciregexp::LINE/RID", "RID\n20A\n20E\n20G\n"),
        ("attribute/pnc:subject/title::regexp::%5El.*1/RID", "RID\n20E\n"),
        ("attribute/pnc:subject/title::ts::plain/RID", "RID\n20A\n"),
        ("attribute/pnc:subject/subject_id=any(S1,S3)/RID", "RID\n20A\n20E\n"),
        ("attribute/pnc:subject/RID::geq::20C&RID::lt::20G/RID", "RID\n20C\n20E\n"),
        ("attribute/pnc:subject/tags=x/RID", "RID\n20G\n"),
        ("attribute/pnc:subject/seen::geq::2019-01-01/RID", "RID\n20A\n"),
        ("attribute/pnc:subject/(age::null::;age=1)&!(RID=20A)/RID", "RID\n20C\n"),
    ])
    .await;
}

#[tokio::test]
async fn nothing_is_neither_equal_nor_different() {
    check(&[
        ("attribute/pnc:subject/!(age::gt::0)/RID", "RID\n20G\n"),
        ("attribute/pnc:subject/!(age::null::)/RID", "RID\n20A\n20E\n20G\n"),
        ("attribute/pnc:subject/title::null::/RID", "RID\n20G\n"),
    ])
    .await;
}

#[tokio::test]
async fn tables_are_joined_by_columns_by_references_and_by_aliases() {
    check(&[
        ("attribute/pnc:image_files/(subject)/RID", "RID\n20A\n20E\n"),
        ("attribute/pnc:subject/(pnc:image_files:subject)/RID", "RID\n20J\n20M\n20P\n20R\n20T\n"),
        ("attribute/A:=pnc:image_files/pnc:subject/$A/bytes=333/RID", "RID\n20P\n"),
        (
            "attribute/M:=pnc:subject/subject_id=S1/R:=(subject_id)=(pnc:image_files:subject)/!(uri::null::)\
             /url:=uri,length:=bytes",
            "url,length\n/hatrac/pnc/obj0:FWC2GZSANUQG2KDRCODYM4ZNSE,1000\n\
             /hatrac/pnc/obj1:O76DFNQ3BA2DALG3LC4TATDQLI,2097159\n",
        ),
        (
            "attributegroup/M:=pnc:subject/subject_id=S1/R:=(subject_id)=(pnc:image_files:subject)\
             /F1:=left(subject)=(pnc:subject:subject_id)/$R/RID;subject,subject.title:=F1:title,bytes",
            "RID,subject,subject.title,bytes\n20J,S1,Plain,1000\n20M,S1,Plain,2097159\n20T,S1,Plain,\n",
        ),
    ])
    .await;
}

#[tokio::test]
async fn functions_make_one_value_of_many() {
    check(&[
        (
            "aggregate/pnc:image_files/a:=cnt(bytes),b:=cnt_d(subject),c:=array_d(subject),d:=array(bytes),\
             e:=avg(bytes),f:=sum(bytes),g:=min(filename),h:=max(bytes)",
            "a,b,c,d,e,f,g,h\n4,2,\"[\"\"S1\"\", \"\"S3\"\"]\",\"[1000, 2097159, 333, 1, null]\",\
             524623.25,2098493,nourl,2097159\n",
        ),
        (
            "attributegroup/pnc:image_files/subject;n:=cnt(*),first:=min(RID)@sort(n::desc::)@after(3)",
            "subject,n,first\nS3,2,20P\n",
        ),
    ])
    .await;
}

#[tokio::test]
async fn pages_begin_after_and_end_before_what_is_told() {
    check(&[
        (
            "attribute/pnc:subject/RID,age@sort(age::desc::)",
            "RID,age\n20C,\n20E,2147483647\n20A,1\n20G,-5\n",
        ),
        (
            "attribute/pnc:subject/RID,age@sort(age::desc::)@before(1)?limit=2",
            "RID,age\n20C,\n20E,2147483647\n",
        ),
        ("attribute/pnc:subject/RID@sort(RID)@before(20G)?limit=1", "RID\n20E\n"),
        ("attribute/pnc:subject/RID@sort(RID)@after(20A)@before(20G)?limit=9", "RID\n20C\n20E\n"),
        ("attribute/pnc:subject/note%3A%20a%2Fb", "note: a/b\nsimple\n\"\"\n lead trail \n\n"),
    ])
    .await;
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_a_reason() {
    check_refused(&[
        ("entity/pnc:subject/nope=1", 409, "Column nope does not exist in table subject."),
        ("entity/nope:subject", 409, "Schema nope does not exist."),
        ("entity/pnc:subject@sort(RID", 400, "URL parse error at token: None"),
        ("attribute/pnc:subject", 400, "URL parse error at token: None"),
        ("attribute/pnc:subject/RID@sort(age)", 400, "Sort key \"age\" not among output columns."),
        (
            "attribute/pnc:subject/RID@sort(RID)@before(20G)",
            400,
            "Page @before(...) modifier not allowed without limit parameter.",
        ),
        ("aggregate/pnc:subject/RID", 400, "Attribute RID lacks an aggregate function."),
        ("aggregate/pnc:subject/n:=nope(RID)", 400, "Unknown aggregate function 'nope'."),
        ("entity/pnc:subject/age=many", 400, "Invalid value \"many\"."),
    ])
    .await;
}
