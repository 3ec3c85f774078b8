//! The shape of a network, read from its weights file.

use serde::{Deserialize, Serialize};
use undertone_dsp::Functionals;
use undertone_signal::{CalmScores, FrontEnd, SAMPLE_RATE, Tone};

/// Largest width, depth or window that is accepted. A file with more is damaged, and
/// must not cause a huge allocation.
const MAX_WIDTH: usize = 4096;
const MAX_BLOCKS: usize = 32;
const MAX_WINDOW: usize = 10 * SAMPLE_RATE as usize;
const MAX_MELS: usize = 64;
/// Largest number of activations for one window: 256 MB.
const MAX_NUMBERS: usize = 1 << 26;

/// One depthwise-separable block: output channels and stride.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block(pub usize, pub usize);

/// Everything about a network that is not a weight; JSON under the key `config`
/// of the file's metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the model.
    pub name: String,
    /// Sample rate of its input, always 16000.
    pub sample_rate: u32,
    /// Samples in a window.
    pub window: usize,
    /// Samples in an analysis frame.
    pub frame: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Points of the FFT.
    pub fft: usize,
    /// Mel bands.
    pub mels: usize,
    /// See [`FrontEnd::level_ref`].
    pub level_ref: f32,
    /// See [`FrontEnd::level_floor`].
    pub level_floor: f32,
    /// See [`FrontEnd::log_offset`].
    pub log_offset: f32,
    /// See [`FrontEnd::mean`].
    pub mean: f32,
    /// See [`FrontEnd::std`].
    pub std: f32,
    /// Channels of the first convolution, whose stride is 2.
    pub stem: usize,
    /// The blocks after it.
    pub blocks: Vec<Block>,
    /// Width of the projection that is pooled over time.
    pub proj: usize,
    /// Width of the hidden layer.
    pub hidden: usize,
    /// Names of the classes, always those of [`Tone::ALL`] in that order.
    pub classes: Vec<String>,
    /// Whether windows have F0 beside their bands ([`FrontEnd::pitch`]) and a linear
    /// layer scores their prosody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prosody: bool,
    /// Whether a linear layer over the same measures gives the contrast of the window's
    /// prosody ([`Scores::contrast`](undertone_signal::Scores::contrast)).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contrast: bool,
    /// Scores of calm speech that the network was not trained on; alerts are raised by
    /// scores outside this range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calm: Option<CalmScores>,
}

/// Number of rows after a convolution with SAME padding.
pub(super) const fn strided(size: usize, stride: usize) -> usize {
    size.div_ceil(stride)
}

impl Config {
    /// Reads and checks the JSON of a weights file.
    ///
    /// # Errors
    /// The fault, naming the field.
    pub fn parse(json: &str) -> Result<Self, String> {
        let config: Self =
            serde_json::from_str(json).map_err(|error| format!("config: {error}"))?;
        config.check()?;
        Ok(config)
    }

    /// The features the network was trained on.
    pub const fn front_end(&self) -> FrontEnd {
        FrontEnd {
            window: self.window,
            frame: self.frame,
            hop: self.hop,
            fft: self.fft,
            mels: self.mels,
            level_ref: self.level_ref,
            level_floor: self.level_floor,
            log_offset: self.log_offset,
            mean: self.mean,
            std: self.std,
            pitch: self.prosody,
        }
    }

    /// Channels × bands after the last block: inputs of the projection.
    pub fn flattened(&self) -> usize {
        let strides = self.blocks.iter().map(|block| block.1);
        let bands = strides.fold(strided(self.mels, 2), strided);
        bands * self.blocks.last().map_or(self.stem, |block| block.0)
    }

