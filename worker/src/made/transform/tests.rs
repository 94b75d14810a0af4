//! Files made of others, whole: against what the real engine made of the same rows, and beyond.

use proto::definition::{ColumnsOfFasta, OtherColumn, Treated, Treatment};
use proto::deriva::engine::{Dialect, Interpolation, LineEnd, Making, Quotes, Substitution};
use serde_json::json;

use super::transformed;

/// Rows as ERMrest answers with them, as a list.
const SUBJECTS: &str = concat!(
    r#"[{"subject_id":"S1","title":"Plain","age":1,"tags":["a","b,c","d\"e"],"meta":{"k": [1, 2, null], "s": "x\"y"}},"#,
    "\n ",
    r#"{"subject_id":"S2","title":"Comma, and \"quote\"","age":null,"tags":null,"meta":null},"#,
    "\n ",
    r#"{"subject_id":"S3","title":"line1\nline2\r\nline3","age":2147483647,"tags":[],"meta":"str"},"#,
    "\n ",
    r#"{"subject_id":"S/4 é漢😀","title":null,"age":-5,"tags":[null,"x"],"meta":[]}]"#,
    "\n",
);

fn made(making: &Making, inputs: &[&str]) -> Result<String, String> {
    let mut out = Vec::new();
    match transformed(making, inputs.iter().map(|input| input.as_bytes()), &mut out) {
        Ok(()) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => Err(error.to_string()),
    }
}

fn check(making: &Making, inputs: &[&str], expected: &str) {
    assert_eq!(made(making, inputs).as_deref(), Ok(expected));
}

fn refused(making: &Making, input: &str, expected: &str) {
    assert_eq!(made(making, &[input]).unwrap_err(), expected);
}

