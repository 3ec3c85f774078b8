//! undertone-capture
