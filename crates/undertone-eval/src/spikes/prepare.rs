//! Prepares the clips of a manifest for building calls.

use super::Clip;
use crate::manifest::{Entry, Manifest};
use crate::{EvalError, clip};
use undertone_signal::Tone;

/// Frames quieter than this against the clip's loudest are not voiced.
const VOICED_DB: f32 = -30.0;

/// RMS to which every clip's voiced part is normalised: −26 dBFS, so that loudness is not
/// a cue.
const LEVEL: f32 = 0.05;

/// 10 ms.
const FRAME: usize = 160;

/// Reads the angry and the calm clips of `manifest`, trims and normalises them. Returns
/// them with the number that could not be read.
///
/// # Errors
/// [`EvalError::NoClips`] if there is no calm clip at all.
pub(super) fn clips(
    manifest: &Manifest,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Vec<Clip>, usize), EvalError> {
    let (mut clips, mut unreadable) = (Vec::new(), 0);
    for (done, entry) in manifest.entries.iter().enumerate() {
        progress(done, manifest.entries.len());
        let angry = entry.tone == Tone::Angry;
        if !angry && entry.tone != Tone::Neutral {
            continue;
        }
        match clip::read(&entry.path) {
            Ok(samples) => clips.extend(prepare(entry, angry, &samples)),
            Err(_) => unreadable += 1,
        }
    }
    if clips.iter().all(|clip| clip.angry) {
        let cause = "it has no readable clip labelled neutral or calm".to_owned();
        return Err(EvalError::NoClips { path: manifest.path.clone(), cause });
    }
    Ok((clips, unreadable))
}

/// Gives every clip its recorded level relative to its speaker's calm ones.
pub(super) fn as_recorded(clips: &[Clip]) -> Vec<Clip> {
    let usual = |speaker: &str| {
        let calm = clips.iter().filter(|clip| clip.speaker == speaker && !clip.angry);
        let mut levels: Vec<f32> = calm.map(|clip| clip.recorded_db).collect();
        levels.sort_by(f32::total_cmp);
        levels.get(levels.len() / 2).copied()
    };
    let scaled = |clip: &Clip| {
        let louder = usual(&clip.speaker).map_or(0.0, |usual| clip.recorded_db - usual);
        let gain = 10.0_f32.powf(louder / 20.0);
        let samples = clip.samples.iter().map(|x| (x * gain).clamp(-1.0, 1.0)).collect();
        Clip { samples, ..clip.clone() }
    };
    clips.iter().map(scaled).collect()
}

/// The voiced part at the common level; `None` for a clip without sound.
fn prepare(entry: &Entry, angry: bool, samples: &[f32]) -> Option<Clip> {
    let energies: Vec<f32> = samples
        .chunks(FRAME)
        .map(|frame| frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32)
        .collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let threshold = loudest * 10.0_f32.powf(VOICED_DB / 10.0);
    let voiced = |energy: &f32| *energy > threshold && *energy > 1e-9;
    let first = energies.iter().position(voiced)?;
    let last = energies.iter().rposition(voiced)?;
    let mean = energies[first..=last].iter().filter(|e| voiced(e)).sum::<f32>()
        / energies[first..=last].iter().filter(|e| voiced(e)).count() as f32;
    let gain = LEVEL / mean.sqrt();
    let end = samples.len().min((last + 1) * FRAME);
    Some(Clip {
        speaker: entry.speaker.clone(),
        angry,
        intensity: (!entry.intensity.is_empty()).then(|| entry.intensity.clone()),
        recorded_db: 10.0 * mean.log10(),
        samples: samples[first * FRAME..end].iter().map(|x| (x * gain).clamp(-1.0, 1.0)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_trimmed_and_the_level_is_common() {
        let entry = Entry {
            path: "a.wav".into(),
            speaker: "a".into(),
            label: "angry".into(),
            tone: Tone::Angry,
            sex: String::new(),
            intensity: "strong".into(),
        };
        for level in [0.001, 0.7] {
            let mut samples = vec![0.0; 8000];
            samples.extend((0..16_000).map(|n| level * (n as f32 * 0.3).sin()));
            samples.extend(vec![0.0; 8000]);
            let clip = prepare(&entry, true, &samples);
            let samples = clip.as_ref().map_or(&[][..], |clip| &clip.samples);
            assert_eq!(samples.len(), 16_000);
            let rms = (samples.iter().map(|x| x * x).sum::<f32>() / 16_000.0).sqrt();
            assert!((rms - LEVEL).abs() < 0.002, "{rms}");
        }
        assert!(prepare(&entry, true, &[0.0; 4000]).is_none());
    }

    #[test]
    fn as_recorded_anger_is_as_much_louder_than_calm_as_it_was() {
        let clip = |angry, recorded_db| Clip {
            speaker: "a".into(),
            angry,
            intensity: None,
            recorded_db,
            samples: [LEVEL; 8].into(),
        };
        let clips = as_recorded(&[clip(false, -40.0), clip(false, -30.0), clip(true, -24.0)]);
        let db = |clip: &Clip| 20.0 * (clip.samples[0] / LEVEL).log10();
        let levels: Vec<f32> = clips.iter().map(|clip| db(clip).round()).collect();
        assert_eq!(levels, [-10.0, 0.0, 6.0]);
    }
}
