//! The process that converts images: one job after the other, from standard input to standard output.
//!
//! It may die of any image. Its memory is limited, it writes no files, and it ends with whoever
//! started it.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use rustix::time::ClockId;

use super::image::{Converted, Refusal, convert};
use super::job::{Answer, FRAME_BYTES, Job, read_frame, write_frame};

/// Converts images until standard input ends. `memory_bytes` is the most address space it takes.
pub fn convert_images(memory_bytes: u64) -> ExitCode {
    // Images make decoders panic now and then; what is told of it goes to whoever sent the image.
    std::panic::set_hook(Box::new(|_| {}));
    let limited = limit(memory_bytes);
    let served = limited.and_then(|()| serve(&mut io::stdin().lock(), &mut io::stdout().lock()));
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn limit(memory_bytes: u64) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let at_most = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    Ok(setrlimit(Resource::As, at_most(memory_bytes))?)
}

/// Ends this process (SIGXCPU) once it has taken so much more of the processor: not what the clock says,
/// for the same image is to have the same fate on a machine that has much else to do.
fn limit_processor(seconds: u64) -> io::Result<()> {
    let taken = rustix::time::clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let most = u64::try_from(taken).unwrap_or(0).saturating_add(1).saturating_add(seconds);
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(most), maximum: None })?)
}

fn serve(input: &mut impl Read, out: &mut impl Write) -> io::Result<()> {
    while let Some(frame) = read_frame(input)? {
        let job: Job = serde_json::from_slice(&frame).map_err(io::Error::other)?;
        limit_processor(job.processor_seconds)?;
        let (answer, bytes) = match done(input, &job)? {
            Ok(Converted { extension, size, bytes }) => {
                (Answer::Converted { extension: extension.to_owned(), size }, Some(bytes))
            }
            Err(Refusal::Image(why)) => (Answer::Refused(why), None),
            Err(Refusal::Provided(why)) => (Answer::Unprovided(why), None),
        };
        write_frame(out, &serde_json::to_vec(&answer).map_err(io::Error::other)?)?;
        if let Some(bytes) = bytes {
            for part in bytes.chunks(FRAME_BYTES) {
                write_frame(out, part)?;
            }
            write_frame(out, &[])?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Reads one image and converts it.
fn done(input: &mut impl Read, job: &Job) -> io::Result<Result<Converted, Refusal>> {
    let (mut image, mut is_too_long) = (Vec::new(), false);
    loop {
        let frame = read_frame(input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if frame.is_empty() {
            break;
        }
        is_too_long |= (image.len() + frame.len()) as u64 > job.most_bytes;
        if is_too_long {
            image = Vec::new();
        } else {
            image.extend_from_slice(&frame);
        }
    }
    if is_too_long {
        let most = job.most_bytes;
        return Ok(Err(Refusal::new(format!("it has more than the {most} bytes that are read"))));
    }
    let converted = catch_unwind(AssertUnwindSafe(|| convert(&image, job)));
    Ok(converted.unwrap_or_else(|_| Err(Refusal::new("it is broken in a way nobody thought of"))))
}
