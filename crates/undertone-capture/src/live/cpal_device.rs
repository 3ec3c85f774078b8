//! Audio hardware, through cpal.

use super::listing::{self, DeviceInfo, DeviceKind, OUTPUTS_ARE_LOOPBACKS};
use super::{Alarm, Device, DeviceError, Sink, Stream};
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, DeviceId, ErrorKind, FromSample, Sample, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig,
};
use std::str::FromStr;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Requested callbacks per second; systems may choose otherwise.
const CALLBACKS_PER_SECOND: u32 = 100;
/// Timeout of a sound server.
const PATIENCE: Duration = Duration::from_secs(5);

/// Interval at which a device that does not report its removal is checked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A device of this machine, opened at its own rate and format.
#[derive(Debug, Clone)]
pub struct CpalDevice {
    id: String,
    name: String,
    kind: DeviceKind,
}

impl CpalDevice {
    /// The device that was found.
    pub fn new(info: &DeviceInfo) -> Self {
        Self { id: info.id.clone(), name: info.name.clone(), kind: info.kind }
    }
}

impl Device for CpalDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn may_be_quiet(&self) -> bool {
        self.kind == DeviceKind::Loopback
    }

    fn open(&mut self, sink: Sink, alarm: Alarm) -> Result<Stream, DeviceError> {
        // Looked up again each time: what comes back may be another device to the system.
        let device = listing::device(&self.id)?;
        let is_output = OUTPUTS_ARE_LOOPBACKS && self.kind == DeviceKind::Loopback;
        let supported =
            if is_output { device.default_output_config() } else { device.default_input_config() };
        let supported = supported.map_err(|error| self.failed(&error))?;
        let rate = supported.sample_rate();
        let watch = watch(&self.id, alarm.clone());
        let stream =
            build(&device, &supported, sink, alarm).map_err(|error| self.failed(&error))?;
        stream.play().map_err(|error| self.failed(&error))?;
        Ok(Stream { rate, running: Box::new((stream, watch)) })
    }
}

impl CpalDevice {
    fn failed(&self, error: &cpal::Error) -> DeviceError {
        DeviceError::Open { name: self.name.clone(), cause: error.to_string() }
    }
}

/// `PulseAudio` silently moves the streams of an unplugged device to another one: the
/// customer's lane would continue with the agent's microphone. A thread checks that the
/// device is still there, until the returned value is dropped.
fn watch(id: &str, alarm: Alarm) -> Option<Sender<()>> {
    let id = id.strip_prefix("pulseaudio:").map(|_| DeviceId::from_str(id).ok())??;
    let (dropped, running) = channel();
    let work = move || {
        let Ok(host) = cpal::host_from_id(id.host()) else { return };
        while running.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            if host.device_by_id(&id).is_none() {
                return alarm.raise("it was unplugged".to_owned());
            }
        }
    };
    std::thread::Builder::new().name("device-watch".to_owned()).spawn(work).ok()?;
    Some(dropped)
}

fn build(
    device: &cpal::Device,
    supported: &SupportedStreamConfig,
    sink: Sink,
    alarm: Alarm,
) -> Result<cpal::Stream, cpal::Error> {
    let format = supported.sample_format();
    let config = StreamConfig { buffer_size: buffer(supported), ..supported.config() };
    match format {
        SampleFormat::I8 => typed::<i8>(device, config, sink, alarm),
        SampleFormat::I16 => typed::<i16>(device, config, sink, alarm),
        SampleFormat::I24 => typed::<cpal::I24>(device, config, sink, alarm),
        SampleFormat::I32 => typed::<i32>(device, config, sink, alarm),
        SampleFormat::I64 => typed::<i64>(device, config, sink, alarm),
        SampleFormat::U8 => typed::<u8>(device, config, sink, alarm),
        SampleFormat::U16 => typed::<u16>(device, config, sink, alarm),
        SampleFormat::U24 => typed::<cpal::U24>(device, config, sink, alarm),
        SampleFormat::U32 => typed::<u32>(device, config, sink, alarm),
        SampleFormat::U64 => typed::<u64>(device, config, sink, alarm),
        SampleFormat::F32 => typed::<f32>(device, config, sink, alarm),
        SampleFormat::F64 => typed::<f64>(device, config, sink, alarm),
        other => Err(cpal::Error::with_message(
            ErrorKind::UnsupportedConfig,
            format!("samples of format {other} cannot be read"),
        )),
    }
}

/// Small callbacks, if the device reports its range.
fn buffer(supported: &SupportedStreamConfig) -> BufferSize {
    let wanted = supported.sample_rate() / CALLBACKS_PER_SECOND;
    match *supported.buffer_size() {
        SupportedBufferSize::Range { min, max } if min <= max => {
            BufferSize::Fixed(wanted.clamp(min, max))
        }
        _ => BufferSize::Default,
    }
}

fn typed<T>(
    device: &cpal::Device,
    config: StreamConfig,
    mut sink: Sink,
    alarm: Alarm,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = config.channels;
    let heard = move |data: &[T], _: &cpal::InputCallbackInfo| {
        sink.write(data, channels, Instant::now(), |sample| f32::from_sample(sample));
    };
    let failed = move |error: cpal::Error| match error.kind() {
        // It goes on: a gap is found by its length, and no rate is promised.
        ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        _ => alarm.raise(error.to_string()),
    };
    device.build_input_stream(config, heard, failed, Some(PATIENCE))
}
