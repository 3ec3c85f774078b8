//! The first two bytes choose a format and channels, the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use undertone_capture::{RawFormat, ReadOptions, Recording};

const FORMATS: [&str; 12] = [
    "mulaw", "alaw", "u8", "s16le", "s24be", "f32le", "f64be", "gsm", "g722", "g726-16",
    "g726-24-aal2", "g726-40",
];

fuzz_target!(|data: &[u8]| {
    let [format, channels, bytes @ ..] = data else { return };
    let name = FORMATS[usize::from(*format) % FORMATS.len()];
    let Ok(raw) = format!("{name}:8000:{}", channels % 3).parse::<RawFormat>() else { return };
    let Ok(mut file) = tempfile::NamedTempFile::new_in("/dev/shm") else { return };
    if file.write_all(bytes).is_err() {
        return;
    }
    let options = ReadOptions { raw: Some(raw), rate: None };
    let Ok(mut recording) = Recording::open_with(file.path(), options) else { return };
    let (announced, channels) = (recording.frames(), usize::from(recording.channels()));
    let (mut block, mut samples) = (Vec::new(), 0);
    let whole = loop {
        match recording.read(100, &mut block) {
            Ok(true) => samples += block.len(),
            Ok(false) => break true,
            Err(_) => break false,
        }
    };
    assert!(!whole || announced == Some((samples / channels) as u64));
});
