//! GSM 06.10 full rate, through the `oxideav-gsm` crate.

use super::blocks::from_i16;
use super::error::Stop;
use oxideav_gsm::{DecoderState, UnpackedFrame};

/// The decoder of one stream, with the way its frames are packed.
pub(super) struct Gsm {
    state: DecoderState,
    microsoft: bool,
}

impl Gsm {
    /// Frames of 33 bytes, as `.gsm` files and RTP have them.
    pub(super) fn plain() -> Self {
        Self { state: DecoderState::new(), microsoft: false }
    }

    /// Two frames in 65 bytes, as WAV files have them.
    pub(super) fn microsoft() -> Self {
        Self { state: DecoderState::new(), microsoft: true }
    }

    /// Appends the samples of one block.
    ///
    /// # Errors
    /// [`Stop::Damaged`] where a frame lacks its mark.
    pub(super) fn decode(&mut self, block: &[u8], out: &mut Vec<f32>) -> Result<(), Stop> {
        let damaged = |error: oxideav_gsm::Error| Stop::Damaged(format!("GSM 6.10: {error}"));
        if self.microsoft {
            let (first, second) = UnpackedFrame::pair_from_msgsm_block(block).map_err(damaged)?;
            self.frame(&first, out);
            self.frame(&second, out);
        } else {
            let frame = UnpackedFrame::from_gsm_byte_frame(block).map_err(damaged)?;
            self.frame(&frame, out);
        }
        Ok(())
    }

    fn frame(&mut self, frame: &UnpackedFrame, out: &mut Vec<f32>) {
        out.extend(self.state.decode_frame(frame).map(from_i16));
    }
}
