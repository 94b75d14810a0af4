//! Small pictures beside the records of a workbook, as a spreadsheet's reader finds them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::Desk;
use super::ran::Ran;
use super::tool::tool;
use crate::pictures::draw;

/// A desk with good pictures of several formats, and all that can be in their place.
fn desk() -> Desk {
    let desk = Desk::new();
    fs::create_dir(desk.path("files")).unwrap();
    for (name, size, colour) in [
        ("red.jpg", "400x200", "xc:red"),
        ("green.tif", "200x400", "xc:green"),
        ("blue.gif", "20x10", "xc:blue"),
        ("clear.png", "300x300", "xc:none"),
        ("greece.webp", "300x150", "xc:blue"),
        ("china.bmp", "300x300", "xc:red"),
    ] {
        draw(&["-size", size, colour], &desk.path("files").join(name));
    }
    draw(&["-size", "9x9", "xc:red"], &desk.path("outside.png"));
    let whole = fs::read(desk.path("files/red.jpg")).unwrap();
    desk.write("files/cut.jpg", &whole[..whole.len() / 2]);
    desk.write("files/letter.txt", "Dear reader");
    let mut ships = String::new();
    for record in [
        json!({"id": 1, "sails": {"main": "white"}, "file": "files/red.jpg"}),
        json!({"id": 2, "sails": {"jib": "grey"}, "file": ["files/green.tif", "files/red.jpg"]}),
        json!({"id": 3, "file": null}),
        json!({"id": 4, "file": "files/gone.png"}),
        json!({"id": 5, "file": "files/cut.jpg"}),
        json!({"id": 6, "file": "files/letter.txt"}),
        json!({"id": 7, "file": {"versions": {"original": "files/red.jpg", "small": "files/blue.gif"}}}),
        json!({"id": 8, "file": "../outside.png"}),
        json!({"id": 9, "file": {"file": "files/clear.png"}}),
        json!({"id": 10, "file": 7}),
    ] {
        writeln!(ships, "{record}").unwrap();
    }
    desk.write("ships.jsonl", ships);
    desk.write("flags.csv", "country,flag\nGR,files/greece.webp\nCH,\nCN,files/china.bmp\n");
    desk
}

fn definition(on_error: &str) -> Value {
    json!({
        "name": "Ships",
        "on_error": on_error,
        "outputs": [{
            "to": "ships.xlsx", "from": "ships", "format": "xlsx",
            "select": {"fields": ["id", "sails"]},
            "options": {
                "flatten": {},
                "thumbnails": {"field": "file", "versions": ["small"]},
                "sheets": [
                    {"name": "Flags", "from": "flags", "select": {"fields": ["country"]},
                     "thumbnails": {"field": "flag", "column": "Flag", "edge": 32}},
                    {"name": "Plain", "from": "flags", "select": {"fields": ["country"]}},
                ],
            },
        }],
        "sources": {
            "ships": {"kind": "jsonl", "path": "ships.jsonl"},
            "flags": {"kind": "csv", "path": "flags.csv"},
        },
    })
}

fn judged(ran: &Ran) {
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/workbooks/pictures.py");
    let python = tests::env::venv().join("bin/python");
    let verdict = tool(python.to_str().unwrap(), [judge.as_os_str(), ran.unpacked().as_os_str()]);
    assert_eq!(verdict, "as it should be\n");
}

#[tokio::test]
async fn a_workbook_shows_pictures_beside_their_records_and_names_where_there_are_none() {
    let desk = desk();
    let mut seen = Vec::new();
    for (name, workers) in [("one", "1"), ("four", "4")] {
        let ask = desk.define(&definition("warn")).apart(name);
        let ran = ask.with(&format!("--workers={workers}")).run().await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        judged(&ran);
        let told = ran.text("warnings.jsonl");
        let told = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let told: Vec<Value> = told.map(|told| json!([told["code"], told["subject"]])).collect();
        let expected = json!([
            ["asset_missing", "files/gone.png"],
            ["asset_unconvertible", "files/cut.jpg"],
            ["address_refused", "../outside.png"],
            ["asset_missing", "7"],
        ]);
        assert_eq!(json!(told), expected);
        seen.push(ran.sha256());
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_picture_that_is_missing_fails_the_run_unless_it_may_be_left_out() {
    let desk = desk();
    let ran = desk.define(&definition("fail")).for_people().run().await;
    assert_eq!(ran.code, 1);
    ran.assert_said(&["files/gone.png", "[asset_missing]"]);
    ran.assert_nothing_made();
}

/// More pictures than wait between those who look for them and the sheet, of records on several pages.
#[tokio::test]
async fn many_records_have_their_pictures_in_the_right_rows() {
    let desk = Desk::new();
    let mut records = String::new();
    for number in 0..40_u32 {
        let colour = if number % 3 == 0 { "xc:red" } else { "xc:blue" };
        draw(&["-size", "40x20", colour], &desk.path(&format!("{number}.png")));
    }
    let long = "x".repeat(2000);
    for number in 0..1000_u32 {
        let record = json!({"id": number, "file": format!("{}.png", number % 40), "long": long});
        writeln!(records, "{record}").unwrap();
    }
    desk.write("r.jsonl", records);
    let definition = json!({
        "name": "Many",
        "outputs": [{"to": "many.xlsx", "from": "r", "format": "xlsx",
            "select": {"fields": ["id", "long"]},
            "options": {"thumbnails": {"field": "file", "edge": 16}}}],
        "sources": {"r": {"kind": "jsonl", "path": "r.jsonl"}},
    });
    let ran = desk.define(&definition).done().await;
    let count = "import io, openpyxl, sys, PIL.Image\n\
                 sheet = openpyxl.load_workbook(sys.argv[1] + '/many.xlsx').active\n\
                 rows = {image.anchor._from.row: PIL.Image.open(image.ref).getpixel((8, 4)) for image in sheet._images}\n\
                 assert list(rows) == list(range(1, 1001)), list(rows)\n\
                 reds = [row for row, pixel in rows.items() if pixel[0] > pixel[2]]\n\
                 assert reds == [row for row in range(1, 1001) if (row - 1) % 40 % 3 == 0], reds\n\
                 print(sheet.max_row, sheet.cell(1001, 2).value)";
    let python = tests::env::venv().join("bin/python");
    let folder = ran.unpacked();
    let said = tool(python.to_str().unwrap(), ["-c".as_ref(), count.as_ref(), folder.as_os_str()]);
    assert_eq!(said, "1001 999\n");
}
