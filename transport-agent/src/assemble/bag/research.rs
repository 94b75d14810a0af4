//! The research object of a bag, written while its payload is listed.

use std::collections::BTreeMap;

use pack::bag::ResearchText;
use proto::definition::{Bag, ResearchObject};
use proto::lay::Asked;

use super::super::course::Course;
use super::super::text::Text;
use crate::error::AgentError;

pub(super) struct Research<'b> {
    text: ResearchText<'b>,
    /// What is written so far.
    written: Text,
    /// Where files of outputs were, by their paths in the bag.
    from: BTreeMap<String, &'b str>,
}

impl<'b> Research<'b> {
    /// Begins one, where the bag is to have it.
    pub(super) fn begin(course: &'b Course<'_>, bag: &'b Bag) -> Result<Option<Self>, AgentError> {
        let Some(about) = &bag.research_object else { return Ok(None) };
        let mut out = Vec::new();
        let text = ResearchText::begin(about, &course.plan.definition.name, &mut out);
        let mut written = Text::new(&course.agent.settings.scratch);
        written.write(&out)?;
        Ok(Some(Self { text, written, from: addresses(course, about) }))
    }

    /// Tells of a file of the archive.
    pub(super) fn file(
        &mut self,
        path: &str,
        digests: &[Option<String>],
    ) -> Result<(), AgentError> {
        let mut out = Vec::new();
        let from = self.from.get(path).copied();
        self.text.file(path, &known(digests), from, &mut out);
        self.written.write(&out)
    }

    /// Tells of a file that stays where it is.
    pub(super) fn remote_file(
        &mut self,
        path: &str,
        digests: &[Option<String>],
        url: &str,
    ) -> Result<(), AgentError> {
        let mut out = Vec::new();
        self.text.remote_file(path, &known(digests), url, &mut out);
        self.written.write(&out)
    }

    /// All of it.
    pub(super) fn end(mut self) -> Result<Text, AgentError> {
        let mut out = Vec::new();
        self.text.end(&mut out);
        self.written.write(&out)?;
        Ok(self.written)
    }
}

/// The addresses that are told for outputs, by the paths of their files in the bag.
fn addresses<'b>(course: &Course<'_>, about: &'b ResearchObject) -> BTreeMap<String, &'b str> {
    let asked = Asked::of(&course.plan.definition);
    let outputs = course.plan.outputs.iter().filter_map(|planned| {
        let output = course.plan.definition.outputs.get(planned.index as usize)?;
        let from = about.retrieved_from.get(&output.to)?;
        let whole = || output.is_whole().then(|| pack::bag::path(&asked, &output.to));
        let path = planned.member.clone().or_else(whole)?;
        Some((pack::bag::payload(&path), from.as_str()))
    });
    outputs.collect()
}

/// The digests that there are.
fn known(digests: &[Option<String>]) -> Vec<&str> {
    digests.iter().flatten().map(String::as_str).collect()
}
