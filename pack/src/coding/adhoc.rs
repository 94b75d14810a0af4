use super::*;
use std::time::Instant;
fn rate(name: &str, content: &[u8], mut f: impl FnMut(&[u8]) -> usize) {
    let mut best = f64::MAX; let mut len = 0;
    for _ in 0..3 { let t = Instant::now(); len = f(content); best = best.min(t.elapsed().as_secs_f64()); }
    println!("{name:24} {:6.1} MB/s  {:.3} %", content.len() as f64 / 1e6 / best, len as f64 * 100.0 / content.len() as f64);
}
#[test]
fn adhoc() {
    for corpus in ["csv", "prose"] {
        let content = std::fs::read(format!("/tmp/h/packers-scratch/{corpus}")).unwrap();
        println!("== {corpus} {}", content.len());
        if std::path::Path::new("/tmp/h/packers-scratch/bz").exists() {
        for n in [300_000, 500_000, 700_000, 850_000, 899_700] {
            block_bytes(n);
            rate(&format!("bzip2 {n}"), &content, |c| { let mut out = Vec::new(); let mut w = PieceWriter::new(Coding::Bzip2); w.write(c, &mut out); w.finish(&mut out); out.len() });
        } }
        if std::path::Path::new("/tmp/h/packers-scratch/zs").exists() {
        for n in [-1, 1, 2, 3, 4, 5, 6, 9] {
            zstd_level(n);
            rate(&format!("zstd {n}"), &content, |c| { let mut out = Vec::new(); let mut total = 0; for c in c.chunks(24 << 20) { out.clear(); let mut w = PieceWriter::new(Coding::Zstd); w.write(c, &mut out); w.finish(&mut out); total += out.len() } total });
        } }
        rate("gzip", &content, |c| { let mut out = Vec::new(); let mut w = PieceWriter::new(Coding::Gzip); w.write(c, &mut out); w.finish(&mut out); out.len() });
    }
    let header = [&[b'h'; 100][..], &[0; 412]].concat();
    for coding in [Coding::Plain, Coding::Gzip, Coding::Bzip2, Coding::Zstd] {
        let t = Instant::now(); let mut out = Vec::new();
        for _ in 0..1000 { out.clear(); coding.text(&header, &mut out); }
        println!("{coding:?} text {:?} {}", t.elapsed() / 1000, out.len());
    }
}
use std::sync::atomic::{AtomicUsize, AtomicI32, Ordering};
pub(super) static BLOCK: AtomicUsize = AtomicUsize::new(899_700);
pub(super) static LEVEL: AtomicI32 = AtomicI32::new(3);
fn block_bytes(n: usize) { BLOCK.store(n, Ordering::Relaxed); }
fn zstd_level(n: i32) { LEVEL.store(n, Ordering::Relaxed); }
