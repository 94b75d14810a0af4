//! Images on their whole way: converted by the binary's own processes, good ones beside bad ones.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use tests::{Program, descendant, until};

use super::desk::Desk;
use super::ran::Ran;
use super::tool::tool;
use crate::pictures::{BAD, GOOD, draw, lay_out};

/// How long may be waited for a process to appear, or to be gone.
const DEADLINE: Duration = Duration::from_mins(1);

/// A desk with good pictures and all bad ones among them.
fn desk() -> Desk {
    let desk = Desk::new();
    lay_out(&desk.path(""));
    desk
}

fn definition(batch_size: u64) -> Value {
    let mut definition = crate::pictures::definition(batch_size);
    definition["sources"] = json!({"r": {"kind": "jsonl", "path": "r.jsonl"}});
    definition
}

fn config(desk: &Desk, more: &str) -> String {
    format!("[images]\nwatermarks = \"{}\"\n{more}\n", desk.path("marks").display())
}

fn warnings(ran: &Ran) -> Vec<Value> {
    ran.text("warnings.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn bad_images_cost_themselves_alone_and_good_ones_have_the_same_bytes_every_time() {
    let desk = desk();
    let mut seen = Vec::new();
    for (batch_size, workers) in [(0, 1), (1, 4), (5, 2)] {
        let name = format!("{batch_size}-{workers}");
        let ask = desk.define(&definition(batch_size)).config(&config(&desk, "")).apart(&name);
        let ran = ask.with(&format!("--workers={workers}")).run().await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        let told = warnings(&ran);
        assert_eq!(told.len(), BAD.len(), "{told:#?}");
        for (told, (name, why)) in told.iter().zip(BAD) {
            assert_eq!(
                (&told["code"], &told["subject"]),
                (&json!("asset_unconvertible"), &json!(name))
            );
            assert!(
                told["message"].as_str().unwrap().contains(why),
                "{told} says nothing of {why}"
            );
        }
        seen.push(ran.entries());
        let file = ran.unpacked().join("p/7.jpg");
        let said = tool("identify", ["-format".as_ref(), "%m %wx%h".as_ref(), file.as_os_str()]);
        assert_eq!(said, "JPEG 50x34");
        let polyglot = fs::read(ran.unpacked().join("p/6.jpg")).unwrap();
        assert!(!polyglot.windows(8).any(|part| part == b"<script>"));
        let said = tool("exiftool", ["-s3".as_ref(), "-XMP:Title".as_ref(), file.as_os_str()]);
        assert_eq!(said, "Sea\n");
    }
    assert_eq!(seen[0].len(), GOOD + 1, "{:?}", seen[0]);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn a_bad_image_fails_the_run_unless_it_may_be_left_out() {
    let desk = desk();
    let mut definition = definition(0);
    definition["on_error"] = json!("fail");
    let ran = desk.define(&definition).config(&config(&desk, "")).for_people().run().await;
    assert_eq!(ran.code, 1);
    ran.assert_said(&["the asset \"bad/huge.png\" cannot be converted", "[asset_unconvertible]"]);
    ran.assert_nothing_made();
}

/// A desk with one picture that takes a while, and a small one after it; turned again and again, the
/// first takes many seconds.
fn slow(turns: usize) -> (Desk, Value) {
    let desk = Desk::new();
    draw(&["-size", "6000x6000", "xc:red"], &desk.path("large.png"));
    draw(&["-size", "90x90", "xc:red"], &desk.path("small.png"));
    desk.write("r.jsonl", "{\"id\":1,\"file\":\"large.png\"}\n{\"id\":2,\"file\":\"small.png\"}\n");
    let mut definition = definition(0);
    definition["outputs"][0]["assets"]["convert"] =
        json!([{"format": "bmp", "steps": vec![json!({"rotate": 90}); turns]}]);
    (desk, definition)
}

#[tokio::test]
async fn a_conversion_beyond_a_limit_costs_that_image_alone() {
    let (desk, definition) = slow(32);
    for (limit, why) in [
        ("memory = \"256MiB\"", "bytes of memory"),
        ("processor_time = \"1s\"", "more than 1 s of processor time"),
        ("max_bytes = \"1KiB\"", "1024 bytes"),
        ("max_pixels = 35999999", "6000 by 6000 pixels"),
    ] {
        let limit = format!("[images]\n{limit}\n");
        let ran = desk.define(&definition).config(&limit).apart(&why.replace(' ', "")).run().await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        let told = warnings(&ran);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0]["subject"], "large.png");
        assert!(told[0]["message"].as_str().unwrap().contains(why), "{} is not {why}", told[0]);
        assert_eq!(ran.entries()[0].name, "p/2.bmp");
    }
}

