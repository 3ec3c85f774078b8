//! Sentences in English.

use super::{changes, join, quote, short};
use undertone_signal::{Alert, CueKind, Lane, Moment, MomentKind, Warning, WarningKind};

const QUOTES: [char; 2] = ['“', '”'];

pub(super) fn alert(alert: &Alert) -> String {
    let evidence = &alert.evidence;
    let whose = whose(alert.lane);
    let sounds = format!("sounds {} ({})", alert.tone, short(evidence.probability.get()));
    let changes = changes(&evidence.cues, word);
    let mut sentence = if changes.is_empty() {
        format!("{whose} voice: {sounds}, more than before")
    } else {
        format!("{whose} voice: {} than before; {sounds}", join(&changes, "and"))
    };
    if let Some(words) = &evidence.words {
        let (quote, anger) = (quote(&words.text, QUOTES), short(words.anger.get()));
        sentence = format!("{sentence}; words: {quote} (anger {anger})");
    }
    sentence
}

pub(super) fn moment(moment: &Moment) -> String {
    let (whose, amount) = (whose(moment.lane), moment.amount.unwrap_or_default());
    match moment.kind {
        MomentKind::Rising => format!("{whose} tone is getting worse"),
        MomentKind::Negative => {
            format!("{whose} tone has been unpleasant for {amount:.0} s of speech")
        }
        MomentKind::Overlap => format!("Both have been speaking at once for {amount:.1} s"),
        MomentKind::Interruption => match moment.lane {
            Lane::Customer => "Customer has interrupted the agent".to_owned(),
            Lane::Agent => "Agent has interrupted the customer".to_owned(),
        },
        MomentKind::Silence => format!("Nobody has spoken for {amount:.0} s"),
        MomentKind::Pace => {
            let word = if amount > 0.0 { "faster" } else { "slower" };
            format!("{whose} speech is {word} than before ({amount:+.1} syllables/s)")
        }
        MomentKind::Positive => {
            let words = quote(moment.words.as_deref().unwrap_or_default(), QUOTES);
            format!("{whose} words turn glad: {words}")
        }
        MomentKind::Shout => format!("{whose} voice is raised to a shout ({amount:+.0} dB)"),
        MomentKind::Sigh => format!("{whose} voice gives way to a sigh"),
    }
}

pub(super) fn warning(warning: &Warning) -> String {
    let (whose, amount) = (warning.lane.map_or("Both", whose), warning.amount.unwrap_or_default());
    let echo = warning.echo_ms.unwrap_or_default();
    match warning.kind {
        WarningKind::Offset => format!(
            "{whose} line has an offset of {amount:.1} %, which was taken off: check the sound \
             card or gateway"
        ),
        WarningKind::Hum => format!(
            "{whose} line hums at {amount:.0} dBFS, which was taken off: check earthing and cables"
        ),
        WarningKind::Clipping => format!(
            "{whose} line is too loud, {amount:.1} % of its samples are cut off: turn the level \
             down"
        ),
        WarningKind::NotFinite => format!(
            "{whose} line has sent {amount:.0} samples that are no numbers, taken as silence: \
             check what sends them"
        ),
        WarningKind::Copy => "Both lanes carry the same sound, judged once as the customer's: \
                              record each side on a channel of its own"
            .to_owned(),
        WarningKind::Leak => format!(
            "{whose} lane also carries the other side at {amount:.0} dB, which is not judged \
             there: use separate channels or a headset"
        ),
        WarningKind::Echo => format!(
            "{whose} lane carries an echo of the other side after {echo:.0} ms at {amount:.0} dB, \
             which is not judged there: switch echo cancellation on"
        ),
        WarningKind::EmptyLane => format!(
            "{whose} lane has been without any sound for {amount:.0} s while the other side \
             spoke: check its microphone or stream"
        ),
    }
}

const fn whose(lane: Lane) -> &'static str {
    match lane {
        Lane::Customer => "Customer's",
        Lane::Agent => "Agent's",
    }
}

const fn word(kind: CueKind, up: bool) -> Option<[&'static str; 2]> {
    let word = match (kind, up) {
        (CueKind::Pitch, true) => "higher",
        (CueKind::Pitch, false) => "lower",
        (CueKind::Loudness, true) => "louder",
        (CueKind::Loudness, false) => "quieter",
        (CueKind::Rate, true) => "faster",
        (CueKind::Rate, false) => "slower",
        _ => return None,
    };
    Some([word, kind.unit()])
}
