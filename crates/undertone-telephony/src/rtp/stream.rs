//! Turns one lane's packets into samples in order.

use super::unlisted::Unlisted;
use super::{Format, Formats, Packet};
use crate::align::{Aligner, Placement};
use crate::reorder::{Next, Reorder, Verdict};
use crate::{Codec, Counters, Decoder, LaneAudio, WireEvent};
use std::time::{Duration, Instant};
use undertone_signal::Lane;

/// A packet this far from the last (a minute at 20 ms) is from another sender (RFC 3550,
/// A.1).
const MAX_DROPOUT: i32 = 3000;
/// Rounding error of timestamps that is not treated as a gap.
const TOLERANCE: Duration = Duration::from_millis(5);
/// Longest concealment; lost audio beyond it becomes silence.
const CONCEAL: Duration = Duration::from_millis(60);

/// Settings of an RTP stream.
#[derive(Debug, Clone)]
pub struct RtpSettings {
    /// The lane.
    pub lane: Lane,
    /// The payload types.
    pub formats: Formats,
    /// Longest wait for a missing packet once a later one has arrived: the largest jitter
    /// that loses nothing.
    pub hold: Duration,
}

impl RtpSettings {
    /// The static payload types, and 120 ms.
    pub fn new(lane: Lane) -> Self {
        Self { lane, formats: Formats::default(), hold: Duration::from_millis(120) }
    }
}

/// The packets of one lane.
///
/// There is no playout, so there is no playout delay: a packet that arrives in order is
/// emitted at once. Behind a gap, packets wait for the missing one, which is then
/// concealed. Where the sender's clock advances without packets (silence suppression,
/// comfort noise), silence is inserted, so that stream time follows the sender's clock.
/// Drift between the sender's clock and ours is harmless, because only the sender's is
/// used.
#[derive(Debug)]
pub struct RtpStream {
    settings: RtpSettings,
    began: Option<Instant>,
    sender: Option<Sender>,
    candidate: Option<(u32, u16)>,
    counters: Counters,
    unlisted: Unlisted,
    last_key: Option<u32>,
}

/// State that is reset for a new sender.
#[derive(Debug)]
struct Sender {
    ssrc: u32,
    /// Highest sequence number and timestamp, extended beyond their 16 and 32 bits.
    sequence: u64,
    timestamp: u64,
    reorder: Reorder<Held>,
    voice: Option<Voice>,
}

#[derive(Debug)]
struct Held {
    format: Format,
    timestamp: u64,
    rtp_timestamp: u32,
    payload: Vec<u8>,
}

/// A decoder and its place on the sender's clock.
#[derive(Debug)]
struct Voice {
    decoder: Decoder,
    aligner: Aligner,
    last: Vec<f32>,
}

impl RtpStream {
    /// A new stream. `began` is the start of its call if another lane started it: the time
    /// until this lane's first packet becomes silence.
    pub fn new(settings: RtpSettings, began: Option<Instant>) -> Self {
        let counters = Counters::default();
        let unlisted = Unlisted::default();
        Self { settings, began, sender: None, candidate: None, counters, unlisted, last_key: None }
    }

    /// Parses a datagram that arrived at `now` and appends its events. True if it was a
    /// packet of this stream. For an unlisted payload type, a problem is appended, at a
    /// limited rate.
    pub fn push(&mut self, datagram: &[u8], now: Instant, out: &mut Vec<WireEvent>) -> bool {
        let Some(packet) = Packet::parse(datagram) else {
            self.counters.unusable += 1;
            return false;
        };
        let Some(format) = self.settings.formats.get(packet.payload_type) else {
            self.counters.unusable += 1;
            self.unlisted.note(packet.payload_type, out);
            return false;
        };
        if !self.admit(&packet, now, out) {
            return false;
        }
        self.counters.packets += 1;
        let Some(sender) = &mut self.sender else { return false };
        let (number, timestamp) = sender.extend(&packet);
        let held = Held {
            format,
            timestamp,
            rtp_timestamp: packet.timestamp,
            payload: packet.payload.to_vec(),
        };
        match sender.reorder.push(number, held, now) {
            Verdict::InOrder | Verdict::Early => {}
            Verdict::Reordered => self.counters.reordered += 1,
            Verdict::Duplicate => self.counters.duplicates += 1,
            Verdict::Late => self.counters.late += 1,
        }
        self.poll(now, out);
        true
    }