/// The process that converts images, once there is one below a program.
async fn converter(program: &mut Program) -> Pid {
    until("process that converts images", DEADLINE, async || {
        program.still_runs()?;
        Ok(program.id().and_then(|id| descendant(id, "longshore")))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_converting_process_that_somebody_kills_costs_a_try_and_no_image() {
    let (desk, definition) = slow(0);
    let mut under = desk.define(&definition).start();
    let victim = converter(&mut under.program).await;
    kill_process(victim, Signal::KILL).unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(ran.entries().len(), 2, "{:?}", ran.entries());
}

#[tokio::test]
async fn converting_processes_end_with_the_worker_that_is_killed() {
    let (desk, definition) = slow(32);
    let mut under = desk.define(&definition).start();
    let orphan = converter(&mut under.program).await;
    under.killed().await;
    until("end of the process that converts images", DEADLINE, async || {
        Ok(test_kill_process(orphan).is_err().then_some(()))
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_watermark_that_the_operator_has_not_is_told_as_early_as_it_is_known() {
    let desk = desk();
    let mut definition = definition(0);
    let ran = desk.define(&definition).apart("worker").for_people().run().await;
    assert_eq!(ran.code, 1);
    ran.assert_said(&["there is no watermark \"logo\"", "[unknown_watermark]"]);
    definition["outputs"][0]["assets"]["convert"][0]["watermark"]["image"] = json!("lgoo");
    let ran = desk.define(&definition).config(&config(&desk, "")).for_people().run().await;
    assert_eq!(ran.code, 2);
    ran.assert_said(&["/outputs/0/assets/convert/0/watermark/image", "(there are logo)"]);
}

#[tokio::test]
async fn ink_is_that_of_the_operators_profile() {
    const PROFILE: &str = "/usr/share/color/icc/ghostscript/default_cmyk.icc";
    let desk = Desk::new();
    draw(&["-size", "9x9", "xc:red"], &desk.path("a.png"));
    desk.write("r.jsonl", "{\"id\":1,\"file\":\"a.png\"}\n");
    let mut definition = definition(0);
    definition["outputs"][0]["assets"]["convert"] = json!([{"format": "tiff", "colour": "cmyk"}]);
    let ask = desk.define(&definition);
    let ran = ask.config(&config(&desk, &format!("cmyk_profile = \"{PROFILE}\""))).done().await;
    let file = ran.unpacked().join("p/1.tif");
    let space = ["-format".as_ref(), "%[colorspace]".as_ref(), file.as_os_str()];
    assert_eq!(tool("identify", space), "CMYK");
    let carried = tool("exiftool", ["-b".as_ref(), "-icc_profile".as_ref(), file.as_os_str()]);
    let profile = fs::read(PROFILE).unwrap();
    assert!(carried == String::from_utf8_lossy(&profile), "{} bytes", carried.len());
}

#[tokio::test]
async fn a_record_converts_its_files_otherwise_or_is_told_why_not() {
    let desk = desk();
    let record = |id: u32, image: Value| json!({"id": id, "file": "good/0.jpg", "image": image});
    let records = [
        record(1, json!({"convert": [{"format": "png", "size": {"height": 30}}]})),
        record(2, json!({"convert": []})),
        record(3, json!({"convert": [{"watermark": {"image": "nobody"}}]})),
        record(4, json!({"convert": [{"format": "png", "quality": 7}]})),
        record(5, Value::Null),
    ];
    desk.write("r.jsonl", records.map(|record| format!("{record}\n")).concat());
    let mut definition = definition(0);
    definition["outputs"][0]["assets"]["overrides"] = json!("image");
    let ran = desk.define(&definition).config(&config(&desk, "")).run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let told: Vec<Value> = warnings(&ran).iter().map(|warning| warning["code"].clone()).collect();
    assert_eq!(told, ["asset_unconvertible", "asset_missing"]);
    let folder = ran.unpacked().join("p");
    for (name, expected) in
        [("1.png", "PNG 40x30"), ("2.jpg", "JPEG 80x60"), ("5.jpg", "JPEG 50x38")]
    {
        let file = folder.join(name);
        let said = tool("identify", ["-format".as_ref(), "%m %wx%h".as_ref(), file.as_os_str()]);
        assert_eq!(said, expected, "{name}");
    }
}

#[tokio::test]
async fn names_that_clash_once_converted_are_told_apart_alike_on_every_run() {
    let desk = Desk::new();
    let mut records = String::new();
    for (name, colour) in [("x/a.png", "red"), ("y/a.bmp", "green"), ("a.jpg", "blue")] {
        draw(&["-size", "9x9", &format!("xc:{colour}")], &desk.write(name, ""));
        writeln!(records, "{}", json!({"file": name})).unwrap();
    }
    desk.write("r.jsonl", records);
    let names = async |layout: &str, batch_size: u64| {
        let mut definition = definition(batch_size);
        definition["outputs"][0]["assets"] =
            json!({"field": "file", "layout": layout, "convert": [{"format": "jpeg"}]});
        let ask = desk.define(&definition).apart(&format!("{layout}-{batch_size}"));
        let ran = ask.with("--workers=3").done().await;
        let names: Vec<String> = ran.entries().iter().map(|entry| entry.name.clone()).collect();
        (names, ran.sha256())
    };
    for (layout, expected) in [
        ("flat", vec!["p/a.jpg", "p/a~2.jpg", "p/a~3.jpg", "renamed.jsonl"]),
        ("folders", vec!["p/x/a.jpg", "p/y/a.jpg", "p/a.jpg"]),
    ] {
        let whole = names(layout, 0).await;
        assert_eq!(whole.0, expected);
        assert_eq!(names(layout, 1).await, whole, "{layout}");
    }
}
