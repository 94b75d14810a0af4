//! How the process ends, for scripts.

use std::io::{self, Write};
use std::process::ExitCode;

use proto::fault::Fault;
use proto::run::State;

/// Exit codes; the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: failed, stopped or interrupted.
    Failed,
    /// 2: the definition, configuration or command line is wrong, or the definition's file cannot be
    /// read; nothing was done. Also where only the source could tell, and nothing was delivered.
    BadInput,
    /// 3: done, and something was left out: see the warnings.
    DoneWithWarnings,
}

impl Exit {
    /// How a command ends that followed a run to its end.
    pub(crate) fn of_run(state: State) -> Self {
        match state {
            State::Done => Self::Done,
            State::DoneWithWarnings => Self::DoneWithWarnings,
            State::New
            | State::Pending
            | State::Processing
            | State::Failed
            | State::Stopped
            | State::Expired => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::BadInput => 2,
            Exit::DoneWithWarnings => 3,
        })
    }
}

/// Says why the process fails, with every cause.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    say(&format!("error: {error:#}"));
    Exit::Failed.into()
}

/// Says what is wrong with what was given, one fault a line.
pub(crate) fn bad_input(what: &str, faults: &[Fault]) -> Exit {
    say(&format!(
        "error: {what} has {} mistake{}",
        faults.len(),
        if faults.len() == 1 { "" } else { "s" }
    ));
    for fault in faults {
        say(&format!("  {}", describe(fault)));
    }
    Exit::BadInput
}

/// A fault on one line, without control characters that a terminal would obey.
pub(crate) fn describe(fault: &Fault) -> String {
    fault.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A line for people, on standard error. A terminal that went away is no reason to fail.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// A line of the result, on standard output.
pub(crate) fn print(line: &str) {
    drop(writeln!(io::stdout(), "{line}"));
}
