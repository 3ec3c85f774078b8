//! The task that owns a call, longer than any of its connections.

use crate::calls::Calls;
use crate::gateway::Gateway;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use undertone_engine::{Call, EngineError};
use undertone_signal::{Lane, SAMPLE_RATE};
use undertone_sources::LaneFeed;
use undertone_telephony::LaneAudio;

/// Messages a call may be behind its connection: a second of two lanes. When full,
/// the connection is read no further, and TCP holds its sender back.
pub(crate) const FEED: usize = 100;

/// To a call, from one of its connections.
#[derive(Debug)]
pub(crate) enum Feed {
    /// A connection takes the call over; the one before is told by its token.
    Attach(Attached),
    /// Sound, over the connection of this number.
    Audio(u64, LaneAudio),
    /// A pause on one lane that nothing else says: how long, and when it was found.
    Missing(u64, Lane, Duration, Instant),
    /// The gateway has ended the call.
    End(u64, Option<String>),
    /// The connection broke; another may come.
    Detach(u64),
}

/// A connection, as its call knows it.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) number: u64,
    /// Cancelled when the call has no more use for the connection.
    pub(crate) gone: CancellationToken,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.gone.cancel();
    }
}

pub(crate) struct CallTask {
    pub(crate) call: Call,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) attached: Attached,
    pub(crate) shutdown: CancellationToken,
    lanes: HashMap<Lane, LaneFeed>,
    heard: Instant,
    broken: bool,
}

impl CallTask {
    pub(crate) fn new(
        call: Call,
        gateway: Arc<Gateway>,
        attached: Attached,
        shutdown: CancellationToken,
    ) -> Self {
        let (lanes, heard) = (HashMap::new(), Instant::now());
        Self { call, gateway, attached, shutdown, lanes, heard, broken: false }
    }

    /// Feeds the call until it ends, one way or another.
    pub(crate) async fn run(mut self, calls: Arc<Calls>, mut feed: mpsc::Receiver<Feed>) {
        let silence = self.gateway.config.silence();
        let fault = loop {
            let deadline = tokio::time::Instant::from_std(self.heard + silence);
            let next = tokio::select! {
                // The connection ends with the server too, and must not be heard first.
                biased;
                () = self.shutdown.cancelled() => break Some("the server is stopping".to_owned()),
                next = tokio::time::timeout_at(deadline, feed.recv()) => next,
            };
            match next {
                Ok(Some(Feed::Attach(attached))) => self.attach(attached),
                Ok(Some(Feed::Audio(number, audio))) if number == self.attached.number => {
                    if let Err(fault) = self.audio(&audio) {
                        break Some(fault.to_string());
                    }
                }
                Ok(Some(Feed::Missing(number, lane, missing, found_at)))
                    if number == self.attached.number =>
                {
                    // Only a lane of the call has a stream.
                    let _ = self.call.skip(lane, in_samples(missing), found_at);
                }
                Ok(Some(Feed::End(number, fault))) if number == self.attached.number => {
                    break fault;
                }
                Ok(Some(Feed::Detach(number))) if number == self.attached.number => {
                    self.broken = true;
                }
                Ok(Some(_)) => {}
                Ok(None) => break Some("its gateway has gone".to_owned()),
                Err(_) => break Some(self.gave_up(silence)),
            }
        };
        feed.close();
        self.flush();
        self.gateway.metrics.lost_blocks.add(self.call.lost_blocks());
        let (id, call) = (self.call.id().clone(), self.call);
        // Ending a call waits for room in the engine's queue, and for the last words. The
        // id is free again only after that: they are not those of the next call.
        let _ = tokio::task::spawn_blocking({
            let (calls, id) = (Arc::clone(&calls), id.clone());
            move || {
                call.finish(fault);
                calls.wait_for(&id);
            }
        })
        .await;
        calls.forget(&id).await;
    }

    /// What the resamplers still hold.
    fn flush(&mut self) {
        for (lane, feed) in &mut self.lanes {
            if let Some(block) = feed.finish() {
                // Only a lane of the call is in the map, and the call is ending.
                let _ = self.call.push(*lane, block.samples, block.captured_at);
            }
        }
    }

    fn gave_up(&self, silence: Duration) -> String {
        let (name, seconds) = (&self.gateway.config.name, silence.as_secs_f64());
        if self.broken {
            format!("{name}: the connection broke and did not come back for {seconds} s")
        } else {
            format!("{name}: no sound for {seconds} s")
        }
    }

    /// Goes on over a new connection; the time between is silence.
    fn attach(&mut self, attached: Attached) {
        self.attached = attached;
        self.broken = false;
        let now = Instant::now();
        let missing = now.saturating_duration_since(self.heard);
        self.heard = now;
        let samples = in_samples(missing);
        for lane in self.lanes.keys() {
            // Only a lane of the call is in the map.
            let _ = self.call.skip(*lane, samples, now);
        }
    }

    fn audio(&mut self, audio: &LaneAudio) -> Result<(), EngineError> {
        self.heard = self.heard.max(audio.received_at);
        let feed = self.lanes.entry(audio.lane).or_default();
        let block = match feed.push(audio.rate, &audio.samples, audio.received_at) {
            Ok(Some(block)) => block,
            Ok(None) => return Ok(()),
            Err(_) => {
                self.gateway.metrics.problems.add(1);
                return Ok(());
            }
        };
        match self.call.push(audio.lane, block.samples, block.captured_at) {
            Err(EngineError::NoSuchLane { .. }) => {
                self.gateway.metrics.problems.add(1);
                self.lanes.remove(&audio.lane);
                Ok(())
            }
            other => other,
        }
    }
}

/// Samples of a lane in `duration`.
fn in_samples(duration: Duration) -> u64 {
    (duration.as_secs_f64() * f64::from(SAMPLE_RATE)) as u64
}
