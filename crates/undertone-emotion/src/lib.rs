//! undertone-emotion
