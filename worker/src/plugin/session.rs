//! A conversation with a plugin: what it asks for is answered, and how it ends is taken.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::answers::{Answers, Course};
use super::error::PluginError;
use super::journal::Journal;
use super::process::{Process, how};
use super::wire::{self, Done, Event, Exporter, Line, Output, Request, Status};

/// How long a plugin may say nothing at all. It is to give a sign of life every 5 seconds.
pub(super) const SILENCE: Duration = Duration::from_secs(15);

/// How many times as long it may say nothing at its beginning: it loads itself, on a machine that may have much to
/// do.
const BEGINNING: u32 = 4;

/// How much a plugin may ask for before it has read the answers.
const ASKED: usize = 32;

/// Most places of a backtrace that are told.
const PLACES: usize = 20;

/// Who is spoken to, and what is known of it.
pub(super) struct Session<'s> {
    pub(super) name: &'s str,
    pub(super) journal: &'s Arc<Journal>,
    /// How long it may say nothing.
    pub(super) silence: Duration,
    /// How long it may show no sign of work.
    pub(super) idle: Duration,
}

impl Session<'_> {
    /// Lets a plugin export, to its end.
    pub(super) async fn export(
        &self,
        mut process: Process,
        first: Vec<u8>,
        answers: Answers,
        course: &Course,
    ) -> Result<Option<Output>, PluginError> {
        let (asked, requests) = mpsc::channel(ASKED);
        let answering = tokio::spawn(answer_all(answers, requests, process.told()));
        let mut answering = AbortOnDropHandle::new(answering);
        // Who does not listen ends, and that is seen.
        let _told = process.told().send(first).await;
        let mut worked = Instant::now();
        let mut patience = self.silence * BEGINNING;
        let done = loop {
            let line = tokio::select! {
                biased;
                failed = &mut answering => break Err(failed_answer(failed)),
                line = heard(&mut process, patience) => line,
            };
            patience = self.silence;
            if course.is_waiting.load(Ordering::Relaxed) {
                worked = Instant::now();
            }
            match line {
                Err(silence) => {
                    break Err(self.hung(format!("it said nothing for {} s", silence.as_secs())));
                }
                Ok(None) => break Err(self.ended()),
                Ok(Some(Err(error))) => break Err(error),
                Ok(Some(Ok(Line::Event(Event::Alive)))) => {
                    if worked.elapsed() > self.idle {
                        let seconds = self.idle.as_secs();
                        break Err(self.hung(format!("it did nothing for {seconds} s")));
                    }
                    continue;
                }
                Ok(Some(Ok(Line::Event(Event::Done(done))))) => break Ok(done),
                Ok(Some(Ok(Line::Event(Event::Progress { value })))) => {
                    tracing::debug!(plugin.progress = value, "plugin goes on");
                    course.headway.says(value);
                }
                Ok(Some(Ok(Line::Event(Event::Ready | Event::Log { .. })))) => {}
                Ok(Some(Ok(Line::Event(Event::Described { .. })))) => {
                    break Err(self.misspoken("it describes itself, and is to run"));
                }
                Ok(Some(Ok(Line::Request(request)))) => {
                    if asked.try_send(request).is_err() {
                        break Err(self.misspoken("it asks for more, and reads no answers"));
                    }
                }
            }
            worked = Instant::now();
        };
        drop((asked, answering));
        let status = process.end().await;
        match done {
            Ok(done) => self.verdict(done),
            // What it wrote last is there only now.
            Err(PluginError::Ended { name, .. }) => {
                let said = self.journal.last();
                Err(PluginError::Ended { name, how: how(status), said })
            }
            Err(error) => Err(error),
        }
    }

    /// What a plugin can export.
    pub(super) async fn describe(
        &self,
        mut process: Process,
        first: Vec<u8>,
    ) -> Result<Vec<Exporter>, PluginError> {
        // Who does not listen ends, and that is seen.
        let _told = process.told().send(first).await;
        let begun = Instant::now();
        let described = loop {
            match heard(&mut process, self.silence * BEGINNING).await {
                Err(silence) => {
                    break Err(self.hung(format!("it said nothing for {} s", silence.as_secs())));
                }
                Ok(None) => break Err(self.ended()),
                Ok(Some(Err(error))) => break Err(error),
                Ok(Some(Ok(Line::Event(Event::Described { exporters })))) => break Ok(exporters),
                Ok(Some(Ok(Line::Event(Event::Done(done))))) => {
                    let failed = self.verdict(done).err();
                    break Err(failed.unwrap_or_else(|| self.misspoken("it describes nothing")));
                }
                Ok(Some(Ok(Line::Event(
                    Event::Ready | Event::Alive | Event::Log { .. } | Event::Progress { .. },
                )))) => {
                    if begun.elapsed() > self.idle {
                        let seconds = self.idle.as_secs();
                        let why = format!("it did not describe itself in {seconds} s");
                        break Err(self.hung(why));
                    }
                }
                Ok(Some(Ok(Line::Request(_)))) => {
                    break Err(self.misspoken("it asks for records, and is to describe itself"));
                }
            }
        };
        let status = process.end().await;
        match described {
            Err(PluginError::Ended { name, .. }) => {
                let said = self.journal.last();
                Err(PluginError::Ended { name, how: how(status), said })
            }
            Ok(_) | Err(_) => described,
        }
    }

    fn verdict(&self, done: Done) -> Result<Option<Output>, PluginError> {
        let name = self.name.to_owned();
        let Done { status, error, backtrace, output } = done;
        match status {
            Status::Completed => Ok(output),
            Status::Rescheduled => Err(PluginError::Later { name }),
            Status::Errored => {
                let plain = |text: &str| self.journal.plain(text);
                let why = plain(error.as_deref().unwrap_or("it does not say why"));
                let places = backtrace.unwrap_or_default();
                let backtrace = places.iter().take(PLACES).map(|place| plain(place)).collect();
                let refused = self.journal.refused();
                Err(PluginError::Failed { name, why, backtrace, refused })
            }
        }
    }

    fn hung(&self, why: String) -> PluginError {
        PluginError::Hung { name: self.name.to_owned(), why, said: self.journal.last() }
    }

    fn ended(&self) -> PluginError {
        let (how, said) = (String::new(), Vec::new());
        PluginError::Ended { name: self.name.to_owned(), how, said }
    }

    fn misspoken(&self, why: &str) -> PluginError {
        PluginError::Misspoken { name: self.name.to_owned(), why: why.to_owned() }
    }
}

