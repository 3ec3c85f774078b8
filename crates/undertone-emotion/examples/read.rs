//! Reads one sentence many times on one core and prints what one reading takes.
//!
//! `cargo run --release -p undertone-emotion --example read -- WEIGHTS TIMES "SENTENCE"`

use candle_core::Device;
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use undertone_emotion::CandleText;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [weights, times, sentence] = &arguments[..] else {
        return Err("usage: read WEIGHTS TIMES \"SENTENCE\"".into());
    };
    let mut model = CandleText::load(Path::new(weights), &Device::Cpu)?;
    let mut took = Vec::new();
    for _ in 0..times.parse()? {
        let began = Instant::now();
        model.judge(&[(sentence, "")])?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    let median = took.get(took.len() / 2).ok_or("nothing was read")?;
    println!("{median:.3}");
    Ok(())
}
