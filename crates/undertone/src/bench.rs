//! `undertone bench`: how many calls this machine processes in real time.

use crate::eval::{print_json, sorted};
use crate::exit::BadInput;
use crate::models::{self, DeviceArg, ReadingArgs};
use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use undertone_engine::Models;
use undertone_eval::agreement::{self, Agreement};
use undertone_eval::load::{Busy, Goal, Material, Parrot, Trial, greatest, trial};
use undertone_eval::turn::{Turn, turn};
use undertone_infer::Transcriber;
use undertone_models::Device;

/// Measure how many calls this machine processes in real time.
///
/// Plays copies of a recording through the whole engine in real time, more and more of
/// them, until a window is dropped or scored too late. Every call starts at another place
/// of the recording.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone bench call.wav                      the greatest number of calls
  taskset -c 0 undertone bench call.wav         the same on one core (Linux)
  undertone bench --calls 40 --json call.wav    one trial with 40 calls
  undertone bench --text call.wav               with the text model
  undertone bench --against-cpu call.wav        compares a GPU's scores with the CPU's

A number of calls is held if no audio is dropped and 95 of 100 windows are scored
within --delay-ms of their last sample.

Exit code: 0 measured, 2 a bad recording, model or device, 1 internal error.")]
pub(crate) struct BenchArgs {
    /// The recording to play: two channels make a two-lane call
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Try this many calls only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    calls: Option<u32>,

    /// Number of calls at the start of the search
    #[arg(long, value_name = "N", default_value_t = 8, conflicts_with = "calls",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    first: u32,

    /// Length of each trial, in seconds
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    seconds: f64,

    /// Delay that counts as late, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000.0)]
    delay_ms: f64,

    /// Threads that turn audio into windows [default: one a core]
    #[arg(long, value_name = "N")]
    lane_threads: Option<usize>,

    /// Largest batch of windows in one forward pass [default: 64, on a GPU 256]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,

    /// Acoustic model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = "tone-open")]
    acoustic_model: String,

    /// Also transcribe, with this Whisper model
    #[arg(long, value_name = "NAME|MODEL.bin")]
    whisper: Option<PathBuf>,

    /// Also read words, but recognise none: every turn is taken to say the same twenty
    #[arg(long, conflicts_with_all = ["whisper", "turn", "against_cpu"])]
    text: bool,

    #[command(flatten)]
    device: DeviceArg,

    /// Do not count calls; compare the device's scores for the recording and a few
    /// sentences with the CPU's, and fail if they differ by more than 0.02
    #[arg(long, conflicts_with_all = ["calls", "whisper"])]
    against_cpu: bool,

    /// Do not count calls; time one turn of this many seconds, with transcript and text model
    #[arg(long, value_name = "S", requires = "whisper", conflicts_with_all = ["calls", "against_cpu"])]
    turn: Option<f64>,

    /// Print one JSON object on stdout, and nothing else
    #[arg(long)]
    json: bool,
}

/// Scores that differ by less lead to the same alerts.
const TOLERANCE: f32 = 0.02;

/// Sentences that both devices score.
const SENTENCES: [&str; 6] = [
    "this is the third time I am calling about the same bill",
    "thank you so much, you have been wonderful",
    "I want to cancel my contract today",
    "I am really worried that the parcel is lost",
    "could you send me the form again please",
    "this is ridiculous, let me talk to your manager",
];

/// The output of `--against-cpu --json`.
#[derive(Debug, Serialize)]
struct AgreementReport {
    /// `cpu`, `cuda` or `metal`.
    device: &'static str,
    acoustic: Agreement,
    /// Null without a text model.
    text: Option<Agreement>,
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    /// Acoustic model.
    model: String,
    /// `cpu`, `cuda` or `metal`.
    device: &'static str,
    /// Whether calls were transcribed.
    words: bool,
    /// Whether the text model was used.
    text: bool,
    /// Largest batch of windows.
    batch: usize,
    /// Threads that turned audio into windows.
    lane_threads: usize,
    /// Seconds of each trial.
    seconds: f64,
    /// Greatest number of calls held.
    greatest: usize,
    /// Every trial, in order.
    trials: Vec<Trial>,
}

