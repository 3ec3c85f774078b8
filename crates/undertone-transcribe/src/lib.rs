//! undertone-transcribe
