//! What is done with results besides keeping them: prepared before a run begins, and told in answers.

use pack::digest::Digests;
use proto::definition::Transport;
use proto::deriva::afterwards::{Afterwards, Output, Prepared, Step, places};
use proto::deriva::engine::Way;
use proto::deriva::translation::Translated;
use proto::digest::Algorithm;
use proto::id::Owner;

use super::Door;
use super::callers::Caller;
use super::registering::Registered;
use super::trouble::Trouble;

/// Where identifiers lead from, whatever service they are of.
const RESOLVERS: [&str; 2] = ["https://identifiers.org/", "https://n2t.net/"];

impl Door {
    /// Prepares what a configuration wants done with its result.
    pub(super) fn prepared(
        &self,
        way: Way,
        caller: &Caller,
        translated: &Translated,
    ) -> Result<Prepared, Trouble> {
        let packer = translated.definition.transports.first().map(Transport::packer);
        let Some(packer) = packer else { return Ok(Prepared::default()) };
        let afterwards = Afterwards {
            post_processors: &translated.post_processors,
            variables: &translated.variables,
            packer,
            buckets: &self.settings.buckets,
            owner_md5: &md5(&caller.owner),
            way,
            now: self.api.coordinator.ambient.now(),
        };
        Ok(afterwards.prepared()?)
    }
}

/// What tells somebody's results from those of others, and does not say who it is.
fn md5(owner: &Owner) -> String {
    let mut digests = Digests::new(&[Algorithm::Md5]);
    digests.update(owner.as_str().as_bytes());
    digests.finish().into_iter().map(|(_, digest)| digest).collect()
}

/// The addresses of a bag: the page of its identifier first, where it has one.
pub(super) fn bag(url: String, registered: &[Registered]) -> Vec<String> {
    let Some(Registered { identifier, page, .. }) = registered.first() else { return vec![url] };
    let resolved = || RESOLVERS.map(|resolver| format!("{resolver}{identifier}")).to_vec();
    let mut urls = page.as_ref().map_or_else(resolved, |page| vec![page.clone()]);
    urls.push(url);
    urls
}

/// The address of a file that the service has at `url`: the first one where steps bring or send it elsewhere.
pub(super) fn file(steps: &[Step], path: &str, service_url: &str, url: String) -> String {
    let output = Output { path, stored: path, service_url };
    places(steps, output).into_iter().next().unwrap_or(url)
}

/// The steps that are so while the run goes on: what is brought to a bucket is not there before its end.
pub(super) fn already(steps: &[Step]) -> Vec<Step> {
    let is_already = |step: &&Step| match step {
        Step::Rewritten(_) => true,
        Step::Brought(_) | Step::Identified(_) => false,
    };
    steps.iter().filter(is_already).cloned().collect()
}

/// Which of the addresses is the place of what was made: the page of a bag's identifier, or a file that is alone.
pub(super) fn location(way: Way, urls: &[String]) -> Option<&str> {
    match (way, urls) {
        (Way::Files, [url]) => Some(url),
        (Way::Bag, [first, _, ..]) => Some(first),
        (Way::Files | Way::Bag | Way::Terminal, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use proto::deriva::afterwards::{Brought, Rewritten};

    use super::*;

    fn registered(page: Option<&str>) -> Vec<Registered> {
        let page = page.map(str::to_owned);
        vec![Registered { output: "b.zip".to_owned(), identifier: "minid:1".to_owned(), page }]
    }

    #[test]
    fn the_page_of_an_identifier_comes_before_the_bag() {
        let url = || "https://s/k".to_owned();
        assert_eq!(bag(url(), &[]), [url()]);
        assert_eq!(
            bag(url(), &registered(Some("https://i/minid:1"))),
            ["https://i/minid:1", "https://s/k"]
        );
        let resolved =
            ["https://identifiers.org/minid:1", "https://n2t.net/minid:1", "https://s/k"];
        let urls = bag(url(), &registered(None));
        assert_eq!(urls, resolved);
        assert_eq!(location(Way::Bag, &urls), Some(resolved[0]));
        assert_eq!(location(Way::Bag, &[url()]), None);
        assert_eq!(location(Way::Files, &[url()]), Some("https://s/k"));
        assert_eq!(location(Way::Files, &urls), None);
    }

    #[test]
    fn files_are_where_steps_send_clients() {
        let url = || "https://s/k/a.csv".to_owned();
        assert_eq!(file(&[], "a.csv", "https://s/k", url()), url());
        let rewritten =
            Rewritten { outputs: Vec::new(), address: "https://h/?u={output_url}".to_owned() };
        let steps = [Step::Rewritten(rewritten)];
        assert_eq!(file(&steps, "a.csv", "https://s/k", url()), "https://h/?u=https://s/k/a.csv");
    }

    #[test]
    fn what_is_yet_to_be_brought_is_at_the_service() {
        let url = || "https://s/k/a.csv".to_owned();
        let brought = Brought { folder: "s3://b/f".to_owned(), is_encoded: false };
        let (outputs, address) = (vec!["b.csv".to_owned()], "https://h/?u={output_url}".to_owned());
        let steps = [Step::Brought(brought), Step::Rewritten(Rewritten { outputs, address })];
        let place = |steps: &[Step], path: &str| file(steps, path, "https://s/k", url());
        assert_eq!(place(&steps, "a.csv"), "s3://b/f/a.csv");
        assert_eq!(place(&already(&steps), "a.csv"), url());
        assert_eq!(place(&already(&steps), "b.csv"), "https://h/?u=https://s/k/b.csv");
    }

    #[test]
    fn owners_are_told_apart_by_a_digest() {
        let owner = Owner::try_from("a".to_owned()).unwrap();
        assert_eq!(md5(&owner), "0cc175b9c0f1b6a831c399e269772661");
    }
}
