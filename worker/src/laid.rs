//! The files of a batch, laid down one after another by a thread of their own.

use futures::stream::{Stream, StreamExt};
use proto::commit::{Member, Piece};
use proto::lay::Lay;
use tokio::runtime::Handle;
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

/// Lays down what comes, in its order. Ends early where nobody takes what is laid down, also while nothing comes:
/// whoever makes the next file sees that by [`next_wanted`]. Blocks.
pub(crate) fn lay_down(
    mut laying: Laying,
    mut files: mpsc::Receiver<Ready>,
) -> Result<Laid, BatchError> {
    let mut members = Members::new();
    let runtime = Handle::current();
    while let Some(file) = runtime.block_on(next(&laying, &mut files)) {
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

/// The next of what is coming; nothing where all came, or once nobody takes what is made of it: whoever failed says so
/// itself.
pub(crate) async fn next_wanted<S: Stream + Unpin, T>(
    coming: &mut S,
    taker: &mpsc::Sender<T>,
) -> Option<S::Item> {
    tokio::select! {
        biased;
        () = taker.closed() => None,
        next = coming.next() => next,
    }
}

/// The next file; nothing where there is none, or nobody to take it.
async fn next(laying: &Laying, files: &mut mpsc::Receiver<Ready>) -> Option<Ready> {
    tokio::select! {
        biased;
        () = laying.closed() => None,
        file = files.recv() => file,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::stream;

    use super::*;
    use crate::plain_zip::plain_zip;

    #[tokio::test]
    async fn nothing_is_waited_for_once_nobody_takes_what_is_made_of_it() {
        let (taker, gone) = mpsc::channel::<()>(1);
        let mut coming = stream::iter([1]).chain(stream::pending()).boxed();
        assert_eq!(next_wanted(&mut coming, &taker).await, Some(1));
        drop(gone);
        assert_eq!(next_wanted(&mut coming, &taker).await, None);
    }

    #[tokio::test]
    async fn no_file_is_waited_for_once_nobody_takes_what_is_laid_down() {
        let asked = plain_zip();
        let (out, parts) = mpsc::channel(1);
        let (ready, files) = mpsc::channel(1);
        let laying = Laying::members(&asked, out);
        let laying = tokio::task::spawn_blocking(move || lay_down(laying, files));
        drop(parts);
        let ended = tokio::time::timeout(Duration::from_secs(20), laying).await;
        let laid = ended.expect("more files may come").unwrap().unwrap();
        assert!(laid.members.is_empty() && ready.is_closed());
    }
}
