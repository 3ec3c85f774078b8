//! Evidence in one sentence a busy agent can read in a second.

use crate::Words;
use std::fmt::Write as _;
use undertone_signal::{Cue, CueKind, Lane, Tone};

/// Cues weaker than this many spreads are not worth a word.
const WORTH_SAYING: f32 = 1.0;

/// "Customer's voice: higher (+3.1 semitones) and faster (+1.2 syllables/s) than
/// before; sounds angry (.81); words: “third time I'm calling” (anger .90)".
pub(crate) fn sentence(
    lane: Lane,
    tone: Tone,
    probability: f32,
    cues: &[Cue],
    words: Option<&Words>,
) -> String {
    let changes: Vec<String> = cues
        .iter()
        .filter(|cue| cue.z.abs() >= WORTH_SAYING)
        .filter_map(|cue| {
            let word = word(cue.kind, cue.change > 0.0)?;
            Some(format!("{word} ({:+.1} {})", cue.change, cue.kind.unit()))
        })
        .collect();
    let sounds = format!("sounds {tone} ({})", short(probability));
    let mut sentence = if changes.is_empty() {
        format!("{} voice: {sounds}, more than before", whose(lane))
    } else {
        format!("{} voice: {} than before; {sounds}", whose(lane), join(&changes))
    };
    if let Some(words) = words {
        let (quote, anger) = (words.quote(), short(words.anger.get()));
        // Writing to a string cannot fail.
        let _ = write!(sentence, "; words: {quote} (anger {anger})");
    }
    sentence
}

/// "Customer's".
pub(crate) const fn whose(lane: Lane) -> &'static str {
    match lane {
        Lane::Customer => "Customer's",
        Lane::Agent => "Agent's",
    }
}

/// ".81".
fn short(probability: f32) -> String {
    format!("{probability:.2}").trim_start_matches('0').to_owned()
}

const fn word(kind: CueKind, up: bool) -> Option<&'static str> {
    Some(match (kind, up) {
        (CueKind::Pitch, true) => "higher",
        (CueKind::Pitch, false) => "lower",
        (CueKind::Loudness, true) => "louder",
        (CueKind::Loudness, false) => "quieter",
        (CueKind::Rate, true) => "faster",
        (CueKind::Rate, false) => "slower",
        (
            CueKind::ModelScore
            | CueKind::RecentScore
            | CueKind::Arousal
            | CueKind::RecentArousal
            | CueKind::RecentContrast,
            _,
        ) => return None,
    })
}

fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{Probability, Span, StreamTime};

    fn cue(kind: CueKind, change: f32, z: f32) -> Cue {
        Cue { kind, value: change, baseline: 0.0, change, z }
    }

    #[test]
    fn it_names_what_moved_and_by_how_much() {
        let cues = [cue(CueKind::Pitch, 3.12, 2.0), cue(CueKind::Rate, 1.2, 1.5)];
        assert_eq!(
            sentence(Lane::Customer, Tone::Angry, 0.81, &cues, None),
            "Customer's voice: higher (+3.1 semitones) and faster (+1.2 syllables/s) than before; \
             sounds angry (.81)"
        );
    }

    #[test]
    fn small_changes_are_not_mentioned_and_words_are() {
        let cues = [cue(CueKind::Pitch, 0.2, 0.1), cue(CueKind::ModelScore, 3.0, 4.0)];
        let words = Words {
            span: Span::new(StreamTime::ZERO, StreamTime::ZERO),
            text: "third time I'm calling".into(),
            confidence: Probability::new(0.9),
            anger: Probability::new(0.9),
            gladness: Probability::new(0.0),
        };
        assert_eq!(
            sentence(Lane::Agent, Tone::Angry, 1.0, &cues, Some(&words)),
            "Agent's voice: sounds angry (1.00), more than before; words: “third time I'm \
             calling” (anger .90)"
        );
    }
}
