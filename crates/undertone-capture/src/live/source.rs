//! A device that is reopened after it was unplugged.

use super::DeviceError;
use super::ring::{Alarm, Chunk, Sink, Tap, ring};
use std::any::Any;
use std::time::{Duration, Instant};

/// A device without data for this long counts as unplugged.
const STALLED: Duration = Duration::from_secs(3);
/// First wait before a device is reopened; doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// An input or loopback.
pub trait Device {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// True if it delivers nothing while nothing is played, as some loopbacks do.
    fn may_be_quiet(&self) -> bool {
        false
    }

    /// Starts it: samples go to `sink`, a failure to `alarm`.
    ///
    /// # Errors
    /// [`DeviceError`] if it does not exist or cannot be opened.
    fn open(&mut self, sink: Sink, alarm: Alarm) -> Result<Stream, DeviceError>;
}

/// A running device.
pub struct Stream {
    /// Samples a second.
    pub rate: u32,
    /// Keeps it running; dropped to stop it.
    pub running: Box<dyn Any>,
}

/// The result of polling a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Poll {
    /// Audio; the samples are in the block.
    Sound(Chunk),
    /// It has failed; reopening is tried from now on.
    Lost(String),
    /// It is back, with this rate, after this time.
    Back(u32, Duration),
    /// Nothing before this instant, unless its callback wakes the reader.
    Idle(Instant),
}

/// A device that is reopened whenever it fails.
pub struct Source {
    device: Box<dyn Device>,
    state: State,
}

enum State {
    Open { tap: Tap, heard: Instant, _stream: Stream },
    Closed { since: Instant, retry_at: Instant, wait: Duration },
}

impl Source {
    /// Opens a device for the first time; the calling thread is the one that polls.
    /// Returns its rate as well.
    ///
    /// # Errors
    /// [`DeviceError`]: a device that cannot be opened at first is reported, not retried.
    pub fn open(mut device: Box<dyn Device>, now: Instant) -> Result<(Self, u32), DeviceError> {
        let (state, rate) = start(&mut *device, now)?;
        Ok((Self { device, state }, rate))
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        self.device.name()
    }

    /// The state at `now`; call again until it is idle. Samples of [`Poll::Sound`] are in
    /// `block`.
    pub fn poll(&mut self, now: Instant, block: &mut Vec<f32>) -> Poll {
        match &mut self.state {
            State::Open { tap, heard, .. } => {
                // Asked first: what came before the fault is read before it is told.
                let fault = tap.fault().map(str::to_owned);
                if let Some(chunk) = tap.read(block) {
                    *heard = now;
                    return Poll::Sound(chunk);
                }
                let stalled_at = *heard + STALLED;
                let stalled = (now >= stalled_at && !self.device.may_be_quiet())
                    .then(|| format!("nothing came for {} s", STALLED.as_secs()));
                match fault.or(stalled) {
                    Some(cause) => self.close(cause, now),
                    None => Poll::Idle(stalled_at.max(now + FIRST_RETRY)),
                }
            }
            State::Closed { retry_at, .. } if now < *retry_at => Poll::Idle(*retry_at),
            State::Closed { since, wait, .. } => {
                let (since, wait) = (*since, (*wait * 2).min(LONGEST_RETRY));
                if let Ok((state, rate)) = start(&mut *self.device, now) {
                    self.state = state;
                    return Poll::Back(rate, now.saturating_duration_since(since));
                }
                self.state = State::Closed { since, retry_at: now + wait, wait };
                Poll::Idle(now + wait)
            }
        }
    }

    fn close(&mut self, cause: String, now: Instant) -> Poll {
        self.state = State::Closed { since: now, retry_at: now + FIRST_RETRY, wait: FIRST_RETRY };
        Poll::Lost(cause)
    }
}

