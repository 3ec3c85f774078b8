//! undertone-fusion
