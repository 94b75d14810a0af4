//! Files that are cut short, or lie.

use std::io::Write as _;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use parquet::basic::{Compression, GzipLevel};

use super::written::{single, texts};
use super::{Asked, folder, given, records};

/// What a person is told of a file.
async fn told(bytes: &[u8]) -> String {
    let dir = folder(&[("f.parquet", bytes)]);
    match given(dir.path(), "f.parquet", &Asked::all()).await {
        Ok(given) => format!("{} rows", given.rows.len()),
        Err(error) => error.fault().to_string(),
    }
}

async fn check(bytes: &[u8], parts: &[&str]) {
    let told = told(bytes).await;
    for part in parts {
        assert!(told.contains(part), "{told} does not say {part}");
    }
}

#[tokio::test]
async fn what_is_no_parquet_file_is_told_before_any_work() {
    check(
        b"id,name\n1,x\n and more",
        &[
            "f.parquet, byte 0: it is no Parquet file",
            "[broken_file]",
            "write or fetch the file again",
        ],
    )
    .await;
    check(b"", &["it is no Parquet file"]).await;
    let whole = records();
    check(&whole[..whole.len() - 1], &["does not end with PAR1: the file is cut short"]).await;
    let mut encrypted = whole.clone();
    encrypted.truncate(whole.len() - 4);
    encrypted.extend(b"PARE");
    check(&encrypted, &["source_refused", "is encrypted"]).await;
}

#[tokio::test]
async fn a_footer_may_claim_any_size() {
    let whole = records();
    let tail = whole.len() - 8;
    let mut long = whole.clone();
    long[tail..tail + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&long, &["the footer claims 4294967295 bytes, more than there are"]).await;
    let mut none = whole.clone();
    none[tail..tail + 4].fill(0);
    check(&none, &["the footer cannot be read"]).await;
    // A list of two thousand million row groups.
    let mut many = b"PAR1".to_vec();
    let footer = [0x15, 2, 0x39, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0];
    many.extend(footer);
    many.extend(u32::try_from(footer.len()).unwrap().to_le_bytes());
    many.extend(b"PAR1");
    check(&many, &["a list has more than 131,072 entries"]).await;
}

#[tokio::test]
async fn a_page_that_claims_gigabytes_is_not_believed() {
    let mut bytes = single("message m { required int32 n; }", &[1, 2, 3]);
    // `uncompressed_page_size` of the dictionary page: 12 becomes 1 GiB.
    assert_eq!(bytes[4..8], [0x15, 4, 0x15, 24]);
    bytes.splice(7..8, [0x80, 0x80, 0x80, 0x80, 0x08]);
    bytes.drain(12..16);
    check(&bytes, &["broken_file", "a page of 1073741824 bytes; pages of at most 64 MiB are read"])
        .await;
}

#[tokio::test]
async fn a_page_that_inflates_to_gigabytes_is_not_inflated() {
    let zeros = vec![b'0'; 1 << 20];
    let level = GzipLevel::try_new(9).unwrap();
    // One text whose page is as long as a bomb, which takes its place.
    let noise: Vec<u8> = (0..400_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .map(|byte| byte & 0x7f)
        .collect();
    let mut file = texts(&[noise], Compression::GZIP(level));
    let mut bomb = GzEncoder::new(Vec::new(), Level::best());
    for _ in 0..128 {
        bomb.write_all(&zeros).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let at = file.windows(3).position(|part| part == [0x1f, 0x8b, 0x08]).unwrap();
    file[at..at + bomb.len()].copy_from_slice(&bomb);
    check(&file, &["broken_file", "a page becomes longer than 64 MiB"]).await;
}

#[tokio::test]
async fn no_flipped_byte_ends_the_process() {
    let whole = records();
    let mut told_as = std::collections::BTreeMap::<String, usize>::new();
    for at in (0..whole.len()).step_by(whole.len() / 400) {
        for flip in [0xff, 0x01, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let told = told(&bytes).await;
            let code =
                told.split_once('[').map_or("read", |(_, rest)| rest.split(']').next().unwrap());
            *told_as.entry(code.to_owned()).or_default() += 1;
        }
    }
    assert!(told_as["broken_file"] > 100 && told_as["read"] > 100, "{told_as:?}");
}

#[tokio::test]
async fn files_that_break_off_anywhere_are_refused() {
    let whole = records();
    for len in (0..whole.len()).step_by(97) {
        check(&whole[..len], &["[broken_file]"]).await;
    }
}