/// Measures and prints.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    if !(3.0..=3_600.0).contains(&args.seconds) {
        bail!(BadInput(format!("--seconds {}: from 3 (a window takes 2) to 3600", args.seconds)));
    }
    let material = Material::read(&args.file).map_err(sorted)?;
    let device = args.device.open()?;
    if args.against_cpu {
        return against_cpu(args, &material, &device);
    }
    if let Some(seconds) = args.turn {
        return one_turn(args, &material, &device, seconds);
    }
    let mut settings = models::serving(1, &device);
    settings.lane_threads = args.lane_threads.unwrap_or(settings.lane_threads);
    settings.max_batch = args.batch.unwrap_or(settings.max_batch);
    let goal = Goal { seconds: args.seconds, delay_p95_ms: args.delay_ms };
    let (mut trials, mut reads) = (Vec::new(), false);
    let mut attempt = |calls: usize| -> Result<bool> {
        let models = load(args, &device)?;
        reads = models.text.is_some();
        let trial = trial(&material, models, &settings, calls, goal).map_err(sorted)?;
        if !args.json {
            anstream::println!("{}", line(&trial));
        }
        trials.push(trial.clone());
        Ok(trial.held)
    };
    let greatest = match args.calls {
        Some(calls) if attempt(calls as usize)? => calls as usize,
        Some(_) => 0,
        None => greatest(args.first as usize, attempt)?,
    };
    if args.json {
        return print_json(&Report {
            model: args.acoustic_model.clone(),
            device: models::device_name(&device),
            words: args.whisper.is_some(),
            text: reads,
            batch: settings.max_batch,
            lane_threads: settings.lane_threads,
            seconds: args.seconds,
            greatest,
            trials,
        });
    }
    if args.calls.is_none() {
        anstream::println!("\nheld at once: {greatest} calls");
    }
    Ok(())
}

/// The models of a trial: the text model is used where there are transcripts.
fn load(args: &BenchArgs, device: &Device) -> Result<Models> {
    let transcriber = match args.whisper.as_deref() {
        Some(path) => Some(models::transcriber(path)?),
        None => args.text.then(|| Box::new(Parrot) as Box<dyn Transcriber>),
    };
    // Where it is asked for, a text model that is missing is an error.
    let reading = if args.text { ReadingArgs::default_model() } else { ReadingArgs::default() };
    models::load_reading(&args.acoustic_model, transcriber, &reading, device)
}

fn one_turn(args: &BenchArgs, material: &Material, device: &Device, seconds: f64) -> Result<()> {
    let turn = turn(material, &mut load(args, device)?, seconds).map_err(sorted)?;
    if args.json {
        return print_json(&turn);
    }
    let Turn { seconds, tone_ms, words_ms, meaning_ms, total_ms } = turn;
    let meaning_ms = meaning_ms.unwrap_or_default();
    anstream::println!(
        "a turn of {seconds} s: {total_ms:.1} ms (tone {tone_ms:.1}, words {words_ms:.1}, \
         meaning {meaning_ms:.1})"
    );
    Ok(())
}

fn against_cpu(args: &BenchArgs, material: &Material, device: &Device) -> Result<()> {
    let acoustic =
        |device| models::load(&args.acoustic_model, None, device).map(|all| all.acoustic);
    let (mut here, mut cpu) = (acoustic(device)?, acoustic(&Device::Cpu)?);
    let voices = agreement::of_voices(material, &mut *here, &mut *cpu).map_err(sorted)?;
    let text = |device| models::text_if_there(None, None, device);
    let words = match text(device)?.zip(text(&Device::Cpu)?) {
        Some((mut here, mut cpu)) => {
            Some(agreement::of_words(&SENTENCES, &mut *here, &mut *cpu).map_err(sorted)?)
        }
        None => None,
    };
    let device = models::device_name(device);
    let report = AgreementReport { device, acoustic: voices, text: words };
    if args.json {
        print_json(&report)?;
    } else {
        for (what, of) in [("windows", Some(voices)), ("sentences", words)] {
            if let Some(Agreement { judged, largest, mean, .. }) = of {
                anstream::println!(
                    "{judged} {what}: {largest:.4} apart at most, {mean:.5} on average"
                );
            }
        }
    }
    let largest = voices.largest.max(words.map_or(0.0, |words| words.largest));
    anyhow::ensure!(largest <= TOLERANCE, "{device} differs from the CPU by {largest}");
    Ok(())
}

fn line(trial: &Trial) -> String {
    let known = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let Busy { acoustic, text, words } = trial.busy;
    format!(
        "{:>6} calls {:<8} delay {:>5.0} ms, p95 {:>6.0} p99 {:>6.0}; lost {}; {} cores, {} MB a call; \
         busy: tone {acoustic:.2} text {text:.2} words {words:.2}",
        trial.calls,
        if trial.held { "held" } else { "not held" },
        trial.delay_p50_ms,
        trial.delay_p95_ms,
        trial.delay_p99_ms,
        trial.lost_blocks + trial.dropped_windows,
        known(trial.cores),
        known(trial.megabytes_a_call),
    )
}
