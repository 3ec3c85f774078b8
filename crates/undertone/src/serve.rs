//! `undertone serve`: calls from telephone gateways in, events out.

use crate::config;
use crate::exit::BadInput;
use crate::models::{self, DeviceArg, ReadingArgs, WhisperArg};
use crate::rules::RulesArgs;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use undertone_engine::{Engine, EngineSettings};
use undertone_server::ServerError;

/// Analyse live calls from telephone gateways.
///
/// Takes calls from Twilio, Telnyx, Asterisk, `FreeSWITCH`, Vonage, RTP senders and any
/// WebSocket client, as configured in FILE, and prints their events, one JSON object a line.
/// `/v1/stream` has the same events by WebSocket and as Server-Sent Events, beside
/// `/healthz` and `/metrics` (docs/serve.md). `undertone config init` writes an example of
/// FILE. Ends at SIGINT or SIGTERM, once every call has its summary.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The configuration, in TOML
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

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
    device: DeviceArg,
}

/// Serves until asked to stop.
pub(crate) fn run(args: &ServeArgs) -> Result<()> {
    let at_fault = |cause: String| BadInput(format!("{}: {cause}", args.config.display()));
    let config = config::read(&args.config)?;
    let device = args.device.open()?;
    let whisper = args.whisper.open()?;
    let models = models::load_reading(&args.acoustic_model, whisper, &args.reading, &device)?;
    let settings = EngineSettings {
        agent_emotion: args.rules.agent_emotion_or(config.agent_emotion),
        fusion: args.rules.load()?,
        ..models::serving(config.max_calls, &device)
    };
    let (engine, events) = Engine::start(settings, models)?;
    let out = Box::new(std::io::stdout());
    let served = undertone_server::serve(config, engine, events, out, |addresses| {
        for (name, address) in addresses {
            eprintln!("undertone: {name} listens on {address}");
        }
    });
    match served {
        Err(error @ ServerError::Store(_)) => Err(BadInput(error.to_string()).into()),
        Err(error @ ServerError::Config(_)) => Err(at_fault(error.to_string()).into()),
        served => Ok(served?),
    }
}
