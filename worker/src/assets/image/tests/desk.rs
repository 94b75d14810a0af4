//! Pictures made by ImageMagick, and what it and ExifTool say of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jpeg_encoder::{ColorType, Encoder};
use serde_json::Value;
use tempfile::TempDir;

use super::super::{Converted, Refusal, convert};
use crate::assets::job::Job;

/// A profile of CMYK, and one of sRGB, as Debian's `libgs-common` has them.
pub(super) const CMYK: &str = "/usr/share/color/icc/ghostscript/default_cmyk.icc";
pub(super) const SRGB: &str = "/usr/share/color/icc/ghostscript/srgb.icc";

/// A profile of grey with a gamma of 1.8, by which everything is lighter than in sRGB.
pub(super) const GREY: &str = "/usr/share/color/icc/ghostscript/sgray.icc";

/// A picture with all colours, soft and hard edges, and neither symmetry nor even edges.
const PICTURE: &[&str] = &[
    "-size",
    "119x83",
    "gradient:#102080-#ffd040",
    "-fill",
    "#20a040",
    "-draw",
    "circle 30,30 45,40",
    "-fill",
    "#c01030",
    "-draw",
    "rectangle 70,10 110,35",
    "-blur",
    "0x1",
    "-alpha",
    "off",
    "-depth",
    "8",
];

/// Writes red, green and blue.
const WRITE: &[&str] = &["-depth", "8", "rgb:-"];

/// What ImageMagick is to say of a file: such as `JPEG 119x83 CMYK`.
const SAID: &str = "%m %wx%h %[colorspace]";

/// A folder of a test's own.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The picture in a file, made with these arguments.
    pub(super) fn picture(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let path = self.path(name);
        let mut all = PICTURE.to_vec();
        all.extend_from_slice(arguments);
        all.push(path.to_str().unwrap());
        tool("convert", &all);
        path
    }

    /// The ink of a file in a JPEG of YCCK, which ImageMagick reads and does not write.
    pub(super) fn ycck(&self, file: &Path, profile: Option<&str>) -> PathBuf {
        let ink = tool("convert", &[file.to_str().unwrap(), "-depth", "8", "cmyk:-"]);
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 98);
        let mut name = "ycck.jpg";
        if let Some(profile) = profile {
            encoder.add_icc_profile(&fs::read(profile).unwrap()).unwrap();
            name = "ycck-profiled.jpg";
        }
        encoder.encode(&ink, 119, 83, ColorType::CmykAsYcck).unwrap();
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// [`seen`] of two files, and what the second one is ([`identified`]): by one process, for to start it
    /// takes longer than what it does.
    pub(super) fn seen_both(&self, pair: [(&Path, &[&str]); 2]) -> ([Vec<u8>; 2], String) {
        let [(one, to_one), (other, to_other)] = pair;
        let (one, other) = (first(one), first(other));
        let (path, said) = (self.path("one.rgb"), self.path("said.txt"));
        let kept = format!("rgb:{}", path.display());
        let keep = ["-depth", "8", "-write", &kept, "+delete"];
        let told = format!("info:{}", said.display());
        let tell = [other.as_str(), "-format", SAID, "-write", &told];
        let all = [&[one.as_str()][..], to_one, &keep, &tell, to_other, WRITE].concat();
        let other = tool("convert", &all);
        ([fs::read(path).unwrap(), other], fs::read_to_string(said).unwrap().trim().to_owned())
    }

    /// Converts a file as a definition says, and puts it here under a name with the right extension.
    pub(super) fn convert(&self, file: &Path, asked: &Value) -> PathBuf {
        let Converted { extension, bytes, .. } =
            converted(&fs::read(file).unwrap(), asked).unwrap();
        let path = self.path(&format!("converted.{extension}"));
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// A job as a definition says; `written`, `watermark` and `cmyk_profile` are the job's own.
pub(super) fn job(asked: &Value) -> Job {
    let mut convert = asked.clone();
    let mut own = |key: &str| convert.as_object_mut().unwrap().remove(key);
    let (written, watermark) = (own("written"), own("mark"));
    let profile = own("cmyk_profile");
    Job {
        convert: serde_json::from_value(convert).unwrap(),
        written: written.map(|texts| serde_json::from_value(texts).unwrap()).unwrap_or_default(),
        watermark: watermark.map(|path| PathBuf::from(path.as_str().unwrap())),
        cmyk_profile: profile.map(|path| PathBuf::from(path.as_str().unwrap())),
        processor_seconds: 60,
        most_bytes: 1 << 30,
        most_pixels: 1_000_000,
    }
}

pub(super) fn converted(input: &[u8], asked: &Value) -> Result<Converted, Refusal> {
    convert(input, &job(asked))
}

/// Runs a program, which must succeed, and returns what it wrote.
pub(super) fn tool(program: &str, arguments: &[&str]) -> Vec<u8> {
    // Pictures this small are not worth ImageMagick's threads.
    let ended =
        Command::new(program).args(arguments).env("MAGICK_THREAD_LIMIT", "1").output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{program} {arguments:?}: {said}");
    ended.stdout
}

/// The red, green and blue of a file, after ImageMagick did these operations.
pub(super) fn seen(file: &Path, operations: &[&str]) -> Vec<u8> {
    tool("convert", &[&[first(file).as_str()][..], operations, WRITE].concat())
}

/// The first picture of those that a file may have.
fn first(file: &Path) -> String {
    format!("{}[0]", file.display())
}

/// What ImageMagick does to lay a picture over another, at a corner and an edge of it, in a part of its
/// strength.
pub(super) fn laid_over<'a>(
    mark: &'a str,
    part: &'a str,
    [gravity, edge]: [&'a str; 2],
) -> Vec<&'a str> {
    let weaker = ["(", mark, "-channel", "A", "-evaluate", "multiply", part, "+channel", ")"];
    let laid = ["-gravity", gravity, "-geometry", edge, "-composite"];
    [&weaker[..], &laid].concat()
}

/// That two pictures are of one size and differ by at most this on average, of 255.
#[track_caller]
pub(super) fn assert_alike(one: &[u8], other: &[u8], most: f64, what: &str) {
    assert_eq!(one.len(), other.len(), "{what}: of different sizes");
    let sum: u64 = one.iter().zip(other).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    let mean = sum as f64 / one.len() as f64;
    assert!(mean <= most, "{what}: the mean error is {mean:.2}, at most {most} is right");
}

/// What ImageMagick says a file is.
pub(super) fn identified(file: &Path) -> String {
    let said = tool("identify", &["-format", SAID, &first(file)]);
    String::from_utf8(said).unwrap()
}

/// What ExifTool finds in a file, by group and tag.
pub(super) fn found(file: &Path) -> Value {
    let said = tool("exiftool", &["-j", "-G", "-struct", file.to_str().unwrap()]);
    serde_json::from_slice::<Value>(&said).unwrap()[0].take()
}
