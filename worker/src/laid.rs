//! The files of a batch, laid down one after another by a thread of their own.

use proto::commit::{Member, Piece};
use proto::lay::Lay;
use tokio::sync::mpsc;

use crate::error::BatchError;
use crate::large;
use crate::laying::Laying;
use crate::members::Members;
use crate::spool::Ready;

/// What was laid down.
pub(crate) struct Laid {
    pub(crate) members: Vec<Member>,
    pub(crate) pieces: Vec<(Lay, Piece)>,
}

/// Lays down what comes, in its order.
pub(crate) fn lay_down(
    mut laying: Laying,
    mut files: mpsc::Receiver<Ready>,
) -> Result<Laid, BatchError> {
    let mut members = Members::default();
    while let Some(file) = files.blocking_recv() {
        let offset = laying.len();
        let (member, taken) = match file {
            Ready::Small { member, packed, content } => {
                laying.begin(&member);
                let taken = laying.packed(&packed).is_break()
                    || laying.content(&content).is_break()
                    || laying.end(&member).is_break();
                (member, !taken)
            }
            Ready::Large(member, file) => {
                let taken = large::lay_down(&mut laying, &member, file);
                let taken = taken.map_err(BatchError::Scratch)?;
                (member, taken.is_continue())
            }
        };
        members.push(Member { offset, ..member })?;
        if !taken {
            break;
        }
    }
    Ok(Laid { members: members.finish(), pieces: laying.finish() })
}
