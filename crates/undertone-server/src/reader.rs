//! One reader of the stream: where it begins, what it wants, what it missed.

use crate::api::Api;
use crate::hub::{Joined, Line, Snapshot, to_json};
use crate::roles::{Access, is_named};
use crate::show::{self, Told};
use crate::sinks::missed;
use axum::extract::ws::Utf8Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use undertone_journal::{Entry, Language, sentence};
use undertone_signal::{CallId, EventBody, RunId};
use undertone_store::EntryFilter;

/// Which calls and kinds of events a reader gets.
pub(crate) struct Filter {
    access: Access,
    /// A call or a run, by its id.
    call: Option<String>,
    /// Empty: all.
    types: Vec<String>,
    /// Alerts and moments have a sentence in it.
    language: Option<Language>,
}

/// The line that says how calls stand when a reader joins.
const SNAPSHOT: &str = "snapshot";

impl Filter {
    /// # Errors
    /// If there is no such kind of event.
    pub(crate) fn new(
        access: Access,
        call: Option<String>,
        types: Option<&str>,
        language: Option<Language>,
    ) -> Result<Self, String> {
        let types: Vec<String> = types
            .map(|types| types.split(',').map(|kind| kind.trim().to_owned()).collect())
            .unwrap_or_default();
        let is_kind = |kind: &str| kind == SNAPSHOT || EventBody::KINDS.contains(&kind);
        if let Some(wrong) = types.iter().find(|kind| !is_kind(kind)) {
            let kinds = EventBody::KINDS.join(", ");
            return Err(format!("`types`: there is no {wrong:?}, only {SNAPSHOT}, {kinds}"));
        }
        Ok(Self { access, call, types, language })
    }

    /// True of a call it may see and asked for.
    fn sees(&self, run: RunId, call: &CallId) -> bool {
        self.access.sees(call) && self.call.as_deref().is_none_or(|name| is_named(name, run, call))
    }

    fn has_type(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind)
    }

    fn wants(&self, entry: &Entry) -> bool {
        let event = &entry.event;
        self.has_type(event.body.kind()) && self.sees(event.run, &event.call)
    }
}

impl Filter {
    fn line(&self, line: &Line) -> Sent {
        let json = self.sentence(&line.entry).map_or_else(|| line.json(), Utf8Bytes::from);
        Sent { position: Some(line.entry.position), json }
    }

    /// The entry with its sentence, if it has one and the reader wants it.
    fn sentence(&self, entry: &Entry) -> Option<String> {
        let language = self.language?;
        let sentence = match &entry.event.body {
            EventBody::Alert(alert) => sentence::alert(alert, language),
            EventBody::Moment(moment) => sentence::moment(moment, language),
            _ => return None,
        };
        Some(to_json(&Told { what: entry, sentence }))
    }
}

/// One message to a reader.
pub(crate) struct Sent {
    /// What to resume after; not of lines that say what was missed.
    pub(crate) position: Option<u64>,
    pub(crate) json: Utf8Bytes,
}

/// One reader.
pub(crate) struct Reader {
    api: Arc<Api>,
    filter: Filter,
    /// The last position it has had, until it has joined.
    after: Option<u64>,
    /// What it gets before that which comes.
    waiting: VecDeque<Waiting>,
    lines: Option<Receiver<Arc<Line>>>,
}

// A few wait at a time, and a snapshot is rare: a box would buy nothing.
#[allow(clippy::large_enum_variant)]
enum Waiting {
    Snapshot(Snapshot),
    Line(Arc<Line>),
    Stored(Entry),
}

/// Entries that are read from the store at once.
const PAGE: usize = 500;

impl Reader {
    /// A reader that has had everything up to the position `after`; without one it begins
    /// with how calls stand.
    pub(crate) fn new(api: Arc<Api>, filter: Filter, after: Option<u64>) -> Self {
        Self { api, filter, after, waiting: VecDeque::new(), lines: None }
    }

    /// The next message; `None` when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some(sent) = self.waiting.pop_front().and_then(|first| self.sent(first)) {
                return Some(sent);
            }
            if !self.waiting.is_empty() {
                continue;
            }
            let Some(lines) = &mut self.lines else {
                self.join().await?;
                continue;
            };
            match lines.recv().await {
                Ok(line) if self.filter.wants(&line.entry) => return Some(self.filter.line(&line)),
                Ok(_) => {}
                Err(RecvError::Lagged(events)) => {
                    self.api.metrics.missed.add(events);
                    return Some(Sent { position: None, json: missed(events).into() });
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Joins the hub, or comes a page nearer to it; `None` if it has ended.
    async fn join(&mut self) -> Option<()> {
        match self.api.hub.join(self.after) {
            Joined::At(place) => {
                self.waiting.extend(place.snapshot.map(Waiting::Snapshot));
                self.waiting.extend(place.missing.into_iter().map(Waiting::Line));
                self.lines = Some(place.lines);
            }
            Joined::Behind(first) => self.catch_up(first).await,
            Joined::Ended => return None,
        }
        Some(())
    }

    /// Reads the next page of what came before position `first`. Without a store, or where
    /// it fails, the reader begins anew.
    async fn catch_up(&mut self, first: u64) {
        let after = self.after;
        let filter = EntryFilter::default();
        let page = self.api.stored(move |store| store.entries_after(after, PAGE, &filter)).await;
        let Ok(Some(mut page)) = page else {
            self.after = None;
            return;
        };
        page.retain(|entry| entry.position < first);
        // What the store does not have any more, nobody has.
        self.after = Some(page.last().map_or(first - 1, |last| last.position));
        self.waiting.extend(page.into_iter().map(Waiting::Stored));
    }

    /// What waited, if the reader wants it.
    fn sent(&self, waiting: Waiting) -> Option<Sent> {
        match waiting {
            Waiting::Snapshot(snapshot) => self.filter.has_type(SNAPSHOT).then(|| {
                let calls =
                    snapshot.calls.iter().filter(|view| self.filter.sees(view.run, &view.call));
                let json = show::snapshot(snapshot.position, calls.map(|view| &**view));
                Sent { position: snapshot.position, json: json.into() }
            }),
            Waiting::Line(line) => self.filter.wants(&line.entry).then(|| self.filter.line(&line)),
            Waiting::Stored(entry) => self.filter.wants(&entry).then(|| {
                let json = self.filter.sentence(&entry).unwrap_or_else(|| to_json(&entry));
                Sent { position: Some(entry.position), json: json.into() }
            }),
        }
    }
}
