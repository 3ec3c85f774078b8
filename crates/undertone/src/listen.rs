//! `undertone listen` and `undertone devices`: this machine's audio devices.

use crate::exit::BadInput;
use crate::keeping::{Kept, StoreArgs};
use crate::models::{self, DeviceArg, ReadingArgs, WhisperArg};
use crate::output::{Json, Live, Output};
use crate::rules::RulesArgs;
use anyhow::{Context, Result};
use clap::Args;
use crossbeam::channel::{Receiver, bounded, select};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use undertone_capture::live::{self, DeviceInfo, DeviceKind, Recorder, Source};
use undertone_engine::{Engine, EngineSettings, Pace};
use undertone_journal::Entry;
use undertone_signal::{CallId, Event, EventBody, Lane, SAMPLE_RATE};
use undertone_sources::{LaneSource, ListenError, Notice, listen};

/// Notices of devices waiting to be shown; a device that comes and goes faster is not
/// worth more lines.
const NOTICES: usize = 64;

/// Analyse a live call on this machine's microphone and output.
///
/// The agent is the microphone; the customer is what this machine plays, captured through a
/// loopback of its output. Alerts are printed as they are raised, and a timeline at the end
/// (Ctrl-C). An unplugged device is reopened once it is back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone devices                           what there is to listen to
  undertone listen                            the default microphone and output
  undertone listen --agent none --json        the customer alone, one event a line
  undertone listen --customer 'alsa:pulse'    any device, by its id or name")]
pub(crate) struct ListenArgs {
    /// Microphone of the agent, or none [default: the system's]
    #[arg(long, value_name = "DEVICE|none")]
    agent: Option<String>,

    /// Loopback of the customer [default: that of the system's output]
    #[arg(long, value_name = "DEVICE")]
    customer: Option<String>,

    /// Also record the call to a new file, 16 kHz, the customer on the left
    #[arg(long, value_name = "FILE.wav")]
    record: Option<PathBuf>,

    /// Print one JSON event a line on stdout, and nothing else
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    rules: RulesArgs,

    /// Acoustic model: a name, or the path of a weights file
    #[arg(long, value_name = "NAME|PATH", default_value = "tone-open")]
    acoustic_model: String,

    #[command(flatten)]
    whisper: WhisperArg,

    #[command(flatten)]
    reading: ReadingArgs,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    device: DeviceArg,
}

/// List microphones and loopbacks.
#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Devices of every sound system, not only of the preferred one
    #[arg(long)]
    all: bool,
}

/// Prints what there is to listen to.
pub(crate) fn devices(args: &DevicesArgs) -> Result<()> {
    let found = live::devices(args.all).map_err(|error| BadInput(error.to_string()))?;
    let mut out = anstream::stdout().lock();
    for (kind, title, none) in [
        (DeviceKind::Microphone, "Microphones (--agent)", "none"),
        (DeviceKind::Loopback, "Loopbacks (--customer): what this machine plays", NO_LOOPBACK),
    ] {
        writeln!(out, "{title}")?;
        let of_kind: Vec<&DeviceInfo> = found.iter().filter(|device| device.kind == kind).collect();
        for device in &of_kind {
            let mark = if device.is_default { "*" } else { " " };
            writeln!(out, "{mark} {}\n      {}", device.id, device.name)?;
        }
        if of_kind.is_empty() {
            writeln!(out, "  {none}")?;
        }
    }
    writeln!(out, "* taken if none is asked for")?;
    Ok(())
}

const NO_LOOPBACK: &str = if cfg!(any(target_os = "windows", target_os = "macos")) {
    "none: this machine has no output"
} else {
    "none: they need PulseAudio or PipeWire (monitors), or the kernel's snd-aloop"
};

