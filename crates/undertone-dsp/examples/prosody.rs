//! Prints the F0 contour of a recording as CSV, for checks against other programs:
//! `cargo run --release -p undertone-dsp --example prosody -- file.wav ...`
//!
//! 16-bit WAV of one channel, any rate. Each line is `file,time_s,f0_hz,periodicity`,
//! with an F0 of 0 where the voice is not voiced. Frames are printed as a live call
//! would first know them: four times a second, from what has been heard so far.

use std::io::{BufWriter, Write};
use std::path::Path;
use undertone_dsp::{ProsodyTrack, Resampler};

/// Frames of 10 ms between two looks at the contour.
const LOOK: usize = 25;

fn read(path: &Path) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let mut reader = hound::WavReader::open(path)?;
    let spec = reader.spec();
    if spec.channels != 1 || spec.bits_per_sample != 16 {
        return Err(format!("{}: not 16-bit mono", path.display()).into());
    }
    let samples: Result<Vec<i16>, _> = reader.samples::<i16>().collect();
    let samples: Vec<f32> = samples?.into_iter().map(|x| f32::from(x) / 32_768.0).collect();
    let mut resampler = Resampler::new(spec.sample_rate)?;
    let mut out = Vec::new();
    resampler.push(&samples, &mut out);
    resampler.finish(&mut out);
    Ok(out)
}

fn print(path: &Path, samples: &[f32], out: &mut impl Write) -> std::io::Result<()> {
    let mut track = ProsodyTrack::new();
    for (tick, end) in (160..=samples.len()).step_by(160).enumerate() {
        let frame = &samples[end.saturating_sub(ProsodyTrack::FRAME)..end];
        let pitch = track.analyze(frame);
        track.push(frame, pitch, true, 0.0);
        if tick % LOOK < LOOK - 1 {
            continue;
        }
        for (back, pitch) in track.contour(LOOK).iter().rev().enumerate().rev() {
            let middle = (end - back * 160) as f64 - ProsodyTrack::FRAME as f64 / 2.0;
            let (time, hz) = (middle / 16_000.0, pitch.hz);
            writeln!(out, "{},{time:.5},{hz:.2},{:.3}", path.display(), pitch.periodicity)?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for path in std::env::args_os().skip(1) {
        let path = Path::new(&path);
        print(path, &read(path)?, &mut out)?;
    }
    Ok(out.flush()?)
}
