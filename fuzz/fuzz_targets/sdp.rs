#![no_main]

use libfuzzer_sys::fuzz_target;
use undertone_telephony::rtp::parse_sdp;

fuzz_target!(|text: &str| {
    let _ = parse_sdp(text);
});
