//! Records the lanes of a call to a file, on request.

use crate::RecordingError;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Writes the lanes of a call side by side, as 16-bit WAV.
///
/// Lanes may be seconds apart; samples of only one are buffered in memory.
pub struct Recorder {
    path: PathBuf,
    writer: WavWriter<BufWriter<File>>,
    lanes: Vec<VecDeque<f32>>,
    /// Frames between updates of the header, so that an interrupted recording can be read.
    until_header: u32,
    rate: u32,
    /// Largest number of frames of a WAV file, whose lengths have 32 bits.
    room: u32,
}

impl Recorder {
    /// Creates the file at `path`, with a channel for each of `lanes`, at `rate`.
    ///
    /// # Errors
    /// [`RecordingError`] if it cannot be written.
    pub fn create(path: &Path, lanes: u16, rate: u32) -> Result<Self, RecordingError> {
        let spec = WavSpec {
            channels: lanes,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(path, spec).map_err(|error| failed(path, error))?;
        let room = (u32::MAX - HEADER) / (2 * u32::from(lanes.max(1)));
        let lanes = vec![VecDeque::new(); usize::from(lanes)];
        Ok(Self { path: path.to_owned(), writer, lanes, until_header: rate, rate, room })
    }

    /// Adds the next samples of a lane, −1..1; those of another lane are ignored.
    ///
    /// # Errors
    /// [`RecordingError`] if they cannot be written.
    pub fn push(
        &mut self,
        lane: usize,
        samples: impl IntoIterator<Item = f32>,
    ) -> Result<(), RecordingError> {
        if let Some(waiting) = self.lanes.get_mut(lane) {
            waiting.extend(samples);
        }
        let ready = self.lanes.iter().map(VecDeque::len).min().unwrap_or(0);
        self.write(ready)
    }

    /// Writes the rest and closes the file.
    ///
    /// # Errors
    /// [`RecordingError`] if it cannot be written.
    pub fn finish(mut self) -> Result<(), RecordingError> {
        let longest = self.lanes.iter().map(VecDeque::len).max().unwrap_or(0);
        self.write(longest)?;
        self.writer.finalize().map_err(|error| failed(&self.path, error))
    }

    fn full(&self) -> RecordingError {
        let cause = "a WAV file holds no more than 4 GB; record to a new file";
        failed(&self.path, hound::Error::IoError(std::io::Error::other(cause)))
    }

    fn write(&mut self, frames: usize) -> Result<(), RecordingError> {
        let mut written = Ok(());
        for _ in 0..frames {
            let Some(room) = self.room.checked_sub(1) else { return Err(self.full()) };
            self.room = room;
            for lane in &mut self.lanes {
                let sample = lane.pop_front().unwrap_or(0.0).clamp(-1.0, 1.0);
                written = written.and(self.writer.write_sample((sample * 32_767.0) as i16));
            }
            self.until_header -= 1;
            if self.until_header == 0 {
                self.until_header = self.rate;
                written = written.and(self.writer.flush());
            }
        }
        written.map_err(|error| failed(&self.path, error))
    }
}

/// Bytes of the header, generously.
const HEADER: u32 = 4096;

fn failed(path: &Path, error: hound::Error) -> RecordingError {
    let source = match error {
        hound::Error::IoError(source) => source,
        other => std::io::Error::other(other),
    };
    RecordingError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Recording;

    #[test]
    fn lanes_stand_side_by_side_however_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut recorder = Recorder::create(&path, 2, 16_000).unwrap();
        recorder.push(0, vec![0.5; 16_000]).unwrap();
        recorder.push(1, vec![-0.25; 6_000]).unwrap();
        recorder.push(1, vec![-0.25; 6_000]).unwrap();
        recorder.push(7, [1.0]).unwrap();
        recorder.finish().unwrap();
        let mut recording = Recording::open(&path).unwrap();
        let (mut block, mut samples) = (Vec::new(), Vec::new());
        assert_eq!((recording.channels(), recording.frames()), (2, Some(16_000)));
        while recording.read(16_000, &mut block).unwrap() {
            samples.extend_from_slice(&block);
        }
        let frames: Vec<&[f32]> = samples.chunks(2).collect();
        let near = |frame: &[f32], wanted: [f32; 2]| {
            frame.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-3)
        };
        assert!(near(frames[11_999], [0.5, -0.25]) && near(frames[12_000], [0.5, 0.0]));
    }

    #[test]
    fn a_recording_that_is_cut_short_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut recorder = Recorder::create(&path, 1, 8_000).unwrap();
        recorder.push(0, vec![0.5; 20_000]).unwrap();
        assert_eq!(Recording::open(&path).unwrap().frames(), Some(16_000));
        drop(recorder);
        let refused = Recorder::create(Path::new("/nowhere/call.wav"), 1, 8_000).err().unwrap();
        assert!(refused.to_string().contains("/nowhere/call.wav"), "{refused}");
    }
}
