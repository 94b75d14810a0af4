//! What a server tells of something that is there: `PROPFIND` and its answer (RFC 4918, 9.1 and 15.9).

use quick_xml::Reader;
use quick_xml::events::Event;

/// What is asked: whether it is a folder.
pub(super) const WANTED: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
     <propfind xmlns=\"DAV:\"><prop><resourcetype/></prop></propfind>\n";

/// Whether the answer is of a folder. What cannot be read is taken for none.
pub(super) fn is_folder(answer: &[u8]) -> bool {
    let mut reader = Reader::from_reader(answer);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                if tag.local_name().as_ref() == "collection" {
                    return true;
                }
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_told_from_a_file_that_is_called_like_one() {
        let answer = |kind: &str| {
            format!(
                "<?xml version='1.0'?><ns0:multistatus xmlns:ns0=\"DAV:\"><ns0:response>\
                 <ns0:href>/in/&lt;ns0:collection/&gt;:collection/</ns0:href><ns0:propstat><ns0:prop>\
                 <ns0:resourcetype>{kind}</ns0:resourcetype></ns0:prop></ns0:propstat>\
                 </ns0:response></ns0:multistatus>"
            )
        };
        assert!(is_folder(answer("<ns0:collection/>").as_bytes()));
        assert!(!is_folder(answer("").as_bytes()));
        assert!(!is_folder(b"<a"));
    }
}
