#![allow(clippy::unwrap_used)]

use super::*;
use std::path::PathBuf;
use undertone_infer::fake::{Conduct, FakeTranscriber};

/// Says one word a second of segment.
fn counter() -> FakeTranscriber {
    let words = |segment: &Segment| {
        let seconds = segment.span.seconds().round() as usize;
        (seconds > 0).then(|| "word ".repeat(seconds))
    };
    FakeTranscriber::new(words).with(Conduct::AnswerAfter(Duration::from_millis(5)))
}

/// Two channels of 16 kHz: on the first a hoarse voice from one to three seconds.
fn recording(folder: &std::path::Path) -> PathBuf {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let path = folder.join("call.wav");
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for i in 0..80_000_u32 {
        let time = f64::from(i) / 16_000.0;
        let voiced = (1.0..3.0).contains(&time);
        let wave: f64 = (1..20)
            .map(|h| (time * 130.0 * f64::from(h) * std::f64::consts::TAU).sin() / f64::from(h))
            .sum();
        let envelope = 0.6 + 0.4 * (time * 25.0).sin();
        let value = if voiced { wave * envelope * 6_000.0 } else { 0.0 };
        writer.write_sample(value as i16).unwrap();
        writer.write_sample(0_i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

fn spoken(path: &std::path::Path, side: Side, text: &str) -> Spoken {
    Spoken { path: path.to_owned(), side, text: text.to_owned() }
}

#[test]
fn words_errors_and_delays_are_measured_by_lane() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let all =
        [spoken(&path, Side::Channel(0), "word word extra"), spoken(&path, Side::Channel(1), "")];
    let report = evaluate(&all, &mut counter(), Duration::ZERO, &mut |_, _| ()).unwrap();
    assert_eq!(report.recordings, 2);
    assert_eq!((report.segments, report.each[0].heard.trim()), (1, "word word"));
    assert_eq!(report.wer, Some(1.0 / 3.0));
    assert_eq!(report.hallucinated_words_per_minute, Some(0.0));
    assert!((report.audio_s - 10.0).abs() < 0.01 && (report.silent_s - 5.0).abs() < 0.01);
    // The end of speech is known 300 ms after it, give or take the voice
    // detector's own hold; the recogniser took five more.
    let Delay { p50_ms, .. } = report.added_delay;
    assert!((250.0..400.0).contains(&p50_ms), "{p50_ms}");
    assert!(report.final_delay.p50_ms >= p50_ms + 5.0);
    assert!(report.rtf > 0.0005 && report.rtf < 5.0);
}

#[test]
fn words_where_nobody_speaks_are_inventions_and_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let report =
        evaluate(&[spoken(&path, Side::Mixed, "")], &mut counter(), Duration::ZERO, &mut |_, _| ())
            .unwrap();
    assert_eq!((report.wer, report.errors.wrong()), (None, 0));
    assert_eq!(report.hallucinated_words_per_minute, Some(2.0 / (5.0 / 60.0)));
}

#[test]
fn looks_show_words_before_the_final_and_cost_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let all = [spoken(&path, Side::Channel(0), "word word")];
    let often = Duration::from_millis(400);
    let report = evaluate(&all, &mut counter(), often, &mut |_, _| ()).unwrap();
    assert_eq!((report.segments, report.wer), (1, Some(0.0)));
    let Delay { p50_ms, .. } = report.word_delay;
    assert!((300.0..1500.0).contains(&p50_ms), "{p50_ms}");
}

#[test]
fn a_channel_that_is_not_there_and_a_missing_file_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let third = [spoken(&path, Side::Channel(2), "x")];
    let error =
        evaluate(&third, &mut counter(), Duration::ZERO, &mut |_, _| ()).unwrap_err().to_string();
    assert!(error.contains("call.wav") && error.contains("channel 2"), "{error}");
    let missing = [spoken(&folder.path().join("no.wav"), Side::Mixed, "x")];
    assert!(evaluate(&missing, &mut counter(), Duration::ZERO, &mut |_, _| ()).is_err());
}
