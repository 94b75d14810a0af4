//! Laying down a file that waits in a scratch file, a bounded part at a time.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;

use bytes::Bytes;
use pack::deflate::Inflater;
use proto::commit::{Member, Method};

use crate::laying::Laying;
use crate::segment::CHUNK_BYTES;

/// Lays the file down: as it is where that is what a lay wants, inflated for the others. A break
/// where nobody takes it any more.
pub(crate) fn lay_down(
    laying: &mut Laying,
    member: &Member,
    mut file: File,
) -> io::Result<ControlFlow<()>> {
    let mut inflater = match member.method {
        Method::Deflated if laying.wants_content() => Some(Inflater::new()),
        Method::Deflated | Method::Stored => None,
    };
    laying.begin(member);
    loop {
        let mut part = Vec::with_capacity(CHUNK_BYTES);
        (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut part)?;
        if part.is_empty() {
            return Ok(laying.end(member));
        }
        let part = Bytes::from(part);
        let taken = match (&mut inflater, member.method) {
            (Some(inflater), _) => inflate(inflater, &part, laying)?,
            (None, Method::Stored) => laying.content(&part),
            (None, Method::Deflated) => ControlFlow::Continue(()),
        };
        if taken.is_break() || laying.packed(&part).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
}

/// What was packed a moment ago, back again; a part of it may be a thousand times as long.
fn inflate(
    inflater: &mut Inflater,
    mut part: &[u8],
    laying: &mut Laying,
) -> io::Result<ControlFlow<()>> {
    let mut content = Vec::new();
    loop {
        content.clear();
        let step = inflater.step(part, &mut content).map_err(io::Error::other)?;
        part = &part[step.used..];
        if laying.content(&content).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if step.ended || (part.is_empty() && content.is_empty()) {
            return Ok(ControlFlow::Continue(()));
        }
    }
}