fn columns(treated: impl IntoIterator<Item = (&'static str, Treatment)>) -> Making {
    let named =
        |(column, becomes): (&str, Treatment)| Treated { column: column.to_owned(), becomes };
    Making::Columns(treated.into_iter().map(named).collect())
}

fn replaced(from: &str, key: Option<&str>) -> Treatment {
    Treatment::Other(OtherColumn { column: from.to_owned(), key: key.map(str::to_owned) })
}

#[test]
fn rows_of_json_are_rows_of_csv() {
    // The real engine makes the same, but for lists and objects, which it writes as Python shows them.
    let expected = concat!(
        "subject_id,title,age,tags,meta\n",
        r#"S1,Plain,1,"[""a"",""b,c"",""d\""e""]","{""k"": [1, 2, null], ""s"": ""x\""y""}""#,
        "\nS2,\"Comma, and \"\"quote\"\"\",,,\n",
        "S3,\"line1\nline2\r\nline3\",2147483647,[],str\n",
        r#"S/4 é漢😀,,-5,"[null,""x""]",[]"#,
        "\n",
    );
    check(&Making::Csv(Dialect::default()), &[SUBJECTS], expected);
}

#[test]
fn csv_is_written_as_its_dialect_says() {
    let rows = "{\"a\":\"x\\ty\",\"b\":null}\n{\"b\":1.50}\n";
    let tabs = Dialect { delimiter: b'\t', line_end: LineEnd::CrLf, ..Dialect::default() };
    check(&Making::Csv(tabs), &[rows], "a\tb\r\n\"x\ty\"\t\r\n\t1.50\r\n");
    let all = Dialect { has_header: false, quotes: Quotes::Always, ..Dialect::default() };
    check(&Making::Csv(all), &[rows], "\"x\ty\",\"\"\n\"\",\"1.50\"\n");
    let usual = Making::Csv(Dialect::default());
    check(&usual, &["{\"a\":null}", "{\"a\":true}{\"a\":\"\"}"], "a\n\"\"\nTrue\n\"\"\n");
    check(&usual, &["[]\n"], "");
    refused(&usual, "{\"a\":1}{\"b\":1}", "row 2 has a column \"b\" that the first row has not");
}

#[test]
fn columns_change_as_the_real_engine_changes_them() {
    let changes = [
        ("k", replaced("meta", Some("k"))),
        ("t2", replaced("title", None)),
        ("const", Treatment::Value(json!("null"))),
        ("title", Treatment::Nothing),
    ];
    let row = r#"{"subject_id":"S1","title":"Plain","meta":{"k": [1, 2, null], "s": "x\"y"}}"#;
    let expected = concat!(
        r#"{"subject_id": "S1", "meta": {"k": [1, 2, null], "s": "x\"y"}, "k": [1, 2, null], "#,
        r#""t2": "Plain", "const": "null"}"#,
        "\n",
    );
    check(&columns(changes), &[row], expected);
}

#[test]
fn a_column_that_is_not_there_is_told_and_a_key_is_not() {
    let rows = "{\"a\":{\"x\":1.0}}{\"a\":{}}{\"a\":7}";
    let expected =
        "{\"a\": {\"x\": 1.0}, \"b\": 1.0}\n{\"a\": {}, \"b\": null}\n{\"a\": 7, \"b\": null}\n";
    check(&columns([("b", replaced("a", Some("x")))]), &[rows], expected);
    let missing = columns([("b", replaced("nope", None))]);
    refused(&missing, rows, "row 1 has no column \"nope\"");
    check(&columns([("nope", Treatment::Nothing)]), &["{\"a\":7}"], "{\"a\": 7}\n");
}

#[test]
fn patterns_leave_of_columns_what_they_say() {
    let substitution = |input: &str, output: &str, pattern: &str, replacement: &str| {
        Substitution::new(input, output, pattern, replacement).unwrap()
    };
    let making = Making::Substitutions(vec![
        substitution("url", "name", "^.*/", ""),
        substitution("name", "name", r"(\w+)\.(\w+)", r"\2:\1"),
    ]);
    check(
        &making,
        &["{\"url\":\"/h/a.txt\"}{\"url\":7}{\"url\":null}"],
        concat!(
            "{\"url\": \"/h/a.txt\", \"name\": \"txt:a\"}\n",
            "{\"url\": 7, \"name\": \"7\"}\n",
            "{\"url\": null, \"name\": null}\n",
        ),
    );
    refused(&making, "{}", "row 1 has no column \"url\"");
}

#[test]
fn a_text_is_filled_in_by_each_row() {
    let making = Making::Interpolation(Interpolation::read("$subject_id (${age}): $nope $$\n"));
    let expected =
        "S1 (1): $nope $\nS2 (None): $nope $\nS3 (2147483647): $nope $\nS/4 é漢😀 (-5): $nope $\n";
    check(&making, &[SUBJECTS], expected);
}

#[test]
fn files_are_put_together_as_they_are() {
    check(&Making::Concatenation, &["a\r\nb", "", "c\n"], "a\r\nbc\n");
}

#[test]
fn rows_are_records_of_fasta() {
    let mapped = Making::Fasta(ColumnsOfFasta {
        comment: vec!["name".to_owned(), "id".to_owned()],
        data: vec!["dna".to_owned()],
    });
    let rows = concat!(
        "{\"id\":7,\"name\":\"a\\n>b\",\"x\":1,\"dna\":\"acgt\\nNN-*\"}",
        "{\"id\":null,\"name\":\"c\",\"dna\":null}",
        "{\"id\":null,\"name\":null,\"dna\":\"A\"}",
    );
    check(&mapped, &[rows], "> 7 | a >b\nacgtNN-*\n> c\n>\nA\n");
    refused(&mapped, "{\"id\":1,\"name\":2,\"dna\":\">x\"}", "row 1 has '>' in its sequence");
    refused(&mapped, "{\"id\":1,\"name\":2}", "row 1 has no column \"dna\"");
    let line = Making::Fasta(ColumnsOfFasta::default());
    check(&line, &["{\"fasta\":\">a\\nACGT\"}{\"fasta\":null}"], ">a\nACGT\n");
    let several = "row 1 has several columns, and no column map says what they are";
    refused(&line, "{\"a\":1,\"b\":2}", several);
}
