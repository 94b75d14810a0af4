//! How the transports of a run ended, each by itself.

use proto::fault::Fault;

/// The ends of a run's transports, by their places in the definition; none is open.
#[derive(Debug)]
pub(super) struct Transports(Vec<Option<End>>);

#[derive(Debug)]
enum End {
    Delivered,
    Failed(Fault),
}

impl Transports {
    pub(super) fn new(len: u32) -> Self {
        Self((0..len).map(|_| None).collect())
    }

    /// Marks a transport as delivered, also one that was taken for failed; whether it was not before.
    pub(super) fn deliver(&mut self, transport: u32) -> bool {
        match self.0.get_mut(transport as usize) {
            None | Some(Some(End::Delivered)) => false,
            Some(end) => {
                *end = Some(End::Delivered);
                true
            }
        }
    }

    /// Marks a transport as failed, unless it is delivered.
    pub(super) fn fail(&mut self, transport: u32, fault: Fault) {
        if let Some(end) = self.0.get_mut(transport as usize)
            && !matches!(end, Some(End::Delivered))
        {
            *end = Some(End::Failed(fault));
        }
    }

    /// Opens a failed transport again; whether it had failed.
    pub(super) fn resume(&mut self, transport: u32) -> bool {
        match self.0.get_mut(transport as usize) {
            Some(end @ Some(End::Failed(_))) => {
                *end = None;
                true
            }
            Some(None | Some(End::Delivered)) | None => false,
        }
    }

    /// The transports that have not come to an end.
    pub(super) fn open(&self) -> Vec<u32> {
        let ends = (0..).zip(&self.0);
        ends.filter(|(_, end)| end.is_none()).map(|(transport, _)| transport).collect()
    }

    /// The transports that failed, and why.
    pub(super) fn failed(&self) -> impl Iterator<Item = (u32, &Fault)> {
        (0..).zip(&self.0).filter_map(|(transport, end)| match end {
            Some(End::Failed(fault)) => Some((transport, fault)),
            Some(End::Delivered) | None => None,
        })
    }
}
