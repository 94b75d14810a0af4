//! An element of a mapped object, until all of its fields are there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use pack::xml;
use proto::xml_name::is_name;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    pub(super) text: String,
    children: Vec<Node>,
}

impl Node {
    pub(super) fn new(name: &str) -> Self {
        Self { name: safe(name).into_owned(), ..Self::default() }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.attributes.is_empty() && self.children.is_empty()
    }

    /// Sets an attribute.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        let name = safe(name).into_owned();
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.attributes.push((name, value.to_owned())),
        }
    }

    /// The same, with the value behind what the attribute has, where there is a joiner.
    pub(super) fn join_attribute(&mut self, name: &str, value: &str, joiner: Option<&str>) {
        let before = self.attributes.iter().find(|(known, _)| *known == safe(name));
        match (before, joiner) {
            (Some((_, before)), Some(joiner)) if !before.is_empty() => {
                let longer = format!("{before}{joiner}{value}");
                self.attribute(name, &longer);
            }
            (Some(_) | None, _) => self.attribute(name, value),
        }
    }

    /// Puts a text into a new element at the end of a way; with a joiner, behind the text of the last such element
    /// in the same language, where there is one.
    pub(super) fn put(
        &mut self,
        way: &str,
        text: &str,
        joiner: Option<&str>,
        language: Option<(&str, &str)>,
    ) {
        if let Some(joiner) = joiner
            && let Some(node) = self.last(way, language)
            && !node.text.is_empty()
        {
            node.text.push_str(joiner);
            node.text.push_str(text);
            return;
        }
        let node = self.another(way);
        node.text.push_str(text);
        if let Some((attribute, language)) = language {
            node.attribute(attribute, language);
        }
    }

    /// The last child of a name; a new one where there is none.
    pub(super) fn child(&mut self, name: &str) -> &mut Self {
        let safe = safe(name);
        match self.children.iter().rposition(|child| child.name == safe) {
            Some(place) => &mut self.children[place],
            None => self.add(name),
        }
    }

    /// The element at the end of a way.
    pub(super) fn way(&mut self, way: &str) -> &mut Self {
        way.split('/').filter(|part| !part.is_empty()).fold(self, |node, part| node.child(part))
    }

    /// A new element at the end of a way; itself, where the way leads nowhere.
    pub(super) fn another(&mut self, way: &str) -> &mut Self {
        let way = way.trim_matches('/');
        if way.is_empty() {
            return self;
        }
        let (before, last) = way.rsplit_once('/').unwrap_or(("", way));
        self.way(before).add(last)
    }

    /// The last element at the end of a way that is in a language, where one is asked for.
    fn last(&mut self, way: &str, language: Option<(&str, &str)>) -> Option<&mut Self> {
        let mut parts = way.split('/').filter(|part| !part.is_empty()).peekable();
        let mut node = self;
        while let Some(part) = parts.next() {
            let (name, is_end) = (safe(part), parts.peek().is_none());
            let place = node.children.iter().rposition(|child| {
                child.name == name && (!is_end || language.is_none_or(|of| child.has(of)))
            })?;
            node = &mut node.children[place];
        }
        Some(node)
    }

    /// Whether an attribute has a value.
    fn has(&self, (name, value): (&str, &str)) -> bool {
        let name = safe(name);
        self.attributes.iter().any(|(known, has)| *known == name && has == value)
    }

    /// Takes over what is in another.
    pub(super) fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.attributes.extend(other.attributes);
        self.children.extend(other.children);
    }

    /// The texts in it, by their ways.
    pub(super) fn values(&self, above: &str, out: &mut Vec<(String, String)>) {
        let language = self.attributes.iter().find(|(name, _)| name == "xml:lang");
        let own = match language {
            Some((_, language)) => format!("{above}/{}#{language}", self.name),
            None => format!("{above}/{}", self.name),
        };
        if !self.text.is_empty() {
            out.push((own.clone(), self.text.clone()));
        }
        for (name, value) in self.attributes.iter().filter(|(name, _)| name != "xml:lang") {
            out.push((format!("{own}/@{name}"), value.clone()));
        }
        self.children.iter().for_each(|child| child.values(&own, out));
    }

    /// Writes it with what its prefixes stand for; how many characters were replaced.
    pub(super) fn write(
        &self,
        namespaces: &BTreeMap<String, String>,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> u64 {
        let mut prefixes = BTreeSet::new();
        self.prefixes(&mut prefixes);
        let used = prefixes.into_iter().filter(|prefix| *prefix != "xml");
        let declared: Vec<(String, String)> = used
            .map(|prefix| {
                let known = namespaces.get(prefix).cloned();
                (format!("xmlns:{prefix}"), known.unwrap_or_else(|| format!("urn:{prefix}")))
            })
            .collect();
        self.element(&declared, depth, out)
    }

    fn element(&self, declared: &[(String, String)], depth: usize, out: &mut Vec<u8>) -> u64 {
        let (mut replaced, indent) = (0, "  ".repeat(depth));
        out.extend_from_slice(format!("{indent}<{}", self.name).as_bytes());
        for (name, value) in declared.iter().chain(&self.attributes) {
            out.extend_from_slice(format!(" {name}=\"").as_bytes());
            replaced += xml::attribute(value, out);
            out.push(b'"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.extend_from_slice(b"/>\n");
            return replaced;
        }
        out.push(b'>');
        replaced += xml::content(&self.text, out);
        if !self.children.is_empty() {
            out.push(b'\n');
            for child in &self.children {
                replaced += child.element(&[], depth + 1, out);
            }
            out.extend_from_slice(indent.as_bytes());
        }
        out.extend_from_slice(format!("</{}>\n", self.name).as_bytes());
        replaced
    }

    fn prefixes<'n>(&'n self, found: &mut BTreeSet<&'n str>) {
        let names = std::iter::once(&self.name).chain(self.attributes.iter().map(|(name, _)| name));
        found.extend(names.filter_map(|name| Some(name.split_once(':')?.0)));
        self.children.iter().for_each(|child| child.prefixes(found));
    }

    fn add(&mut self, name: &str) -> &mut Self {
        self.children.push(Self::new(name));
        self.children.last_mut().expect("one was added just now")
    }
}

/// A name with at most one prefix; what XML does not take becomes `_`.
fn safe(name: &str) -> Cow<'_, str> {
    let is_safe = |part: &str| is_name(part) || part == "xml";
    let is_whole = match name.split_once(':') {
        Some((prefix, local)) => is_safe(prefix) && is_safe(local),
        None => is_safe(name),
    };
    if is_whole || name.is_empty() {
        return Cow::Borrowed(name);
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    Cow::Owned(format!("_{}", name.chars().map(plain).collect::<String>()))
}
