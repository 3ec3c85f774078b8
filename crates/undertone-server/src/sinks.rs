//! What reads the server's journal: stdout, the metrics and the hub of the streams.

use crate::hub::{BEHIND, Hub, to_json};
use crate::metrics::Metrics;
use std::io::Write;
use std::sync::Arc;
use undertone_journal::{Entry, Policy, Sink, SinkError};

/// In place of entries that a reader was too slow for.
pub(crate) fn missed(events: u64) -> String {
    format!("{{\"type\":\"missed\",\"events\":{events}}}")
}

/// Events as lines of JSON. Whoever reads them may be slow, and must not hold calls up.
pub(crate) struct Stdout {
    pub(crate) out: Box<dyn Write + Send>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Sink for Stdout {
    fn name(&self) -> &'static str {
        "stdout"
    }

    fn policy(&self) -> Policy {
        Policy::Lossy { behind: BEHIND }
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        for entry in entries {
            writeln!(self.out, "{}", to_json(&entry.event))?;
        }
        Ok(self.out.flush()?)
    }

    fn missed(&mut self, entries: u64) -> Result<(), SinkError> {
        self.metrics.missed.add(entries);
        Ok(writeln!(self.out, "{}", missed(entries))?)
    }
}

/// Counts events. Lossless: a count that leaves some out is wrong.
pub(crate) struct Counter(pub(crate) Arc<Metrics>);

impl Sink for Counter {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        entries.iter().for_each(|entry| self.0.event(&entry.event.body));
        Ok(())
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The hub of the streams. Lossless: it waits for nobody, its readers may miss some.
pub(crate) struct Streams(pub(crate) Arc<Hub>);

impl Sink for Streams {
    fn name(&self) -> &'static str {
        "streams"
    }

    fn policy(&self) -> Policy {
        Policy::Lossless
    }

    fn write(&mut self, entries: &[Arc<Entry>]) -> Result<(), SinkError> {
        self.0.take(entries);
        Ok(())
    }

    fn missed(&mut self, _entries: u64) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Drop for Streams {
    /// The journal has ended, and so do the streams.
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hub::tests::entries;

    #[test]
    fn whoever_reads_stdout_too_slowly_is_told_how_many_it_missed() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let metrics = Arc::new(Metrics::default());
        let out = Box::new(path.reopen().unwrap());
        let mut stdout = Stdout { out, metrics: Arc::clone(&metrics) };
        stdout.missed(7).unwrap();
        stdout.write(&entries(1, 0, 2)).unwrap();
        let text = std::fs::read_to_string(path.path()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (3, "{\"type\":\"missed\",\"events\":7}"));
        assert!(!lines[1].contains("position"), "{}", lines[1]);
        assert_eq!(metrics.missed.get(), 7);
    }
}
