//! Where events go: to a program as JSON lines, or to a person as a timeline.

use crate::analyze::display_name;
use crate::models::words_by;
#[cfg(feature = "devices")]
use crate::timeline;
use crate::timeline::Timeline;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{BufWriter, Stdout, Write};
use std::sync::Arc;
use undertone_journal::{CallView, Entry, Policy, Sink, SinkError};
use undertone_signal::{CallId, Envelopes, ErrorEvent, Event, EventBody, RunId};

/// A sink of a command that analyses calls, told also what is no event.
pub(crate) trait Output: Sink {
    /// A call begins; its length in seconds, where the file tells.
    fn begin(&mut self, _call: &CallId, _length_s: Option<f64>) -> Result<()> {
        Ok(())
    }
    /// How many seconds of the recording have been played.
    fn played(&mut self, _seconds: f64) {}
    /// A recording could not be opened at all.
    fn refused(&mut self, _call: &CallId, _message: &str) -> Result<()> {
        Ok(())
    }
    /// A device has gone or come back.
    fn notice(&mut self, call: &CallId, message: &str) -> Result<()> {
        self.refused(call, message)
    }
    /// Nothing more will come.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// One JSON object a line.
pub(crate) struct Json {
    out: BufWriter<Stdout>,
}

impl Json {
    pub(crate) fn new() -> Self {
        Self { out: BufWriter::new(std::io::stdout()) }
    }

    fn line(&mut self, event: &Event) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")
    }
}

impl Sink for Json {
    fn name(&self) -> &'static str {
        "stdout"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        entries.iter().try_for_each(|entry| self.line(&entry.event))?;
        // A reader that waits for alerts must not wait for a full buffer.
        Ok(self.out.flush()?)
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Output for Json {
    fn refused(&mut self, call: &CallId, message: &str) -> Result<()> {
        let error = ErrorEvent { message: message.to_owned() };
        self.line(&Envelopes::new(RunId::now(), call.clone()).seal(error))?;
        Ok(self.out.flush()?)
    }
}

/// A progress bar, then a timeline.
pub(crate) struct Person {
    /// Which model transcribes, once a call has begun with one.
    words_by: Option<String>,
    has_meaning: bool,
    bar: ProgressBar,
    view: Option<CallView>,
    calls: usize,
}

impl Person {
    pub(crate) fn new(has_meaning: bool) -> Self {
        Self { words_by: None, has_meaning, bar: ProgressBar::hidden(), view: None, calls: 0 }
    }

    fn event(&mut self, event: &Event) -> std::io::Result<()> {
        let view = self.view.get_or_insert_with(|| CallView::new(event));
        view.apply(event);
        if let EventBody::Start(start) = &event.body {
            self.words_by.clone_from(&start.transcriber);
        }
        if !view.has_ended() {
            return Ok(());
        }
        self.bar.finish_and_clear();
        let mut out = anstream::stdout().lock();
        if self.calls > 0 {
            writeln!(out)?;
        }
        self.calls += 1;
        write!(out, "{}", Timeline::of(view).draw(display_name(&event.call)))?;
        self.view = None;
        Ok(())
    }
}

impl Sink for Person {
    fn name(&self) -> &'static str {
        "timeline"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        Ok(entries.iter().try_for_each(|entry| self.event(&entry.event))?)
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Output for Person {
    fn begin(&mut self, call: &CallId, length_s: Option<f64>) -> Result<()> {
        self.bar = match length_s {
            Some(seconds) => ProgressBar::new((seconds * 1e3) as u64),
            None => ProgressBar::no_length(),
        };
        let style =
            ProgressStyle::with_template("{prefix:.bold} {wide_bar} {percent:>3}% {eta:>4}")
                .context("bad progress template")?;
        self.bar.set_style(style);
        self.bar.set_prefix(display_name(call).to_owned());
        Ok(())
    }

    fn played(&mut self, seconds: f64) {
        self.bar.set_position((seconds * 1e3) as u64);
    }

    fn finish(&mut self) -> Result<()> {
        if self.calls == 0 {
            return Ok(());
        }
        let mut out = anstream::stdout();
        let Some(model) = &self.words_by else {
            let how = "`undertone models pull base.en`, or --whisper FILE";
            return Ok(writeln!(out, "\nTone only. For words too: {how}")?);
        };
        writeln!(out, "\nwords by {}", words_by(model))?;
        if !self.has_meaning {
            let missing = "models/text-emotion.safetensors";
            writeln!(out, "Words were not read for feeling: no {missing}.")?;
        }
        Ok(())
    }
}

/// What happens, line by line as it does, and a timeline at the end.
#[cfg(feature = "devices")]
pub(crate) struct Live(Person);

#[cfg(feature = "devices")]
impl Live {
    pub(crate) fn new(has_meaning: bool) -> Self {
        Self(Person::new(has_meaning))
    }

    fn event(&mut self, event: &Event) -> std::io::Result<()> {
        if let Some(line) = timeline::line(&event.body) {
            let mut out = anstream::stdout().lock();
            write!(out, "{line}")?;
            out.flush()?;
        }
        if matches!(event.body, EventBody::Summary(_)) {
            writeln!(anstream::stdout())?;
        }
        self.0.event(event)
    }
}

#[cfg(feature = "devices")]
impl Sink for Live {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        Ok(entries.iter().try_for_each(|entry| self.event(&entry.event))?)
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

#[cfg(feature = "devices")]
impl Output for Live {
    fn refused(&mut self, _call: &CallId, message: &str) -> Result<()> {
        eprintln!("undertone: {message}");
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.0.finish()
    }
}
