//! What is done with the outputs of an export once they are whole.

mod cloud_upload;
mod identifier;
mod url_rewrite;

use serde_json::Value;

pub use self::cloud_upload::{Bucket, CloudUpload};
pub use self::identifier::Identifier;
pub use self::url_rewrite::UrlRewrite;
use super::configuration::Asked;
use super::mistake::Class;
use super::processor::Step;
use super::reading::{Reading, at};
use crate::fault::Code;

const OFFERED: [&str; 3] = ["cloud_upload", "identifier", "url_rewrite"];

/// What is done with outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostProcessor {
    /// They are brought to a bucket.
    CloudUpload(CloudUpload),
    /// Each gets an identifier that lasts.
    Identifier(Identifier),
    /// Clients are sent to another address.
    UrlRewrite(UrlRewrite),
}

impl PostProcessor {
    /// Reads what is done; nothing where there is no such processor, or it cannot be done.
    pub(super) fn read(
        place: &str,
        value: &Value,
        asked: &Asked<'_>,
        reading: &mut Reading,
    ) -> Option<Self> {
        let step = Step::read(place, value, &OFFERED, asked.classes, reading)?;
        match step.name {
            "cloud_upload" => CloudUpload::read(&step, reading).map(Self::CloudUpload),
            "identifier" => {
                if !asked.has_identifiers {
                    let message = "no service for identifiers is configured".to_owned();
                    let hint = "leave it out, or ask the operator for a service";
                    let place = at(place, "processor");
                    let class = Class::Misconfigured;
                    reading.note(Code::NotConfigured, class, &place, message, hint);
                }
                Some(Self::Identifier(Identifier::read(&step, reading)))
            }
            _ => UrlRewrite::read(&step, reading).map(Self::UrlRewrite),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::configuration::Way;
    use super::super::processor::Classes;
    use super::super::template::Template;
    use super::super::variables::Variables;
    use super::*;

    fn read(step: &Value, asked: &Asked<'_>) -> (Option<PostProcessor>, Reading) {
        let mut reading = Reading::default();
        let post = PostProcessor::read("/p/0", step, asked, &mut reading);
        (post, reading)
    }

    fn post(processor: &str, params: &Value) -> (Option<PostProcessor>, Reading) {
        let step = json!({"processor": processor, "processor_params": params});
        let classes = Classes::new();
        read(&step, &Asked { has_identifiers: true, ..Asked::new(Way::Bag, &classes) })
    }

    fn good(processor: &str, params: &Value) -> PostProcessor {
        let (post, reading) = post(processor, params);
        assert_eq!((reading.mistakes, reading.warnings), (vec![], vec![]), "{params}");
        post.unwrap()
    }

    fn refused(processor: &str, params: &Value, key: &str, class: Class) {
        let (_, reading) = post(processor, params);
        let told: Vec<_> =
            reading.mistakes.iter().map(|one| (one.place.as_str(), one.class)).collect();
        let place = format!("/p/0/processor_params/{key}");
        assert_eq!(told, [(place.as_str(), class)], "{params}");
    }

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("folder", "a b");
        variables
    }

    fn upload(params: &Value) -> CloudUpload {
        match good("cloud_upload", params) {
            PostProcessor::CloudUpload(upload) => upload,
            PostProcessor::Identifier(_) | PostProcessor::UrlRewrite(_) => panic!("{params}"),
        }
    }

    #[test]
    fn outputs_go_to_a_folder_of_a_bucket() {
        let usual = upload(&json!({"target_url": " s3://exports/{folder}/x/ "}));
        assert!(!usual.is_signed && !usual.overwrites);
        assert_eq!(usual.acl, "private");
        let bucket = usual.bucket(&variables()).unwrap().unwrap();
        assert_eq!((bucket.name.as_str(), bucket.folder.as_str()), ("exports", "a b/x"));
        assert_eq!(bucket.key("d41d", Some("2026-11-21"), "b.zip"), "a b/x/d41d/2026-11-21/b.zip");
        assert_eq!(bucket.key("d41d", None, "b.zip"), "a b/x/d41d/b.zip");
        let public = upload(&json!({"target_url": "gs://exports", "acl": "public-read",
            "overwrite": "yes", "role_arn": "arn", "profile": "p", "region": "eu"}));
        assert!(public.is_signed && public.overwrites);
        assert_eq!(public.bucket(&variables()).unwrap().unwrap().key("d", None, "x"), "d/x");
        assert!(upload(&json!({"target_url": "{nokey}"})).bucket(&variables()).is_err());
        assert_eq!(upload(&json!({"target_url": "{folder}"})).bucket(&variables()), Ok(None));
    }

    #[test]
    fn a_place_that_is_no_bucket_is_refused() {
        refused("cloud_upload", &json!({}), "target_url", Class::Misconfigured);
        let elsewhere = json!({"target_url": "https://example.org"});
        refused("cloud_upload", &elsewhere, "target_url", Class::Misconfigured);
        refused("cloud_upload", &json!({"target_url": "s3://{"}), "target_url", Class::Failed);
    }

    #[test]
    fn identifiers_are_told_what_they_stand_for() {
        let identifier = good(
            "identifier",
            &json!({"test": "True", "title": "Export {a}", "author": "A", "visible_to": "public",
                "locations": ["https://h/{a}"], "env_column_map": {"Folder": "{folder}/x"},
                "redirect_base": "https://h", "test_service": false}),
        );
        let expected = Identifier {
            is_test: true,
            title: Some("Export {a}".to_owned()),
            author: Some("A".to_owned()),
            visible_to: vec!["public".to_owned()],
            locations: vec!["https://h/{a}".to_owned()],
            told: vec![("Folder".to_owned(), Template::parse("{folder}/x").unwrap())],
            redirect_base: Some("https://h".to_owned()),
        };
        assert_eq!(identifier, PostProcessor::Identifier(expected));
        for bad in [json!([]), json!("{a.b}")] {
            let bad = json!({"env_column_map": {"a": bad}});
            refused("identifier", &bad, "env_column_map/a", Class::Failed);
        }
        let tried =
            good("identifier", &json!({"test_service": 1, "author": "A", "include_author": "no"}));
        let PostProcessor::Identifier(tried) = tried else { panic!("it is another processor") };
        assert_eq!((tried.is_test, tried.author), (true, None));
    }

    #[test]
    fn without_a_service_there_are_no_identifiers() {
        let classes = Classes::new();
        let (_, reading) =
            read(&json!({"processor": "identifier"}), &Asked::new(Way::Bag, &classes));
        let mistake = &reading.mistakes[0];
        assert_eq!((mistake.code, mistake.class), (Code::NotConfigured, Class::Misconfigured));
    }

    #[test]
    fn clients_are_sent_to_another_address() {
        let PostProcessor::UrlRewrite(rewrite) = good(
            "url_rewrite",
            &json!({"remote_path": "https://h/{folder_urlencoded}?u={output_url_urlencoded}&o={output}"}),
        ) else {
            panic!("it is another processor");
        };
        let address = rewrite.rewritten(&variables(), "b.zip", "https://s/k").unwrap();
        assert_eq!(address, "https://h/a%20b?u=https%3A%2F%2Fs%2Fk%2Fb.zip&o=b.zip");
        refused("url_rewrite", &json!({}), "remote_path", Class::Misconfigured);
        refused("url_rewrite", &json!({"remote_path": ""}), "remote_path", Class::Misconfigured);
    }
}
