//! `undertone analyze`: recordings in, timelines or events out.

use crate::cli::AnalyzeArgs;
use crate::exit::BadInput;
use crate::keeping::Kept;
use crate::models;
use crate::output::{Json, Output, Person};
use anyhow::{Context, Result};
use crossbeam::channel::Receiver;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use undertone_capture::{ReadOptions, Recording};
use undertone_engine::{Engine, EngineSettings, Pace};
use undertone_journal::Entry;
use undertone_signal::{CallId, EventBody};
use undertone_sources::{Playback, PlaybackError, lanes_of, play};

/// Analyses every file, in order; a bad one does not stop the rest.
pub(crate) fn run(args: &AnalyzeArgs) -> Result<()> {
    let keeping = args.store.open()?;
    let device = args.device.open()?;
    let whisper = args.whisper.open()?;
    let models = models::load_reading(&args.acoustic_model, whisper, &args.reading, &device)?;
    let mut output: Box<dyn Output> = if args.json {
        Box::new(Json::new())
    } else {
        Box::new(Person::new(models.text.is_some()))
    };
    let (engine, events) = Engine::start(settings(args)?, models)?;
    let (entries, mut kept) = keeping.journal(events)?;
    let mut faults = Vec::new();
    for file in &args.files {
        let call = CallId::new(file.to_string_lossy());
        let options = ReadOptions { raw: args.raw, rate: args.rate };
        match Recording::open_with(file, options) {
            Ok(recording) => {
                let not_finite = recording.not_finite();
                let played =
                    analyze(&engine, (&entries, &mut kept), &call, recording, args, &mut *output)?;
                faults.extend(played);
                say_not_finite(&call, not_finite.load(Ordering::Relaxed));
            }
            Err(error) => {
                output.refused(&call, &error.to_string())?;
                faults.push(error.to_string());
            }
        }
    }
    output.finish()?;
    drop((engine, entries));
    kept.finish()?;
    match faults.len() {
        0 => Ok(()),
        _ => Err(BadInput(faults.join("\nundertone: ")).into()),
    }
}

fn settings(args: &AnalyzeArgs) -> Result<EngineSettings> {
    let pace = if args.realtime { Pace::Live } else { Pace::Lossless };
    Ok(EngineSettings {
        pace,
        agent_emotion: args.rules.agent_emotion(),
        fusion: args.rules.load()?,
        ..EngineSettings::default()
    })
}

/// Plays one recording through the engine and passes its events on. Returns
/// the fault that cut it short, if any.
fn analyze(
    engine: &Engine,
    (entries, kept): (&Receiver<Arc<Entry>>, &mut Kept),
    id: &CallId,
    recording: Recording,
    args: &AnalyzeArgs,
    output: &mut dyn Output,
) -> Result<Option<String>> {
    let playback = Playback { customer_channel: args.customer.channel(), realtime: args.realtime };
    let length_s =
        recording.frames().map(|frames| frames as f64 / f64::from(recording.sample_rate()));
    let call = engine.open(id.clone(), lanes_of(recording.channels()))?;
    output.begin(id, length_s)?;

    let position = Arc::new(AtomicU64::new(0));
    let player = std::thread::Builder::new()
        .name("playback".to_owned())
        .spawn({
            let position = Arc::clone(&position);
            move || {
                play(recording, call, playback, |seconds| {
                    position.store((seconds * 1e3) as u64, Ordering::Relaxed);
                })
            }
        })
        .context("cannot start the playback thread")?;
    for entry in entries {
        kept.warn();
        let last = matches!(entry.event.body, EventBody::Summary(_));
        output.played(position.load(Ordering::Relaxed) as f64 / 1e3);
        output.write(&[entry])?;
        if last {
            break;
        }
    }
    let played = player.join().map_err(|_| anyhow::anyhow!("the playback thread panicked"))?;
    match played {
        Ok(()) => Ok(None),
        Err(PlaybackError::Engine(error)) => Err(error.into()),
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// Says that a recording held samples that are no numbers, and what became of them.
fn say_not_finite(call: &CallId, samples: u64) {
    if samples > 0 {
        eprintln!("undertone: {call}: {samples} samples are no numbers and count as silence");
    }
}

/// The file's own name, for people.
pub(crate) fn display_name(call: &CallId) -> &str {
    Path::new(call.as_str()).file_name().and_then(|name| name.to_str()).unwrap_or(call.as_str())
}
