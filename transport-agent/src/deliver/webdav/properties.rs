//! What a server tells of something that is there: `PROPFIND` and its answer (RFC 4918, 9.1 and 15.9).

use quick_xml::Reader;
use quick_xml::events::Event;

/// What is asked: whether it is a folder.
pub(super) const WANTED: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
     <propfind xmlns=\"DAV:\"><prop><resourcetype/></prop></propfind>\n";

/// Whether the answer is of a folder; nothing where it does not say so in a way that can be read, for a
/// folder that is taken for a file would be written over with all that is in it.
pub(super) fn is_folder(answer: &[u8]) -> Option<bool> {
    let mut reader = Reader::from_reader(answer);
    // What stands within the type, which holds where the status after it says that it was found.
    let (mut kind, mut is_in_type, mut is_in_status) = (None, false, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => match tag.local_name().as_ref() {
                "resourcetype" => (kind, is_in_type) = (Some(false), true),
                "collection" if is_in_type => kind = Some(true),
                "status" => is_in_status = true,
                _ => {}
            },
            Ok(Event::Empty(tag)) => match tag.local_name().as_ref() {
                "resourcetype" => kind = Some(false),
                "collection" if is_in_type => kind = Some(true),
                _ => {}
            },
            Ok(Event::Text(text)) if is_in_status => {
                if is_found(&text) && !is_in_type && kind.is_some() {
                    return kind;
                }
                kind = None;
            }
            Ok(Event::End(tag)) => match tag.local_name().as_ref() {
                "resourcetype" => is_in_type = false,
                "status" => is_in_status = false,
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Whether a status line, such as `HTTP/1.1 200 OK`, says that a property was found.
fn is_found(status: &str) -> bool {
    status.split_whitespace().nth(1) == Some("200")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: &str, status: &str) -> String {
        format!(
            "<?xml version='1.0'?><ns0:multistatus xmlns:ns0=\"DAV:\"><ns0:response>\
             <ns0:href>/in/&lt;ns0:collection/&gt;:collection/</ns0:href><ns0:propstat><ns0:prop>\
             {kind}</ns0:prop><ns0:status>HTTP/1.1 {status}</ns0:status></ns0:propstat>\
             </ns0:response></ns0:multistatus>"
        )
    }

    #[test]
    fn a_folder_is_told_from_a_file_that_is_called_like_one() {
        let folder = "<ns0:resourcetype><ns0:collection/></ns0:resourcetype>";
        assert_eq!(is_folder(answer(folder, "200 OK").as_bytes()), Some(true));
        for file in ["<ns0:resourcetype></ns0:resourcetype>", "<ns0:resourcetype/>"] {
            assert_eq!(is_folder(answer(file, "200 OK").as_bytes()), Some(false));
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_file_either() {
        let file = answer("<ns0:resourcetype/>", "200 OK");
        let cut_off = &file[..file.find("200").unwrap()];
        let unknown = answer("<ns0:resourcetype/>", "404 Not Found");
        let untold = answer("", "200 OK");
        for text in
            ["", "<a", "it works!", "<html><p>Sign in</p></html>", cut_off, &unknown, &untold]
        {
            assert_eq!(is_folder(text.as_bytes()), None, "{text}");
        }
    }
}
