//! What kind of file a name promises.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) media_type: &'static str,
    /// The format in EDAM (<https://edamontology.org>), where it has one.
    pub(super) format: Option<&'static str>,
}

impl Kind {
    /// By the extension of a name, in any case.
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let (media_type, format) = match extension.as_deref() {
            Some("csv") => ("text/csv", Some("http://edamontology.org/format_3475")),
            Some("tsv") => {
                ("text/tab-separated-values", Some("http://edamontology.org/format_3475"))
            }
            Some("json") => ("application/json", Some("http://edamontology.org/format_3464")),
            Some("jsonl") => ("application/jsonl", None),
            Some("fasta") => ("application/fasta", Some("http://edamontology.org/format_1929")),
            Some("fastq") => {
                ("application/octet-stream", Some("http://edamontology.org/format_1930"))
            }
            Some("bam") => {
                ("application/octet-stream", Some("http://edamontology.org/format_2572"))
            }
            Some("dcm" | "dicom") => {
                ("application/dicom", Some("http://edamontology.org/format_3548"))
            }
            Some("nii") => ("application/x-nifti", Some("http://edamontology.org/format_3549")),
            Some("txt") => ("text/plain", None),
            Some("html" | "htm") => ("text/html", None),
            Some("xml") => ("application/xml", None),
            Some("pdf") => ("application/pdf", None),
            Some("xlsx") => {
                ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", None)
            }
            Some("jpg" | "jpeg") => ("image/jpeg", None),
            Some("png") => ("image/png", None),
            Some("gif") => ("image/gif", None),
            Some("tif" | "tiff") => ("image/tiff", None),
            Some("svg") => ("image/svg+xml", None),
            Some("mp4") => ("video/mp4", None),
            Some("zip") => ("application/zip", None),
            Some("tar") => ("application/x-tar", None),
            Some("gz") => ("application/gzip", None),
            Some(_) | None => ("application/octet-stream", None),
        };
        Self { media_type, format }
    }
}
