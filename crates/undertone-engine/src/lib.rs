//! undertone-engine