/// Listens until asked to stop.
pub(crate) fn run(args: &ListenArgs) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    stop_when_asked(Arc::clone(&stop))?;
    let keeping = args.store.open()?;
    let (engine, events, has_meaning) = start(args)?;
    let (entries, mut kept) = keeping.journal(events)?;
    let sources = open(args)?;
    let lanes: Vec<Lane> = sources.iter().map(|source| source.lane).collect();
    let recorder = args.record.as_deref().map(|path| record(path, lanes.len())).transpose()?;
    let call = engine.open(name(), &lanes)?;
    let mut output: Box<dyn Output + Send> =
        if args.json { Box::new(Json::new()) } else { Box::new(Live::new(has_meaning)) };
    output.begin(call.id(), None)?;
    // Devices belong to the thread that has opened them: this one. Another writes.
    let (listened, written) = std::thread::scope(|scope| {
        let (to_notices, notices) = bounded(NOTICES);
        let id = call.id().clone();
        let (stop, listener) = (&stop, std::thread::current());
        let kept = &mut kept;
        let writer = scope.spawn(move || {
            let written = write((&entries, kept), &notices, &id, &mut *output);
            // Nobody reads on: then nobody need listen.
            stop.store(true, Ordering::Release);
            listener.unpark();
            written
        });
        let listened = listen(sources, call, recorder, stop, &mut |notice| {
            let _ = to_notices.try_send(notice);
        });
        drop(to_notices);
        (listened, writer.join())
    });
    drop(engine);
    let stored = kept.finish();
    written.map_err(|_| anyhow::anyhow!("the thread that writes panicked"))??;
    match listened {
        Err(ListenError::Recording(error)) => return Err(BadInput(error.to_string()).into()),
        listened => listened?,
    }
    stored
}

/// Sets `stop` and wakes this thread when the process is asked to end.
fn stop_when_asked(stop: Arc<AtomicBool>) -> Result<()> {
    let listener = std::thread::current();
    ctrlc::set_handler(move || {
        stop.store(true, Ordering::Release);
        listener.unpark();
    })
    .context("cannot wait for Ctrl-C")
}

/// Shows events and notices as they come, until the call's summary.
fn write(
    (entries, kept): (&Receiver<Arc<Entry>>, &mut Kept),
    notices: &Receiver<Notice>,
    call: &CallId,
    output: &mut dyn Output,
) -> Result<()> {
    let mut notices = notices.clone();
    loop {
        select! {
            recv(entries) -> entry => {
                let Ok(entry) = entry else { break };
                kept.warn();
                let last = matches!(entry.event.body, EventBody::Summary(_));
                output.write(&[entry])?;
                if last { break; }
            }
            recv(notices) -> notice => match notice {
                Ok(notice) => output.notice(call, &notice.to_string())?,
                Err(_) => notices = crossbeam::channel::never(),
            },
        }
    }
    output.finish()
}

fn start(args: &ListenArgs) -> Result<(Engine, Receiver<Event>, bool)> {
    let device = args.device.open()?;
    let whisper = args.whisper.open()?;
    let models = models::load_reading(&args.acoustic_model, whisper, &args.reading, &device)?;
    let fusion = args.rules.load()?;
    let settings = EngineSettings {
        pace: Pace::Live,
        max_calls: 1,
        agent_emotion: args.rules.agent_emotion(),
        fusion,
        ..EngineSettings::default()
    };
    let has_meaning = models.text.is_some();
    let (engine, events) = Engine::start(settings, models)?;
    Ok((engine, events, has_meaning))
}

/// Opens the devices that are asked for, the customer's first.
fn open(args: &ListenArgs) -> Result<Vec<LaneSource>> {
    let mut wanted = vec![(Lane::Customer, DeviceKind::Loopback, args.customer.as_deref())];
    if args.agent.as_deref() != Some("none") {
        wanted.push((Lane::Agent, DeviceKind::Microphone, args.agent.as_deref()));
    }
    let open = |(lane, kind, name)| {
        let device = live::find(name, kind)?;
        let (source, rate) = Source::open(Box::new(device), Instant::now())?;
        eprintln!("undertone: the {lane} is heard on {} at {rate} Hz", source.name());
        Ok(LaneSource { lane, source, rate })
    };
    let sources: Result<Vec<LaneSource>, live::DeviceError> =
        wanted.into_iter().map(open).collect();
    Ok(sources.map_err(|error| BadInput(error.to_string()))?)
}

fn record(path: &Path, lanes: usize) -> Result<Recorder> {
    if path.exists() {
        let fault = format!("{}: is there already; give --record a new name", path.display());
        return Err(BadInput(fault).into());
    }
    let lanes = u16::try_from(lanes).unwrap_or(2);
    Ok(Recorder::create(path, lanes, SAMPLE_RATE).map_err(|error| BadInput(error.to_string()))?)
}

fn name() -> CallId {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    CallId::new(format!("listen-{}", since.as_secs()))
}
