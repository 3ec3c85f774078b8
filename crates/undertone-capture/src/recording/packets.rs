//! Packets turned into samples.

use super::contained::stop;
use super::error::Stop;
use super::opus::{self, Opus};
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

/// What turns packets into samples; symphonia has no Opus.
pub(super) enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<Opus>),
}

impl Decoder {
    /// The decoder of a stream of this kind.
    ///
    /// # Errors
    /// symphonia's, `Unsupported` where the kind is at fault.
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self, Error> {
        if params.codec == CODEC_ID_OPUS {
            return Opus::new(params).map(|opus| Self::Opus(Box::new(opus)));
        }
        symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map(Self::Symphonia)
    }

    /// Frames a second, where the decoder does not leave that to the header.
    pub(super) const fn rate(&self) -> Option<u32> {
        match self {
            Self::Symphonia(_) => None,
            Self::Opus(_) => Some(opus::RATE),
        }
    }

    /// Of `frames` in the container, those that are heard.
    pub(super) fn without_skipped(&self, frames: u64) -> u64 {
        match self {
            Self::Symphonia(_) => frames,
            Self::Opus(opus) => frames.saturating_sub(opus.skipped()),
        }
    }

    /// Fills `out`, which is empty, with the samples of `packet`, which must be of
    /// this rate and these channels; `padding` frames at its end are none.
    ///
    /// # Errors
    /// [`Stop`].
    pub(super) fn decode(
        &mut self,
        packet: &Packet,
        padding: usize,
        (rate, channels): (u32, u16),
        out: &mut Vec<f32>,
    ) -> Result<(), Stop> {
        match self {
            Self::Opus(opus) => opus.decode(packet, padding, out),
            Self::Symphonia(decoder) => {
                let audio = decoder.decode(packet).map_err(stop)?;
                let spec = audio.spec();
                let (now_rate, now_channels) = (spec.rate(), spec.channels().count());
                if (now_rate, now_channels) != (rate, usize::from(channels)) {
                    let what = format!("with {now_rate} Hz and {now_channels} channels");
                    return Err(Stop::Changed(what));
                }
                audio.copy_to_vec_interleaved(out);
                Ok(())
            }
        }
    }
}