    /// Name and shape of every tensor that a weights file must contain.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Vec::new();
        let mut layer = |name: &str, weight: &[usize], bias: usize| {
            tensors.push((format!("{name}.weight"), weight.to_vec()));
            tensors.push((format!("{name}.bias"), vec![bias]));
        };
        layer("stem", &[9, self.stem], self.stem);
        let mut channels = self.stem;
        for (i, &Block(out, _)) in self.blocks.iter().enumerate() {
            layer(&format!("blocks.{i}.dw"), &[9, channels], channels);
            layer(&format!("blocks.{i}.pw"), &[channels, out], out);
            channels = out;
        }
        layer("proj", &[self.flattened(), self.proj], self.proj);
        layer("att", &[self.proj], 1);
        layer("hidden", &[2 * self.proj, self.hidden], self.hidden);
        layer("out", &[self.hidden, super::OUTPUTS], super::OUTPUTS);
        if self.prosody {
            layer("prosody", &[Functionals::COUNT, super::OUTPUTS], super::OUTPUTS);
        }
        if self.contrast {
            tensors.push(("prosody.contrast".to_owned(), vec![Functionals::COUNT]));
        }
        tensors
    }

    /// Number of activations of stem and blocks for one window.
    fn numbers(&self) -> usize {
        let front_end = self.front_end();
        let (mut height, mut width) = (strided(front_end.frames(), 2), strided(front_end.mels, 2));
        let mut numbers = height * width * self.stem;
        for &Block(channels, stride) in &self.blocks {
            (height, width) = (strided(height, stride), strided(width, stride));
            numbers += height * width * channels;
        }
        numbers
    }

    fn check(&self) -> Result<(), String> {
        self.check_front_end()?;
        let width = |field: &str, value: usize| in_range(field, value, 1, MAX_WIDTH);
        width("stem", self.stem)?;
        in_range("number of blocks", self.blocks.len(), 0, MAX_BLOCKS)?;
        for (i, &Block(out, stride)) in self.blocks.iter().enumerate() {
            width(&format!("channels of block {i}"), out)?;
            in_range(&format!("stride of block {i}"), stride, 1, 2)?;
        }
        width("proj", self.proj)?;
        width("hidden", self.hidden)?;
        in_range("numbers made of a window", self.numbers(), 1, MAX_NUMBERS)?;
        if !self.classes.iter().map(String::as_str).eq(Tone::ALL.map(Tone::name)) {
            return Err(format!("config: classes are {:?}", self.classes));
        }
        if self.contrast && !self.prosody {
            return Err("config: contrast without prosody".to_owned());
        }
        if !self.calm.is_none_or(|calm| calm.is_sound()) {
            return Err(format!("config: calm is {:?}, not centres with spreads", self.calm));
        }
        Ok(())
    }

    fn check_front_end(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return Err(format!("config: name is {:?}", self.name));
        }
        if self.sample_rate != SAMPLE_RATE {
            return Err(format!("config: sample_rate is {}, not 16000", self.sample_rate));
        }
        in_range("frame", self.frame, 2, MAX_WINDOW)?;
        in_range("window", self.window, self.frame, MAX_WINDOW)?;
        in_range("hop", self.hop, 1, self.window)?;
        in_range("fft", self.fft, self.frame, MAX_WINDOW)?;
        in_range("mels", self.mels, 1, MAX_MELS)?;
        let positive = [
            ("level_ref", self.level_ref),
            ("level_floor", self.level_floor),
            ("log_offset", self.log_offset),
            ("std", self.std),
        ];
        for (field, value) in positive {
            if !(value.is_finite() && value > 0.0) {
                return Err(format!("config: {field} is {value}, not a positive number"));
            }
        }
        if !self.mean.is_finite() {
            return Err(format!("config: mean is {}", self.mean));
        }
        Ok(())
    }
}

fn in_range(field: &str, value: usize, low: usize, high: usize) -> Result<(), String> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(format!("config: {field} is {value}, not between {low} and {high}"))
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use undertone_signal::Usual;

    /// The first layers of `YAMNet` on 48 bands.
    pub(crate) fn yamnet_like() -> Config {
        let blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)];
        Config {
            name: "test".into(),
            sample_rate: SAMPLE_RATE,
            window: 32_000,
            frame: 400,
            hop: 160,
            fft: 512,
            mels: 48,
            level_ref: 16.0,
            level_floor: 1e-3,
            log_offset: 1e-3,
            mean: 0.0,
            std: 1.0,
            stem: 32,
            blocks: blocks.map(|(out, stride)| Block(out, stride)).to_vec(),
            proj: 128,
            hidden: 128,
            classes: Tone::ALL.map(|tone| tone.name().to_owned()).to_vec(),
            prosody: false,
            contrast: false,
            calm: None,
        }
    }

    #[test]
    fn a_config_survives_its_json() {
        let config = yamnet_like();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(Config::parse(&json).unwrap(), config);
        assert_eq!(config.flattened(), 3 * 512);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |change: fn(&mut Config)| {
            let mut config = yamnet_like();
            change(&mut config);
            Config::parse(&serde_json::to_string(&config).unwrap()).unwrap_err()
        };
        assert!(wrong(|c| c.sample_rate = 8000).contains("sample_rate"));
        assert!(wrong(|c| c.blocks[1].1 = 3).contains("stride of block 1"));
        assert!(wrong(|c| c.hop = 0).contains("hop"));
        assert!(wrong(|c| c.stem = 1 << 40).contains("stem"));
        assert!(wrong(|c| (c.hop, c.stem) = (1, 4096)).contains("numbers made of a window"));
        assert!(wrong(|c| c.std = 0.0).contains("std"));
        assert!(wrong(|c| c.classes.swap(0, 1)).contains("classes"));
        assert!(wrong(|c| c.contrast = true).contains("contrast without prosody"));
        assert!(
            wrong(|c| {
                let flat = Usual { center: 0.0, within: 0.0, between: 1.0 };
                c.calm = Some(CalmScores {
                    anger: flat,
                    anger_recent: flat,
                    arousal: flat,
                    arousal_recent: flat,
                    contrast_recent: None,
                });
            })
            .contains("calm")
        );
    }
}