/// The next line; how long nothing came, where that was too long.
async fn heard(
    process: &mut Process,
    patience: Duration,
) -> Result<Option<Result<Line, PluginError>>, Duration> {
    timeout(patience, process.next()).await.map_err(|_| patience)
}

/// Why nothing is answered any more.
fn failed_answer(failed: Result<Result<(), PluginError>, tokio::task::JoinError>) -> PluginError {
    match failed.expect("the answering task does not panic") {
        Err(error) => error,
        // Requests end after this is waited for no longer.
        Ok(()) => PluginError::Scratch(std::io::Error::other("nobody answers any more")),
    }
}

/// Answers what is asked for, in its order.
async fn answer_all(
    mut answers: Answers,
    mut requests: mpsc::Receiver<Request>,
    told: mpsc::Sender<Vec<u8>>,
) -> Result<(), PluginError> {
    while let Some(Request { id, wanted }) = requests.recv().await {
        let answered = answers.answer(wanted).await?;
        if told.send(wire::answer(id, &answered)).await.is_err() {
            // It listens to nothing any more, and ends.
            std::future::pending::<()>().await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::desk::Desk;
    use crate::plugin::settings::Plugins;
    use crate::plugin::tests::program::program;
    use crate::plugin::wire::Asked;

    #[tokio::test]
    async fn one_that_never_describes_itself_is_ended_also_where_it_gives_signs_of_life() {
        let alive = "while echo '{\"ev\":\"alive\"}' >&4; do sleep 0.2; done";
        let (plugin, root) = program("/bin/sh", alive);
        let (desk, journal) = (Desk::new(root.path()).unwrap(), Arc::new(Journal::default()));
        let settings = Plugins::none();
        let process = Process::start(&settings, &plugin, &desk.work(), &journal).await.unwrap();
        let (silence, idle) = (Duration::from_secs(5), Duration::from_secs(1));
        let session = Session { name: &plugin.name, journal: &journal, silence, idle };
        let described = session.describe(process, wire::first(Asked::Describe(true))).await;
        let hung = described.unwrap_err().to_string();
        assert!(hung.contains("did not describe itself in 1 s"), "{hung}");
    }
}
