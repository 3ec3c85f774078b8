//! A device without hardware.

use super::{Alarm, Device, DeviceError, Sink, Stream};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Callbacks a second.
const CALLBACKS: u32 = 100;

/// A stereo device for tests: it gives a steady signal at its rate, in real time, and can
/// be unplugged once.
#[derive(Debug, Clone, Copy)]
pub struct FakeDevice {
    rate: u32,
    unplugged_after: Option<Duration>,
}

impl FakeDevice {
    /// A device of this rate.
    pub const fn new(rate: u32) -> Self {
        Self { rate, unplugged_after: None }
    }

    /// The same device, unplugged so long after it is first opened. Opened again, it stays.
    #[must_use]
    pub const fn unplugged_after(self, time: Duration) -> Self {
        Self { unplugged_after: Some(time), ..self }
    }
}

impl Device for FakeDevice {
    fn name(&self) -> &'static str {
        "fake device"
    }

    fn open(&mut self, mut sink: Sink, alarm: Alarm) -> Result<Stream, DeviceError> {
        let (rate, until) = (self.rate, self.unplugged_after.take());
        let (running, stopped) = channel::<()>();
        std::thread::spawn(move || {
            let began = Instant::now();
            let block = vec![0.1_f32; 2 * (rate / CALLBACKS) as usize];
            for callback in 1.. {
                let at = Duration::from_secs(1) * callback / CALLBACKS;
                if until.is_some_and(|until| at > until) {
                    return alarm.raise("unplugged".to_owned());
                }
                let wait = (began + at).saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                sink.write(&block, 2, Instant::now(), |sample| sample);
            }
        });
        Ok(Stream { rate, running: Box::new(running) })
    }
}
