//! `undertone classify`: scores of a single sentence.

use crate::eval::print_json;
use crate::models::TextArgs;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write as _;
use undertone_infer::{TextInput, TextModel, TextScores};
use undertone_signal::{Emotion, EmotionScore, Lane, Meaning, Probability};

/// Emotions shown to a person.
const SHOWN: usize = 5;

/// Find the emotions and service signals of a sentence.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone classify \"this is the third time I am calling\"
  undertone classify --lane agent \"I am so sorry about that\"
  undertone classify --json \"I want to cancel my card\" | jq .signals

Exit code: 0 read, 2 bad model or signals file, 1 internal error.")]
pub(crate) struct ClassifyArgs {
    /// The words
    #[arg(required = true)]
    sentence: String,

    /// What the same speaker said just before
    #[arg(long, value_name = "WORDS", default_value = "")]
    context: String,

    /// The speaker's side: some signals belong to one side only
    #[arg(long, value_enum, default_value_t = LaneArg::Customer)]
    lane: LaneArg,

    /// Print the fields of a transcript event, as one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: TextArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LaneArg {
    Customer,
    Agent,
}

impl From<LaneArg> for Lane {
    fn from(arg: LaneArg) -> Self {
        match arg {
            LaneArg::Customer => Self::Customer,
            LaneArg::Agent => Self::Agent,
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    text: &'a str,
    /// Probability that the words are negative.
    negative: Probability,
    #[serde(flatten)]
    meaning: Meaning,
}

/// Scores the sentence and prints the result.
pub(crate) fn run(args: &ClassifyArgs) -> Result<()> {
    let mut model = args.model.open()?;
    let input = TextInput { text: &args.sentence, context: &args.context, lane: args.lane.into() };
    let mut scores = Vec::new();
    model.score(&[input], &mut scores)?;
    let scores = scores.pop().context("the text model gave no scores")?;
    if args.json {
        let (text, negative, meaning) = (&args.sentence, scores.negative, scores.meaning());
        return print_json(&Answer { text, negative, meaning });
    }
    let text = told(&scores);
    anstream::stdout().lock().write_all(text.as_bytes()).context("cannot write to stdout")
}

/// The scores for a person.
fn told(scores: &TextScores) -> String {
    let mut out = String::new();
    let (tone, probability) = scores.scores.top();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "tone      {tone} {:.2}", probability.get());
    let _ = writeln!(out, "valence   {:+.2}", scores.scores.valence);
    let _ = writeln!(out, "negative  {:.2}", scores.negative.get());
    let mut all =
        Emotion::ALL.map(|emotion| EmotionScore { emotion, probability: scores.of(emotion) });
    all.sort_by(|a, b| b.probability.get().total_cmp(&a.probability.get()));
    for (row, score) in all.iter().take(SHOWN).enumerate() {
        let title = if row == 0 { "emotions" } else { "" };
        let mark = if scores.present.contains(&score.emotion) { " *" } else { "" };
        let _ = writeln!(out, "{title:<9} {} {:.2}{mark}", score.emotion, score.probability.get());
    }
    for (row, hit) in scores.signals.iter().enumerate() {
        let title = if row == 0 { "signals" } else { "" };
        let _ = writeln!(out, "{title:<9} {} {:.2}", hit.name, hit.probability.get());
    }
    if scores.signals.is_empty() {
        let _ = writeln!(out, "signals   none");
    }
    out
}
