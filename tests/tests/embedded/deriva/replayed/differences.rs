//! What Longshore answers where deriva-web answered something else. The manual tells why.

use super::seen::Seen;

/// A case that differs.
pub(super) struct Difference {
    pub(super) case: &'static str,
    status: u16,
    /// The files that there are, by the end of their addresses, with what is within them.
    files: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(super) const DIFFERENCES: &[Difference] = &[
    refused("bag_traversal_name"),
    refused("catalog_404"),
    Difference {
        case: "download_file",
        status: 201,
        files: &[
            ("/dl/one.bin", ""),
            ("/dl/tiny.bin", ""),
            ("/dl/tr%C3%AAs%20%C3%A9.txt", ""),
            ("/dl/two%20words.bin", ""),
        ],
    },
    Difference { case: "file_env", status: 201, files: &[("_ip-unknown.csv", ",Plain,")] },
    Difference { case: "file_no_output_path", status: 201, files: &[("/_.csv", LINES)] },
    Difference { case: "file_output_filename", status: 201, files: &[("/d/f.csv", LINES)] },
    Difference { case: "file_subdir", status: 201, files: &[("/sub/subject.csv", LINES)] },
    refused("identifier_no_loc"),
    Difference { case: "json2csv_array", status: 201, files: &[("/a.csv", LIST)] },
    Difference { case: "paged", status: 201, files: &[("/p.csv", LINES)] },
];

/// The text of a row that has line ends of two kinds.
const LINES: &str = "\"line1\nline2\r\nline3\"";

/// The beginning of a row that has a list.
const LIST: &str = "\nS1,Plain,1,\"[\"\"a\"\"";

/// A case of what is not offered, or may not be asked for.
const fn refused(case: &'static str) -> Difference {
    Difference { case, status: 409, files: &[] }
}

impl Difference {
    /// Whether this is what was seen.
    pub(super) fn is(&self, seen: &Seen) -> bool {
        let is_there = |(end, part): &(&str, &str)| {
            let mut found = seen.files.iter().filter(|(url, _)| url.ends_with(end));
            found.any(|(_, file)| {
                let mut content = file.content.values();
                file.status == 200 && content.any(|text| text.contains(part))
            })
        };
        seen.status == self.status
            && seen.files.len() == self.files.len()
            && self.files.iter().all(is_there)
    }
}
