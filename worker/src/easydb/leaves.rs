//! Linked objects as XML, the last ones that were written out within others and hold none themselves: a place or a
//! keyword is written into object after object, each time with the same bytes. Bounded in bytes, for all batches of
//! a worker together.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use source::catalogue::About;

use super::kept::Which;
use super::shelf::Shelf;

/// How many bytes of them are kept (16 MiB).
const KEPT_BYTES: usize = 16 << 20;

/// A leaf of more bytes than this is not kept (256 KiB), for it would drive out too many others.
const MOST_BYTES: usize = 256 << 10;

/// What a leaf costs besides its texts.
const ENTRY_BYTES: usize = 400;

/// Which object, and how deep its elements are.
pub(super) type Place = (Which, usize);

/// The last used leaves.
pub(crate) struct Leaves(Mutex<Shelf<Place, Leaf>>);

/// What a leaf is made of. At the same place of a run's output the same bytes come of the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'o> {
    /// The object.
    pub(super) text: &'o Arc<str>,
    /// What it is by the link to it.
    pub(super) object_type: &'o str,
    /// What holds for all objects.
    pub(super) about: &'o Arc<About>,
}

/// The XML of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Xml {
    pub(super) elements: Arc<[u8]>,
    /// Characters in it that were replaced.
    pub(super) replaced: u64,
}

/// A leaf, and what it was made of.
struct Leaf {
    text: Arc<str>,
    object_type: Box<str>,
    /// Not held for this: it is long, and another comes for it from time to time.
    about: Weak<About>,
    xml: Xml,
}

impl Default for Leaves {
    fn default() -> Self {
        Self(Mutex::new(Shelf::new(KEPT_BYTES)))
    }
}

impl Leaves {
    /// What was written of an object at a place like this, where it was made of the same.
    pub(super) fn get(&self, place: &Place, origin: &Origin<'_>) -> Option<Xml> {
        let mut leaves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let leaf = leaves.get(place)?;
        let is_same = std::ptr::eq(leaf.about.as_ptr(), Arc::as_ptr(origin.about))
            && *leaf.object_type == *origin.object_type
            && *leaf.text == **origin.text;
        is_same.then(|| leaf.xml.clone())
    }

    /// Keeps what was written of an object at a place.
    pub(super) fn keep(&self, place: Place, origin: &Origin<'_>, elements: &[u8], replaced: u64) {
        let bytes = ENTRY_BYTES + origin.text.len() + elements.len();
        if bytes > MOST_BYTES {
            return;
        }
        let leaf = Leaf {
            text: Arc::clone(origin.text),
            object_type: origin.object_type.into(),
            about: Arc::downgrade(origin.about),
            xml: Xml { elements: elements.into(), replaced },
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(place, leaf, bytes);
    }
}

#[cfg(test)]
mod tests {
    use proto::id::RunId;

    use super::*;

    fn run() -> RunId {
        "00000000-0000-0000-0000-000000000000/1".parse().unwrap()
    }

    #[test]
    fn a_leaf_is_only_known_where_it_is_made_of_the_same() {
        let (leaves, about, other) = (Leaves::default(), Arc::default(), Arc::default());
        let (text, same, changed): (Arc<str>, Arc<str>, Arc<str>) =
            ("{}".into(), "{}".into(), "[]".into());
        let origin = Origin { text: &text, object_type: "ort", about: &about };
        let place = ((run(), 0, 7), 3);
        leaves.keep(place, &origin, b"<a/>", 2);
        let xml = Some(Xml { elements: b"<a/>".as_slice().into(), replaced: 2 });
        assert_eq!(leaves.get(&place, &origin), xml);
        assert_eq!(leaves.get(&place, &Origin { text: &same, ..origin }), xml);
        for origin in [
            Origin { text: &changed, ..origin },
            Origin { object_type: "wort", ..origin },
            Origin { about: &other, ..origin },
        ] {
            assert_eq!(leaves.get(&place, &origin), None, "{origin:?}");
        }
        for place in [((run(), 1, 7), 3), ((run(), 0, 8), 3), ((run(), 0, 7), 4)] {
            assert_eq!(leaves.get(&place, &origin), None, "{place:?}");
        }
    }

    #[test]
    fn no_more_than_so_many_bytes_are_kept_and_nothing_long() {
        let (leaves, about, text) = (Leaves::default(), Arc::default(), Arc::from("{}"));
        let origin = Origin { text: &text, object_type: "ort", about: &about };
        let half = vec![b' '; MOST_BYTES / 2];
        let most = (KEPT_BYTES / half.len()) as u64;
        for id in 0..most {
            leaves.keep(((run(), 0, id), 3), &origin, &half, 0);
        }
        let is_kept = |id| leaves.get(&((run(), 0, id), 3), &origin).is_some();
        assert!(!is_kept(0) && is_kept(1), "what each costs besides counts too");
        leaves.keep(((run(), 0, most), 3), &origin, &vec![b' '; MOST_BYTES], 0);
        assert!(!is_kept(most) && is_kept(2));
    }
}
