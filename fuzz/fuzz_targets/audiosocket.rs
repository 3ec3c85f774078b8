//! The first byte says where to cut: the events must not depend on it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Instant;
use undertone_telephony::AudioSocket;

fuzz_target!(|data: &[u8]| {
    let Some((&cut, bytes)) = data.split_first() else { return };
    let (now, cut) = (Instant::now(), usize::from(cut).min(bytes.len()));
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    let _ = AudioSocket::new().push(bytes, now, &mut whole);
    let mut socket = AudioSocket::new();
    if socket.push(&bytes[..cut], now, &mut pieces).is_ok() {
        let _ = socket.push(&bytes[cut..], now, &mut pieces);
    }
    assert_eq!(whole, pieces);
});
