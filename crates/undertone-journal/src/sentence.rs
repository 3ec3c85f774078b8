//! Turns evidence into one short sentence. Events contain numbers; the words are chosen here,
//! at the edge.

mod english;
mod german;

use serde::{Deserialize, Serialize};
use undertone_signal::{Alert, Cue, CueKind, Moment, Warning};

/// Languages sentences can be made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// The language of a tag such as `de` or `de-AT`; `None` if it is not supported.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()? {
            primary if primary.eq_ignore_ascii_case("en") => Some(Self::English),
            primary if primary.eq_ignore_ascii_case("de") => Some(Self::German),
            _ => None,
        }
    }
}

/// Why an alert was raised: "Customer's voice: higher (+3.1 semitones) and faster (+1.2
/// syllables/s) than before; sounds angry (.81); words: “third time I'm calling” (anger
/// .90)".
pub fn alert(alert: &Alert, language: Language) -> String {
    match language {
        Language::English => english::alert(alert),
        Language::German => german::alert(alert),
    }
}

/// A moment: "Nobody has spoken for 8 s".
pub fn moment(moment: &Moment, language: Language) -> String {
    match language {
        Language::English => english::moment(moment),
        Language::German => german::moment(moment),
    }
}

/// What is wrong with a line, and what to do about it.
pub fn warning(warning: &Warning, language: Language) -> String {
    match language {
        Language::English => english::warning(warning),
        Language::German => german::warning(warning),
    }
}

/// Cues weaker than this many spreads are not mentioned.
const WORTH_SAYING: f32 = 1.0;

/// The changes of voice that are mentioned, in the words of `word(kind, up)`.
fn changes(cues: &[Cue], word: fn(CueKind, bool) -> Option<[&'static str; 2]>) -> Vec<String> {
    cues.iter()
        .filter(|cue| cue.z.abs() >= WORTH_SAYING)
        .filter_map(|cue| {
            let [word, unit] = word(cue.kind, cue.change > 0.0)?;
            Some(format!("{word} ({:+.1} {unit})", cue.change))
        })
        .collect()
}

/// ".81".
fn short(probability: f32) -> String {
    format!("{probability:.2}").trim_start_matches('0').to_owned()
}

fn join(parts: &[String], and: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {and} {last}", most.join(", ")),
    }
}

/// The first words of an utterance.
fn quote(text: &str, [open, close]: [char; 2]) -> String {
    const WORDS: usize = 6;
    let mut words = text.split_whitespace();
    let start: Vec<&str> = words.by_ref().take(WORDS).collect();
    let more = if words.next().is_some() { " …" } else { "" };
    format!("{open}{}{more}{close}", start.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{
        AlertId, AlertState, Evidence, Lane, MomentKind, Probability, Severity, StreamTime, Timing,
        Tone, WarningKind, WordEvidence,
    };

    fn raised(cues: Vec<Cue>, probability: f32, words: Option<&str>) -> Alert {
        let anger = Probability::new(0.9);
        let words = words.map(|text| WordEvidence { text: text.into(), anger });
        Alert {
            id: AlertId(1),
            state: AlertState::Raised,
            lane: Lane::Customer,
            tone: Tone::Angry,
            severity: Severity::Strong,
            onset: StreamTime::ZERO,
            at: StreamTime::ZERO,
            timing: Timing::default(),
            evidence: Evidence { cues, probability: Probability::new(probability), words },
        }
    }

    fn cue(kind: CueKind, change: f32, z: f32) -> Cue {
        Cue { kind, value: change, baseline: 0.0, change, z }
    }

    #[test]
    fn an_alert_names_what_moved_and_by_how_much() {
        let cues = vec![cue(CueKind::Pitch, 3.12, 2.0), cue(CueKind::Rate, 1.2, 1.5)];
        let event = raised(cues, 0.81, None);
        assert_eq!(
            alert(&event, Language::English),
            "Customer's voice: higher (+3.1 semitones) and faster (+1.2 syllables/s) than before; \
             sounds angry (.81)"
        );
        assert_eq!(
            alert(&event, Language::German),
            "Stimme des Kunden: höher (+3.1 Halbtöne) und schneller (+1.2 Silben/s) als zuvor; \
             klingt verärgert (.81)"
        );
    }

    #[test]
    fn small_changes_are_left_out_and_words_are_quoted() {
        let cues = vec![cue(CueKind::Pitch, 0.2, 0.1), cue(CueKind::ModelScore, 3.0, 4.0)];
        assert_eq!(
            alert(&raised(cues, 1.0, Some("third time I'm calling")), Language::English),
            "Customer's voice: sounds angry (1.00), more than before; words: “third time I'm \
             calling” (anger .90)"
        );
    }

    #[test]
    fn every_moment_has_a_sentence_in_every_language() {
        for kind in MomentKind::ALL {
            let said = Moment {
                kind,
                lane: Lane::Agent,
                onset: StreamTime::ZERO,
                at: StreamTime::ZERO,
                amount: kind.unit().map(|_| 2.25),
                words: Some("this is the third time I am calling".into()),
            };
            let (english, german) =
                (moment(&said, Language::English), moment(&said, Language::German));
            assert!(!english.is_empty() && english != german, "{english}");
        }
    }

    #[test]
    fn every_warning_says_what_to_do_in_every_language() {
        for kind in WarningKind::ALL {
            let said = Warning {
                kind,
                lane: (kind != WarningKind::Copy).then_some(Lane::Agent),
                at: StreamTime::ZERO,
                amount: kind.unit().map(|_| -12.0),
                echo_ms: (kind == WarningKind::Echo).then_some(120.0),
            };
            let (english, german) =
                (warning(&said, Language::English), warning(&said, Language::German));
            assert!(english.contains(": ") && german.contains(": "), "{english}");
            assert!(english != german, "{english}");
        }
    }

    #[test]
    fn a_quote_is_short() {
        assert_eq!(quote("third time I call", ['“', '”']), "“third time I call”");
        assert_eq!(
            quote("this is the third time I am calling", ['“', '”']),
            "“this is the third time I …”"
        );
    }

    #[test]
    fn languages_are_found_by_their_tags() {
        assert_eq!(Language::from_tag("de-AT"), Some(Language::German));
        assert_eq!(Language::from_tag("EN"), Some(Language::English));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
