//! Evidence in one sentence a busy agent can read in a second.

use undertone_signal::{Cue, CueKind, Lane, Tone};

/// Cues weaker than this many spreads are not worth a word.
const WORTH_SAYING: f32 = 1.0;

/// "Customer's voice: higher (+3.1 semitones) and faster (+1.2 syllables/s)
/// than before; sounds angry (.81)".
pub(crate) fn sentence(lane: Lane, tone: Tone, probability: f32, cues: &[Cue]) -> String {
    let changes: Vec<String> = cues
        .iter()
        .filter(|cue| cue.z.abs() >= WORTH_SAYING)
        .filter_map(|cue| {
            let word = word(cue.kind, cue.change > 0.0)?;
            Some(format!("{word} ({:+.1} {})", cue.change, cue.kind.unit()))
        })
        .collect();
    let who = match lane {
        Lane::Customer => "Customer's",
        Lane::Agent => "Agent's",
    };
    let probability = format!("{probability:.2}");
    let probability = probability.trim_start_matches('0');
    if changes.is_empty() {
        return format!("{who} voice: sounds {tone} ({probability}), more than before");
    }
    format!("{who} voice: {} than before; sounds {tone} ({probability})", join(&changes))
}

const fn word(kind: CueKind, up: bool) -> Option<&'static str> {
    Some(match (kind, up) {
        (CueKind::Pitch, true) => "higher",
        (CueKind::Pitch, false) => "lower",
        (CueKind::Loudness, true) => "louder",
        (CueKind::Loudness, false) => "quieter",
        (CueKind::Rate, true) => "faster",
        (CueKind::Rate, false) => "slower",
        (CueKind::ModelScore | CueKind::Arousal, _) => return None,
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

    fn cue(kind: CueKind, change: f32, z: f32) -> Cue {
        Cue { kind, value: change, baseline: 0.0, change, z }
    }

    #[test]
    fn it_names_what_moved_and_by_how_much() {
        let cues = [cue(CueKind::Pitch, 3.12, 2.0), cue(CueKind::Rate, 1.2, 1.5)];
        assert_eq!(
            sentence(Lane::Customer, Tone::Angry, 0.81, &cues),
            "Customer's voice: higher (+3.1 semitones) and faster (+1.2 syllables/s) than before; \
             sounds angry (.81)"
        );
    }

    #[test]
    fn small_changes_are_not_mentioned() {
        let cues = [cue(CueKind::Pitch, 0.2, 0.1), cue(CueKind::ModelScore, 3.0, 4.0)];
        assert_eq!(
            sentence(Lane::Agent, Tone::Angry, 1.0, &cues),
            "Agent's voice: sounds angry (1.00), more than before"
        );
    }
}
