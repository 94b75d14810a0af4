//! What Longshore answers where deriva-web answered something else. The manual tells why.

use super::seen::Seen;

/// A case that differs.
pub(super) struct Difference {
    pub(super) case: &'static str,
    status: u16,
    /// The files that there are, by the end of their addresses, with what begins or is within them.
    files: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference { case: "bag_traversal_name", status: 409, files: &[] },
    Difference { case: "catalog_404", status: 409, files: &[] },
    Difference {
        case: "download_file",
        status: 201,
        files: &[
            ("/dl/one.bin", ""),
            ("/dl/tiny.bin", ""),
            ("/dl/três é.txt", ""),
            ("/dl/two words.bin", ""),
        ],
    },
    Difference {
        case: "file_output_filename",
        status: 201,
        files: &[("/d/f.csv", "\"line1\nline2\r\nline3\"")],
    },
    Difference {
        case: "file_subdir",
        status: 201,
        files: &[("/sub/subject.csv", "\"line1\nline2\r\nline3\"")],
    },
    Difference {
        case: "json2csv_array",
        status: 201,
        files: &[("/a.csv", "\nS1,Plain,1,\"[\"\"a\"\",")],
    },
    Difference { case: "paged", status: 201, files: &[("/p.csv", "\"line1\nline2\r\nline3\"")] },
];

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