fn start(device: &mut dyn Device, now: Instant) -> Result<(State, u32), DeviceError> {
    let (sink, alarm, tap) = ring(std::thread::current());
    let stream = device.open(sink, alarm)?;
    let rate = stream.rate;
    Ok((State::Open { tap, heard: now, _stream: stream }, rate))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// A device under a test's control.
    #[derive(Default)]
    struct Bench {
        plugged: bool,
        opened: u32,
        running: Option<(Sink, Alarm)>,
    }

    struct Fake(Rc<RefCell<Bench>>, bool);

    impl Device for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }

        fn may_be_quiet(&self) -> bool {
            self.1
        }

        fn open(&mut self, sink: Sink, alarm: Alarm) -> Result<Stream, DeviceError> {
            let mut bench = self.0.borrow_mut();
            if !bench.plugged {
                return Err(DeviceError::Missing { name: "fake".to_owned() });
            }
            bench.opened += 1;
            bench.running = Some((sink, alarm));
            Ok(Stream { rate: 8_000 * bench.opened, running: Box::new(()) })
        }
    }

    fn bench(quiet: bool) -> (Rc<RefCell<Bench>>, Source, Instant) {
        let (bench, now) = (Rc::new(RefCell::new(Bench::default())), Instant::now());
        bench.borrow_mut().plugged = true;
        let (source, rate) = Source::open(Box::new(Fake(Rc::clone(&bench), quiet)), now).unwrap();
        assert_eq!(rate, 8_000);
        (bench, source, now)
    }

    fn write(bench: &Rc<RefCell<Bench>>, at: Instant) {
        let mut bench = bench.borrow_mut();
        bench.running.as_mut().unwrap().0.write(&[0.25_f32; 80], 1, at, |x| x);
    }

    #[test]
    fn a_device_that_is_not_there_at_first_is_refused() {
        let never = Fake(Rc::default(), false);
        let refused = Source::open(Box::new(never), Instant::now()).err().unwrap();
        assert!(refused.to_string().contains("undertone devices"), "{refused}");
    }

    #[test]
    fn an_unplugged_device_is_heard_out_told_and_reopened() {
        let (bench, mut source, now) = bench(false);
        let (mut block, ms) = (Vec::new(), Duration::from_millis);
        write(&bench, now);
        bench.borrow_mut().running.as_ref().unwrap().1.raise("unplugged".to_owned());
        bench.borrow_mut().plugged = false;
        assert!(matches!(source.poll(now, &mut block), Poll::Sound(_)));
        assert_eq!(source.poll(now, &mut block), Poll::Lost("unplugged".to_owned()));
        // Tried again after 250, 500, 1000 and then every 2000 ms.
        let mut tried = Vec::new();
        let mut at = now;
        for _ in 0..5 {
            let Poll::Idle(next) = source.poll(at, &mut block) else { panic!("not idle") };
            tried.push((next - now).as_millis());
            at = next;
        }
        assert_eq!(tried, [250, 750, 1_750, 3_750, 5_750]);
        bench.borrow_mut().plugged = true;
        assert_eq!(source.poll(at, &mut block), Poll::Back(16_000, ms(5_750)));
        write(&bench, at);
        assert!(matches!(source.poll(at, &mut block), Poll::Sound(_)));
    }

    #[test]
    fn a_microphone_that_falls_silent_is_reopened_a_loopback_is_not() {
        let (ms, mut block) = (Duration::from_millis, Vec::new());
        let (device, mut microphone, now) = bench(false);
        assert!(matches!(microphone.poll(now + ms(2_999), &mut block), Poll::Idle(_)));
        let Poll::Lost(cause) = microphone.poll(now + ms(3_000), &mut block) else {
            panic!("a stall went unnoticed")
        };
        assert!(cause.contains("3 s"), "{cause}");
        assert!(matches!(microphone.poll(now + ms(3_250), &mut block), Poll::Back(16_000, _)));
        assert_eq!(device.borrow().opened, 2);
        let (_device, mut loopback, now) = bench(true);
        assert!(matches!(loopback.poll(now + ms(60_000), &mut block), Poll::Idle(_)));
    }

    #[test]
    fn a_callback_that_is_dropped_counts_as_unplugged() {
        let (bench, mut source, now) = bench(false);
        bench.borrow_mut().running = None;
        assert_eq!(source.poll(now, &mut Vec::new()), Poll::Lost("it has gone".to_owned()));
    }
}