    /// Appends the packets whose wait is over at `now`.
    pub fn poll(&mut self, now: Instant, out: &mut Vec<WireEvent>) {
        while let Some(next) = self.sender.as_mut().and_then(|sender| sender.reorder.pop(now)) {
            self.hear(next, out);
        }
    }

    /// Appends everything still buffered, at the end of the stream.
    pub fn flush(&mut self, out: &mut Vec<WireEvent>) {
        while let Some(next) = self.sender.as_mut().and_then(|sender| sender.reorder.flush()) {
            self.hear(next, out);
        }
    }

    /// The instant at which [`poll`](Self::poll) has events even if nothing arrives.
    pub fn deadline(&self) -> Option<Instant> {
        self.sender.as_ref()?.reorder.deadline()
    }

    /// Counts of its packets so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// True if the packet is from the current sender, or from a new one that has sent two
    /// consecutive packets.
    fn admit(&mut self, packet: &Packet<'_>, now: Instant, out: &mut Vec<WireEvent>) -> bool {
        match &self.sender {
            Some(sender) if sender.is_near(packet) => {
                self.candidate = None;
                return true;
            }
            Some(_) => {
                let expected = Some((packet.ssrc, packet.sequence));
                let proved = self.candidate == expected;
                self.candidate = Some((packet.ssrc, packet.sequence.wrapping_add(1)));
                if !proved {
                    self.counters.unusable += 1;
                    return false;
                }
                self.candidate = None;
                self.flush(out);
                self.counters.restarts += 1;
            }
            None => {
                self.began.get_or_insert(now);
            }
        }
        let voice = self.sender.take().and_then(|sender| sender.voice);
        let since = voice.map_or(self.began, |voice| Some(voice.aligner.seen()));
        self.began = since;
        self.sender = Some(Sender::new(packet, self.settings.hold));
        true
    }

    fn hear(&mut self, next: Next<Held>, out: &mut Vec<WireEvent>) {
        self.counters.lost += next.lost;
        let held = next.item;
        let codec = match held.format {
            Format::TelephoneEvent => {
                return self.key(held.rtp_timestamp, &held.payload, out);
            }
            Format::ComfortNoise => {
                self.counters.comfort_noise += 1;
                None
            }
            Format::Voice(codec) => Some(codec),
        };
        let Some(voice) = self.voice(codec, held.timestamp, next.arrived, out) else { return };
        let mut samples = Vec::new();
        let filled = voice.place(held.timestamp, next.lost > 0, next.arrived, &mut samples);
        let rate = voice.decoder.codec().sample_rate();
        let clock_rate = voice.decoder.codec().clock_rate();
        let missing = voice.aligner.take_missing();
        let Some((concealed, silence)) = filled else {
            self.counters.late += 1;
            return;
        };
        let heard = codec.map_or(Ok(()), |_| voice.decode(&held.payload, &mut samples));
        if let Err(error) = heard {
            self.counters.unusable += 1;
            out.push(WireEvent::Problem(error.to_string()));
        }
        self.counters.concealed_samples += concealed;
        self.counters.silence_samples += silence;
        let lane = self.settings.lane;
        if missing > 0 {
            let missing = Duration::from_secs_f64(missing as f64 / f64::from(clock_rate));
            out.push(WireEvent::Missing { lane, missing, found_at: next.arrived });
        }
        if !samples.is_empty() {
            let audio = LaneAudio { lane, rate, samples, received_at: next.arrived };
            out.push(WireEvent::Audio(audio));
        }
    }

