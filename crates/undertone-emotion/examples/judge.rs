//! Judges windows over and over, for `benches/acoustic/compare.py`.
//!
//!     judge WEIGHTS TIMES BATCH [both]
//!
//! Prints the milliseconds of wall-clock a window took: the median of all batches and the
//! least. With `both`, each window is looked at twice, as the engine does.

use std::time::Instant;
use undertone_emotion::{CandleAcoustic, Device};
use undertone_infer::AcousticModel;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [weights, times, batch, rest @ ..] = args.as_slice() else {
        return Err("judge WEIGHTS TIMES BATCH [both]".into());
    };
    let (times, batch): (usize, usize) = (times.parse()?, batch.parse()?);
    let mut model = CandleAcoustic::load(weights.as_ref(), &Device::Cpu)?;
    let window: Vec<f32> = (0..model.front_end().len()).map(|i| (i % 97) as f32 / 97.0).collect();
    let windows = vec![window.as_slice(); batch];
    let (mut scores, mut judgements) = (Vec::new(), Vec::new());
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        if rest.is_empty() {
            model.score(&windows, &mut scores)?;
        } else {
            model.judge(&windows, &mut judgements)?;
        }
        took.push(began.elapsed().as_secs_f64() * 1e3 / batch as f64);
    }
    took.sort_by(f64::total_cmp);
    let at = |place: usize| took.get(place).copied().unwrap_or_default();
    println!("{:.4} {:.4}", at(times / 2), at(0));
    Ok(())
}
