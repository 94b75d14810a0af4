//! What files are called, and said to be, as deriva-web and the clients that read it have it. Pure.

use proto::percent;

/// What archives end with here, and with the dialect.
const ENDINGS: [(&str, &str); 3] = [(".tar.gz", ".tgz"), (".tar.bz2", ".bz2"), (".tar.xz", ".xz")];

/// The name of an archive.
pub(super) fn archive(name: &str) -> String {
    let of = |(ours, theirs): (&str, &str)| Some(format!("{}{theirs}", name.strip_suffix(ours)?));
    ENDINGS.into_iter().find_map(of).unwrap_or_else(|| name.to_owned())
}

/// The type that a file's name promises. Nothing among them runs in a browser, which may show it.
pub(super) fn media_type(name: &str) -> &'static str {
    let is_named = |(stem, _): &(&str, &str)| !stem.is_empty();
    let extension = name.rsplit_once('.').filter(is_named).map(|(_, extension)| extension);
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("zip") => "application/zip",
        Some("tgz") => "application/x-tar+gzip",
        Some("tar") => "application/x-tar",
        Some("bz2") => "bzip2",
        Some("xz") => "xz",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("txt") => "text/plain",
        Some(_) | None => "application/octet-stream",
    }
}

/// `Content-Disposition` in the one shape that clients take, which is none of RFC 6266: a word before it makes them
/// fail.
pub(super) fn disposition(name: &str) -> String {
    format!("filename*=UTF-8''{}", percent::encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_clients_take_them_for() {
        for (name, archived, media_type_of) in [
            ("b.zip", "b.zip", "application/zip"),
            ("b.tar", "b.tar", "application/x-tar"),
            ("b.tar.gz", "b.tgz", "application/x-tar+gzip"),
            ("b.tar.bz2", "b.bz2", "bzip2"),
            ("b.tar.xz", "b.xz", "xz"),
            ("a.tar.gz.CSV", "a.tar.gz.CSV", "text/csv"),
            ("x.json", "x.json", "application/json"),
            ("x.txt", "x.txt", "text/plain"),
            ("x.html", "x.html", "application/octet-stream"),
            (".csv", ".csv", "application/octet-stream"),
            ("csv", "csv", "application/octet-stream"),
        ] {
            assert_eq!(archive(name), archived);
            assert_eq!(media_type(archived), media_type_of, "{name}");
        }
    }

    #[test]
    fn names_of_any_letters_come_through() {
        assert_eq!(disposition("b_1-2.zip"), "filename*=UTF-8''b_1-2.zip");
        assert_eq!(
            disposition("\u{e4} b'(\r\n.csv"),
            "filename*=UTF-8''%C3%A4%20b%27%28%0D%0A.csv"
        );
    }
}
