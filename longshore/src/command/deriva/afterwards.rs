//! What a configuration wants done with the result besides keeping it. What brings it to a bucket is a transport of the
//! definition; where clients are sent, and by which identifiers, only a service tells them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proto::definition::Definition;
use proto::deriva::afterwards::{Afterwards, Step};
use proto::deriva::engine::{Configuration, Mistake, PostProcessor, Way};
use proto::deriva::translation::Translated;
use proto::fault::{Code, Fault};
use proto::target::{S3Target, TargetSpec};

use crate::exit;

/// What a configuration asks for that is read and not made.
pub(super) fn left(configuration: &Configuration) -> Vec<Fault> {
    let left = configuration.post_processors.iter().enumerate().filter(|(_, step)| match step {
        PostProcessor::CloudUpload(_) => false,
        PostProcessor::Identifier(_) | PostProcessor::UrlRewrite(_) => true,
    });
    let fault = |(n, _): (usize, &PostProcessor)| {
        Fault::new(Code::NotConfigured, "only a service tells clients where a result is")
            .at(format!("/post_processors/{n}"))
            .hint("leave it out, or ask a service for the export")
    };
    left.map(fault).collect()
}

/// The definition with what brings its result to buckets of the configuration besides, and what comes out otherwise
/// than it was asked for.
pub(super) fn brought(
    translated: Translated,
    targets: &BTreeMap<String, TargetSpec>,
    now: Timestamp,
) -> Result<(Definition, Vec<String>), Vec<Fault>> {
    let Translated { mut definition, files: _, mut warnings, variables, post_processors } =
        translated;
    let packer = definition.transports.first().map(|transport| transport.packer().clone());
    let Some(packer) = packer else { return Ok((definition, warnings)) };
    let buckets = targets.iter().filter_map(|(name, target)| {
        let TargetSpec::S3(target) = target else { return None };
        Some((name.clone(), target.clone()))
    });
    let buckets: BTreeMap<String, S3Target> = buckets.collect();
    let afterwards = Afterwards {
        post_processors: &post_processors,
        variables: &variables,
        packer: &packer,
        buckets: &buckets,
        // Everything here is of whoever runs the command.
        owner_md5: "",
        way: Way::Terminal,
        now,
    };
    let prepared = afterwards
        .prepared()
        .map_err(|refused| refused.mistakes.iter().map(Mistake::fault).collect::<Vec<Fault>>())?;
    for step in &prepared.steps {
        if let Step::Brought(there) = step {
            exit::say(&format!("the result is brought to {} besides", there.folder));
        }
    }
    definition.transports.extend(prepared.transports);
    warnings.extend(prepared.warnings);
    Ok((definition, warnings))
}

#[cfg(test)]
mod tests {
    use fabric::ambient::Ambient;
    use proto::definition::Transport;
    use proto::deriva::engine::{Asked, Classes, Variables};
    use serde_json::{Value, json};

    use super::*;

    fn configuration(processor: &str, params: &Value) -> Configuration {
        let csv = json!({"processor": "csv", "processor_params": {
            "query_path": "/entity/s:t", "output_path": "t"}});
        let configuration = json!({
            "catalog": {"host": "https://h.example", "catalog_id": "1", "query_processors": [csv]},
            "post_processors": [{"processor": processor, "processor_params": params}],
        });
        let classes = Classes::new();
        let asked = Asked::new(Way::Terminal, &classes);
        Configuration::read(&configuration, &asked).unwrap().configuration
    }

    fn brought_to(url: &str) -> Result<(Definition, Vec<String>), Vec<Fault>> {
        let text = r#"{"name": "A", "outputs": [{"to": "a.csv", "from": "a", "format": "csv"}]}"#;
        let params = json!({"target_url": url, "overwrite": true, "region": "x"});
        let translated = Translated {
            definition: Definition::parse(text).unwrap(),
            files: Vec::new(),
            warnings: Vec::new(),
            variables: Variables::default(),
            post_processors: configuration("cloud_upload", &params).post_processors,
        };
        let target = json!({"kind": "s3", "bucket": "exports", "prefix": "p",
            "access_key_id": "a", "secret_access_key_file": "secret"});
        let target: TargetSpec = serde_json::from_value(target).unwrap();
        let targets = BTreeMap::from([("far".to_owned(), target)]);
        brought(translated, &targets, Ambient::system().now())
    }

    #[test]
    fn what_is_not_made_is_refused_and_never_left_out() {
        let places = |configuration: &Configuration| {
            left(configuration).into_iter().filter_map(|fault| fault.place).collect::<Vec<_>>()
        };
        let rewritten = configuration("url_rewrite", &json!({"remote_path": "x"}));
        assert_eq!(places(&rewritten), ["/post_processors/0"]);
        let brought = configuration("cloud_upload", &json!({"target_url": "s3://exports/x"}));
        assert_eq!(places(&brought), [""; 0]);
    }

    #[test]
    fn results_come_to_buckets_of_the_configuration_and_to_no_others() {
        let (definition, warnings) = brought_to("s3://exports/p/x").unwrap();
        let Transport::S3(there) = &definition.transports[1] else { panic!("no bucket") };
        assert_eq!((there.target.as_str(), there.path.as_str()), ("far", "x"));
        assert!(there.options.overwrite);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let faults = brought_to("s3://others/p/x").unwrap_err();
        assert_eq!(faults[0].code, Code::UnknownTarget);
    }
}