    /// The decoder for `codec`, reused if it is current. A new one accounts for the time in
    /// which the lane has been silent.
    fn voice(
        &mut self,
        codec: Option<Codec>,
        timestamp: u64,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Option<&mut Voice> {
        let sender = self.sender.as_mut()?;
        let in_use = sender.voice.as_ref().map(|voice| voice.decoder.codec());
        if let Some(codec) = codec.filter(|&codec| in_use != Some(codec)) {
            let decoder = match Decoder::new(codec) {
                Ok(decoder) => decoder,
                Err(error) => {
                    self.counters.unusable += 1;
                    out.push(WireEvent::Problem(error.to_string()));
                    return None;
                }
            };
            let since =
                sender.voice.as_ref().map_or(self.began, |voice| Some(voice.aligner.seen()));
            let silent = now.saturating_duration_since(since.unwrap_or(now));
            let ticks = (silent.as_secs_f64() * f64::from(codec.clock_rate())) as u64;
            // A packet's time is that of its arrival: a block's worth of silence
            // less is nothing a sender left out.
            let ticks = if silent < Duration::from_millis(100) { 0 } else { ticks };
            let origin = Some(timestamp.saturating_sub(ticks));
            let aligner = Aligner::new(codec.clock_rate(), TOLERANCE, origin, since.unwrap_or(now));
            sender.voice = Some(Voice { decoder, aligner, last: Vec::new() });
        }
        sender.voice.as_mut()
    }

    /// RFC 4733: an event is sent repeatedly, and its end three times; it is emitted once.
    fn key(&mut self, rtp_timestamp: u32, payload: &[u8], out: &mut Vec<WireEvent>) {
        const KEYS: &[u8; 16] = b"0123456789*#ABCD";
        let key = payload.first().and_then(|&event| KEYS.get(usize::from(event)));
        let Some(&key) = key.filter(|_| payload.len() >= 4) else {
            self.counters.unusable += 1;
            return;
        };
        if self.last_key.replace(rtp_timestamp) != Some(rtp_timestamp) {
            let lane = Some(self.settings.lane);
            out.push(WireEvent::Dtmf { lane, digit: char::from(key) });
        }
    }
}

impl Sender {
    fn new(packet: &Packet<'_>, hold: Duration) -> Self {
        // Begun one cycle up, so that a packet before the first has a number too.
        let sequence = (1 << 16) + u64::from(packet.sequence);
        let timestamp = (1 << 32) + u64::from(packet.timestamp);
        Self { ssrc: packet.ssrc, sequence, timestamp, reorder: Reorder::new(hold), voice: None }
    }

    fn is_near(&self, packet: &Packet<'_>) -> bool {
        let ahead = i32::from(packet.sequence.wrapping_sub(self.sequence as u16).cast_signed());
        packet.ssrc == self.ssrc && ahead.abs() <= MAX_DROPOUT
    }

    /// Sequence number and timestamp, unwrapped.
    fn extend(&mut self, packet: &Packet<'_>) -> (u64, u64) {
        let ahead = i64::from(packet.sequence.wrapping_sub(self.sequence as u16).cast_signed());
        let later = i64::from(packet.timestamp.wrapping_sub(self.timestamp as u32).cast_signed());
        let sequence = self.sequence.saturating_add_signed(ahead);
        let timestamp = self.timestamp.saturating_add_signed(later);
        if ahead > 0 {
            (self.sequence, self.timestamp) = (sequence, timestamp);
        }
        (sequence, timestamp)
    }
}

impl Voice {
    /// Fills the gap up to `timestamp`. Returns the samples of concealment and of silence, or
    /// `None` if that time has been emitted already.
    fn place(
        &mut self,
        timestamp: u64,
        lost: bool,
        now: Instant,
        out: &mut Vec<f32>,
    ) -> Option<(u64, u64)> {
        let ticks = match self.aligner.place(timestamp, now) {
            Placement::Next | Placement::Jump => return Some((0, 0)),
            Placement::Past => return None,
            Placement::After(ticks) => ticks,
        };
        let codec = self.decoder.codec();
        let (rate, clock) = (u64::from(codec.sample_rate()), u64::from(codec.clock_rate()));
        let missing = (ticks * rate / clock) as usize;
        let most = (CONCEAL.as_secs_f64() * rate as f64) as usize;
        let concealed = if lost { missing.min(most) } else { 0 };
        if concealed > 0 && !self.decoder.conceal(concealed, out) {
            fade_out(&self.last, concealed, out);
        }
        let silence = missing - concealed;
        out.resize(out.len() + silence, 0.0);
        Some((concealed as u64, silence as u64))
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<f32>) -> Result<(), crate::TelephonyError> {
        let before = out.len();
        let decoded = self.decoder.decode(payload, out);
        self.last.clear();
        self.last.extend_from_slice(&out[before..]);
        let codec = self.decoder.codec();
        let samples = (out.len() - before) as u64;
        let ticks = samples * u64::from(codec.clock_rate()) / u64::from(codec.sample_rate());
        self.aligner.advance(ticks);
        decoded
    }
}

/// Repeats the last block with a fade-out.
fn fade_out(last: &[f32], samples: usize, out: &mut Vec<f32>) {
    if last.is_empty() {
        out.resize(out.len() + samples, 0.0);
        return;
    }
    let voice = last.iter().cycle().take(samples).enumerate();
    out.extend(voice.map(|(i, sample)| sample * (1.0 - i as f32 / samples as f32)));
}
