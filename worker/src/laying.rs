//! Laying a batch down in all lays that are asked for, in one pass over its content.
//!
//! The CPU half: content comes in, bytes for each lay's segment go out over a bounded channel. The
//! plain ZIP lay is always the first.

use std::borrow::Cow;
use std::ops::ControlFlow;

use bytes::Bytes;
use pack::coding::{Coding, PieceWriter};
use pack::zip::Entry;
use proto::commit::{Member, Piece};
use proto::lay::{Asked, Lay};
use tokio::sync::mpsc;

use crate::segment::CHUNK_BYTES;

/// Bytes for the segment of one of a batch's lays, by the lay's place.
pub(crate) type Part = (usize, Bytes);

/// A batch that is being laid down.
pub(crate) struct Laying {
    slots: Vec<Slot>,
    out: mpsc::Sender<Part>,
}

/// One of the lays.
struct Slot {
    lay: Lay,
    /// What the paths of members begin with.
    prefix: String,
    coder: Option<PieceWriter>,
    /// What comes before a share, unless that stays empty.
    lead: Vec<u8>,
    buffer: Vec<u8>,
    /// How many bytes went on already.
    sent: u64,
}

impl Laying {
    /// A batch of members.
    pub(crate) fn members(asked: &Asked, out: mpsc::Sender<Part>) -> Self {
        let coder = |container| Coding::of(container).map(PieceWriter::new);
        let slot = |lay: &Lay| Slot {
            prefix: pack::bag::prefix(lay.root, &asked.name),
            ..Slot::new(*lay, coder(lay.container), Vec::new())
        };
        Self { slots: asked.lays.iter().map(slot).collect(), out }
    }

    /// A share, which `separator` parts from those before it.
    pub(crate) fn share(asked: &Asked, separator: &[u8], out: mpsc::Sender<Part>) -> Self {
        let slot = |lay: Lay| {
            let coding = Coding::of_shares(lay.container);
            let mut lead = Vec::new();
            coding.text(separator, &mut lead);
            let is_stored = asked.is_stored && coding == Coding::Gzip;
            let writer = if is_stored { PieceWriter::stored() } else { PieceWriter::new(coding) };
            Slot::new(lay, Some(writer), lead)
        };
        Self { slots: asked.share_lays().into_iter().map(slot).collect(), out }
    }

    /// How long the plain ZIP segment is so far.
    pub(crate) fn len(&self) -> u64 {
        self.slots.first().map_or(0, |slot| slot.sent + slot.buffer.len() as u64)
    }

    /// Comes back once nobody takes what is laid down any more.
    pub(crate) async fn closed(&self) {
        self.out.closed().await;
    }

    /// Whether a member's content is wanted, besides what was made of it for ZIP.
    pub(crate) fn wants_content(&self) -> bool {
        self.slots.iter().any(|slot| slot.coder.is_some())
    }

    /// Lays a member down that is in memory.
    pub(crate) fn member(
        &mut self,
        member: &Member,
        packed: &[u8],
        content: &[u8],
    ) -> ControlFlow<()> {
        self.begin(member);
        for slot in &mut self.slots {
            match slot.coder {
                Some(_) => slot.code(content),
                None => slot.buffer.extend_from_slice(packed),
            }
        }
        self.end(member)
    }

    /// Begins a member.
    pub(crate) fn begin(&mut self, member: &Member) {
        for slot in &mut self.slots {
            slot.begin(member);
        }
    }

    /// The next part of what was made of a member for ZIP.
    pub(crate) fn packed(&mut self, packed: &Bytes) -> ControlFlow<()> {
        for (place, slot) in self.slots.iter_mut().enumerate() {
            if slot.coder.is_some() {
                continue;
            }
            if packed.len() < CHUNK_BYTES / 4 {
                slot.buffer.extend_from_slice(packed);
            } else {
                // Long enough to go on by itself, without being copied.
                slot.send(place, &self.out)?;
                slot.send_on(place, packed.clone(), &self.out)?;
            }
        }
        self.send_full()
    }

    /// The next part of a member's or a share's content.
    pub(crate) fn content(&mut self, content: &[u8]) -> ControlFlow<()> {
        for slot in &mut self.slots {
            slot.code(content);
        }
        self.send_full()
    }

    /// Ends a member.
    pub(crate) fn end(&mut self, member: &Member) -> ControlFlow<()> {
        for slot in &mut self.slots {
            slot.code(pack::tar::padding(member.size));
        }
        self.send_full()
    }

    /// Hands over the rest; what there is in each lay.
    pub(crate) fn finish(mut self) -> Vec<(Lay, Piece)> {
        let mut pieces = Vec::with_capacity(self.slots.len());
        for (place, slot) in self.slots.iter_mut().enumerate() {
            let piece = slot.coder.take().map(|coder| coder.finish(&mut slot.buffer));
            pieces.push((slot.lay, piece.unwrap_or_default()));
            // Nobody there to take it: the store failed, and says so itself.
            if slot.send(place, &self.out).is_break() {
                break;
            }
        }
        pieces
    }

    fn send_full(&mut self) -> ControlFlow<()> {
        for (place, slot) in self.slots.iter_mut().enumerate() {
            if slot.buffer.len() >= CHUNK_BYTES {
                slot.send(place, &self.out)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Slot {
    fn new(lay: Lay, coder: Option<PieceWriter>, lead: Vec<u8>) -> Self {
        Self { lay, prefix: String::new(), coder, lead, buffer: Vec::new(), sent: 0 }
    }

    fn begin(&mut self, member: &Member) {
        let path = if self.prefix.is_empty() {
            Cow::Borrowed(member.path.as_str())
        } else {
            Cow::Owned(format!("{}{}", self.prefix, member.path))
        };
        if self.coder.is_none() {
            pack::zip::local_header(&Entry::of(member, &path), &mut self.buffer);
        } else {
            let mut header = Vec::new();
            pack::tar::header(&path, member.size, &mut header);
            self.code(&header);
        }
    }

    /// Compresses content, where this lay does that.
    fn code(&mut self, content: &[u8]) {
        let Some(coder) = &mut self.coder else { return };
        if !content.is_empty() {
            self.buffer.append(&mut self.lead);
        }
        coder.write(content, &mut self.buffer);
    }

    /// Passes on what is gathered; a break where nobody takes it any more.
    fn send(&mut self, place: usize, out: &mpsc::Sender<Part>) -> ControlFlow<()> {
        if self.buffer.is_empty() {
            return ControlFlow::Continue(());
        }
        let room = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4);
        let full = std::mem::replace(&mut self.buffer, room);
        self.send_on(place, full.into(), out)
    }

    fn send_on(&mut self, place: usize, part: Bytes, out: &mpsc::Sender<Part>) -> ControlFlow<()> {
        self.sent += part.len() as u64;
        match out.blocking_send((place, part)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
