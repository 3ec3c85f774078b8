//! The ring from the audio callback to the reading thread: no lock, no allocation, no
//! waiting.

use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Thread;
use std::time::Instant;

/// Capacity in samples: 5.5 s at 48 kHz, longer than opening another device blocks the reader.
/// When full, the callback's samples are dropped and counted.
const SAMPLES: usize = 1 << 18;
/// Capacity in callbacks: 5.5 s at 1.4 ms each.
const CHUNKS: usize = 4096;

/// The data of one callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Samples, each one frame of the device mixed to mono.
    pub frames: usize,
    /// Samples dropped before it because the ring was full.
    pub lost: u64,
    /// When its last sample arrived.
    pub at: Instant,
}

/// The callback's end.
#[derive(Debug)]
pub struct Sink {
    samples: Producer<f32>,
    chunks: Producer<Chunk>,
    lost: u64,
    listener: Thread,
}

/// Through this the device reports that it has failed.
#[derive(Debug, Clone)]
pub struct Alarm {
    faults: SyncSender<String>,
    listener: Thread,
}

/// The reader's end.
#[derive(Debug)]
pub struct Tap {
    samples: Consumer<f32>,
    chunks: Consumer<Chunk>,
    faults: Receiver<String>,
    fault: Option<String>,
}

/// A ring whose writer wakes the thread `listener`.
pub fn ring(listener: Thread) -> (Sink, Alarm, Tap) {
    let (to_samples, samples) = RingBuffer::new(SAMPLES);
    let (to_chunks, chunks) = RingBuffer::new(CHUNKS);
    // The first fault counts; those after it say the same.
    let (to_faults, faults) = sync_channel(1);
    let sink = Sink { samples: to_samples, chunks: to_chunks, lost: 0, listener: listener.clone() };
    let tap = Tap { samples, chunks, faults, fault: None };
    (sink, Alarm { faults: to_faults, listener }, tap)
}

impl Sink {
    /// Writes one callback's `interleaved` samples of `channels` channels, mixed to mono, the
    /// last of which arrived at `at`. Safe to call from an audio callback.
    pub fn write<T: Copy>(
        &mut self,
        interleaved: &[T],
        channels: u16,
        at: Instant,
        to_f32: impl Fn(T) -> f32,
    ) {
        let channels = usize::from(channels.max(1));
        let frames = interleaved.len() / channels;
        if frames == 0 {
            return;
        }
        let share = 1.0 / channels as f32;
        let mono = interleaved
            .chunks_exact(channels)
            .map(|frame| frame.iter().map(|&sample| to_f32(sample)).sum::<f32>() * share);
        match self.samples.write_chunk_uninit(frames) {
            Ok(room) if !self.chunks.is_full() => {
                room.fill_from_iter(mono);
                let lost = std::mem::take(&mut self.lost);
                // There is room: only this side adds to it.
                let _ = self.chunks.push(Chunk { frames, lost, at });
            }
            _ => self.lost += frames as u64,
        }
        self.listener.unpark();
    }
}

impl Alarm {
    /// The device has failed.
    pub fn raise(&self, cause: String) {
        let _ = self.faults.try_send(cause);
        self.listener.unpark();
    }
}

impl Tap {
    /// Fills `block` with the oldest chunk's samples; `None` if there is none.
    pub fn read(&mut self, block: &mut Vec<f32>) -> Option<Chunk> {
        let chunk = self.chunks.pop().ok()?;
        block.clear();
        if let Ok(samples) = self.samples.read_chunk(chunk.frames) {
            let (first, second) = samples.as_slices();
            block.extend_from_slice(first);
            block.extend_from_slice(second);
            samples.commit_all();
        }
        Some(chunk)
    }

    /// Why the device has failed, if it has. Earlier data may still be in the ring.
    pub fn fault(&mut self) -> Option<&str> {
        if self.fault.is_none() {
            let gone = || "it has gone".to_owned();
            let gone = self.chunks.is_abandoned().then(gone);
            self.fault = self.faults.try_recv().ok().or(gone);
        }
        self.fault.as_deref()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn channels_are_mixed_and_chunks_keep_their_bounds() {
        let (mut sink, _alarm, mut tap) = ring(std::thread::current());
        let (now, to_f32) = (Instant::now(), |x: i16| f32::from(x) / 32_768.0);
        sink.write(&[16_384, 0, -16_384, -16_384, 7], 2, now, to_f32);
        sink.write(&[8_192], 1, now, to_f32);
        let mut block = Vec::new();
        assert_eq!(tap.read(&mut block), Some(Chunk { frames: 2, lost: 0, at: now }));
        assert_eq!(block, [0.25, -0.5], "half a frame is no frame");
        assert_eq!(tap.read(&mut block).unwrap().frames, 1);
        assert_eq!((block.as_slice(), tap.read(&mut Vec::new())), (&[0.25][..], None));
    }

    #[test]
    fn what_does_not_fit_is_counted_with_the_next_that_does() {
        let (mut sink, _alarm, mut tap) = ring(std::thread::current());
        let (now, second, mut block) = (Instant::now(), vec![0.5_f32; 48_000], Vec::new());
        (0..8).for_each(|_| sink.write(&second, 1, now, |x| x));
        for _ in 0..5 {
            assert_eq!(tap.read(&mut block).unwrap().lost, 0);
        }
        assert_eq!(tap.read(&mut block), None);
        sink.write(&second, 1, now, |x| x);
        assert_eq!(tap.read(&mut block).unwrap().lost, 3 * 48_000);
    }

    #[test]
    fn a_writer_that_goes_or_fails_is_noticed_after_its_last_words() {
        let (mut sink, alarm, mut tap) = ring(std::thread::current());
        sink.write(&[1.0_f32], 1, Instant::now(), |x| x);
        assert_eq!(tap.fault(), None);
        alarm.raise("unplugged".to_owned());
        alarm.raise("again".to_owned());
        assert_eq!(tap.fault(), Some("unplugged"));
        drop(sink);
        assert!(tap.read(&mut Vec::new()).is_some());
        assert_eq!(tap.fault(), Some("unplugged"), "the first cause stands");
        let (sink, _alarm, mut tap) = ring(std::thread::current());
        drop(sink);
        assert_eq!(tap.fault(), Some("it has gone"));
    }

    #[test]
    fn two_threads_lose_nothing_that_fits() {
        let (mut sink, _alarm, mut tap) = ring(std::thread::current());
        let writer = std::thread::spawn(move || {
            for block in 0..1_000_u32 {
                let samples: Vec<f32> = (0..128).map(|i| (block * 128 + i) as f32).collect();
                sink.write(&samples, 1, Instant::now(), |x| x);
            }
        });
        let (mut next, mut block) = (0.0, Vec::new());
        while tap.fault().is_none() || next < 128_000.0 {
            while tap.read(&mut block).is_some() {
                for sample in &block {
                    assert!((*sample - next).abs() < 0.5, "{sample}, not {next}");
                    next += 1.0;
                }
            }
        }
        writer.join().unwrap();
        assert!((next - 128_000.0_f32).abs() < 0.5);
    }
}
