//! Certificates for `localhost`, made by OpenSSL for a test of its own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A certificate, its key and whom to trust: files with PEM.
#[derive(Debug, Clone)]
pub struct Certified {
    /// The key.
    pub key: String,
    /// The certificate.
    pub pem: String,
    /// Who is to be trusted.
    pub authorities: String,
}

impl Certified {
    /// One that holds today, with its files in `dir`.
    pub fn made(dir: &Path, stem: &str) -> Result<Self> {
        signed(dir, stem, 2)
    }
}

const REQUEST: [&str; 6] =
    ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

const LOCALHOST: [&str; 4] = ["-subj", "/CN=Server", "-addext", "subjectAltName=DNS:localhost"];

/// One that the authority signed, and that holds for so many days; of less than none, it has ended.
pub(crate) fn signed(dir: &Path, stem: &str, days: i32) -> Result<Certified> {
    let certified = strange(dir, stem)?;
    let Certified { key, pem, authorities } = &certified;
    let [asked, days] = [file(dir, stem, "asked"), days.to_string()];
    openssl(&[&REQUEST[..], &LOCALHOST[..], &["-keyout", key, "-out", &asked]].concat())?;
    let ca_key = file(dir, stem, "ca.key");
    let by = ["-CA", authorities, "-CAkey", &ca_key, "-copy_extensions", "copy"];
    let signed = ["x509", "-req", "-days", &days, "-in", &asked, "-out", pem];
    openssl(&[&signed[..], &by[..]].concat())?;
    Ok(certified)
}

/// One that nobody but itself signed.
pub(crate) fn self_signed(dir: &Path, stem: &str) -> Result<Certified> {
    let certified = strange(dir, stem)?;
    let Certified { key, pem, .. } = &certified;
    let leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
    let own = ["-x509", "-keyout", key, "-out", pem];
    openssl(&[&REQUEST[..], &LOCALHOST[..], &leaf[..], &own[..]].concat())?;
    Ok(certified)
}

/// The authority, and the names of what it has signed nothing of yet.
fn strange(dir: &Path, stem: &str) -> Result<Certified> {
    let [key, pem, ca_key, authorities] =
        ["key", "pem", "ca.key", "ca.pem"].map(|name| file(dir, stem, name));
    let own = ["-subj", "/CN=Tests", "-x509", "-keyout", &ca_key, "-out", &authorities];
    openssl(&[&REQUEST[..], &own[..]].concat())?;
    Ok(Certified { key, pem, authorities })
}

fn file(dir: &Path, stem: &str, name: &str) -> String {
    dir.join(format!("{stem}.{name}")).display().to_string()
}

fn openssl(arguments: &[&str]) -> Result<()> {
    let ended = Command::new("openssl").args(arguments).output().context("openssl")?;
    ensure!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}
