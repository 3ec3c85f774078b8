//! A file of any kind, told by its content: read to its end or refused. `scripts/fuzz`
//! starts from the golden recordings of the tests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use undertone_capture::Recording;

fuzz_target!(|data: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::new_in("/dev/shm") else { return };
    if file.write_all(data).is_err() {
        return;
    }
    let Ok(mut recording) = Recording::open(file.path()) else { return };
    let channels = usize::from(recording.channels());
    let (mut block, mut samples) = (Vec::new(), 0);
    while let Ok(true) = recording.read(500, &mut block) {
        assert!(!block.is_empty() && block.len() % channels == 0);
        assert!(block.len() <= 500 * channels);
        samples += block.len();
    }
    // Silence packs well, but no format here packs a second into a byte.
    assert!(samples <= data.len() * 70_000);
});
