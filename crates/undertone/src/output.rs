//! Where events go: to a program as JSON lines, or to a person as a timeline.

use crate::analyze::display_name;
use crate::models::words_by;
#[cfg(feature = "devices")]
use crate::timeline;
use crate::timeline::Timeline;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{BufWriter, Stdout, Write};
use undertone_signal::{CallEvent, CallId, ErrorEvent, Event, EventBody};

/// A reader of the engine's events.
pub(crate) trait Output {
    /// A call begins; its length in seconds, where the file tells.
    fn begin(&mut self, call: &CallId, length_s: Option<f64>) -> Result<()>;
    /// An event, and how many seconds of the recording have been played.
    fn event(&mut self, event: &CallEvent, played_s: f64) -> Result<()>;
    /// A recording could not be opened at all.
    fn refused(&mut self, call: &CallId, message: &str) -> Result<()>;
    /// A device has gone or come back.
    fn notice(&mut self, call: &CallId, message: &str) -> Result<()> {
        self.refused(call, message)
    }
    /// Nothing more will come.
    fn finish(&mut self) -> Result<()>;
}

/// One JSON object a line.
pub(crate) struct Json {
    out: BufWriter<Stdout>,
}

impl Json {
    pub(crate) fn new() -> Self {
        Self { out: BufWriter::new(std::io::stdout()) }
    }

    fn line(&mut self, event: &Event) -> Result<()> {
        serde_json::to_writer(&mut self.out, event)
            .map_err(std::io::Error::from)
            .and_then(|()| self.out.write_all(b"\n"))
            // A reader that waits for alerts must not wait for a full buffer.
            .and_then(|()| self.out.flush())
            .context("cannot write to stdout")
    }
}

impl Output for Json {
    fn begin(&mut self, _call: &CallId, _length_s: Option<f64>) -> Result<()> {
        Ok(())
    }

    fn event(&mut self, event: &CallEvent, _played_s: f64) -> Result<()> {
        self.line(&event.clone().into())
    }

    fn refused(&mut self, call: &CallId, message: &str) -> Result<()> {
        self.line(&Event::new(call, ErrorEvent { message: message.to_owned() }))
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A progress bar, then a timeline.
pub(crate) struct Person {
    /// Which model writes down words, once a call has begun with one.
    words_by: Option<String>,
    has_meaning: bool,
    bar: ProgressBar,
    timeline: Timeline,
    calls: usize,
}

impl Person {
    pub(crate) fn new(has_meaning: bool) -> Self {
        Self {
            words_by: None,
            has_meaning,
            bar: ProgressBar::hidden(),
            timeline: Timeline::default(),
            calls: 0,
        }
    }
}

impl Output for Person {
    fn begin(&mut self, call: &CallId, length_s: Option<f64>) -> Result<()> {
        self.timeline = Timeline::default();
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

    fn event(&mut self, event: &CallEvent, played_s: f64) -> Result<()> {
        self.bar.set_position((played_s * 1e3) as u64);
        self.timeline.add(&event.body);
        if let EventBody::Start(start) = &event.body {
            self.words_by.clone_from(&start.transcriber);
        }
        if matches!(event.body, EventBody::Summary(_)) {
            self.bar.finish_and_clear();
            let mut out = anstream::stdout().lock();
            if self.calls > 0 {
                writeln!(out)?;
            }
            self.calls += 1;
            write!(out, "{}", self.timeline.draw(display_name(&event.call)))?;
        }
        Ok(())
    }

    fn refused(&mut self, _call: &CallId, _message: &str) -> Result<()> {
        Ok(())
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
}

#[cfg(feature = "devices")]
impl Output for Live {
    fn begin(&mut self, _call: &CallId, _length_s: Option<f64>) -> Result<()> {
        Ok(())
    }

    fn event(&mut self, event: &CallEvent, played_s: f64) -> Result<()> {
        if let Some(line) = timeline::line(&event.body) {
            let mut out = anstream::stdout().lock();
            write!(out, "{line}")?;
            out.flush()?;
        }
        if matches!(event.body, EventBody::Summary(_)) {
            writeln!(anstream::stdout())?;
        }
        self.0.event(event, played_s)
    }

    fn refused(&mut self, _call: &CallId, message: &str) -> Result<()> {
        eprintln!("undertone: {message}");
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.0.finish()
    }
}
