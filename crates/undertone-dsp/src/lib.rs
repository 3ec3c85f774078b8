//! undertone-dsp
