//! Sentences in German.

use super::{changes, join, quote, short};
use undertone_signal::{Alert, CueKind, Lane, Moment, MomentKind, Tone, Warning, WarningKind};

const QUOTES: [char; 2] = ['„', '“'];

pub(super) fn alert(alert: &Alert) -> String {
    let evidence = &alert.evidence;
    let whose = whose(alert.lane);
    let sounds = format!("klingt {} ({})", tone(alert.tone), short(evidence.probability.get()));
    let changes = changes(&evidence.cues, word);
    let mut sentence = if changes.is_empty() {
        format!("Stimme {whose}: {sounds}, mehr als zuvor")
    } else {
        format!("Stimme {whose}: {} als zuvor; {sounds}", join(&changes, "und"))
    };
    if let Some(words) = &evidence.words {
        let (quote, anger) = (quote(&words.text, QUOTES), short(words.anger.get()));
        sentence = format!("{sentence}; Worte: {quote} (Ärger {anger})");
    }
    sentence
}

pub(super) fn moment(moment: &Moment) -> String {
    let (whose, amount) = (whose(moment.lane), moment.amount.unwrap_or_default());
    match moment.kind {
        MomentKind::Rising => format!("Der Ton {whose} wird schlechter"),
        MomentKind::Negative => {
            format!("Der Ton {whose} ist seit {amount:.0} s Sprechzeit unfreundlich")
        }
        MomentKind::Overlap => format!("Beide sprechen seit {amount:.1} s gleichzeitig"),
        MomentKind::Interruption => match moment.lane {
            Lane::Customer => "Der Kunde hat den Agenten unterbrochen".to_owned(),
            Lane::Agent => "Der Agent hat den Kunden unterbrochen".to_owned(),
        },
        MomentKind::Silence => format!("Seit {amount:.0} s spricht niemand"),
        MomentKind::Pace => {
            let word = if amount > 0.0 { "schneller" } else { "langsamer" };
            format!("Das Sprechtempo {whose} ist {word} als zuvor ({amount:+.1} Silben/s)")
        }
        MomentKind::Positive => {
            let words = quote(moment.words.as_deref().unwrap_or_default(), QUOTES);
            format!("Die Worte {whose} werden freundlich: {words}")
        }
        MomentKind::Shout => format!("Die Stimme {whose} wird zum Schreien ({amount:+.0} dB)"),
        MomentKind::Sigh => format!("Die Stimme {whose} geht in ein Seufzen über"),
    }
}

pub(super) fn warning(warning: &Warning) -> String {
    let whose = warning.lane.map_or("beider Seiten", whose);
    let amount = warning.amount.unwrap_or_default();
    let echo = warning.echo_ms.unwrap_or_default();
    match warning.kind {
        WarningKind::Offset => format!(
            "Die Leitung {whose} hat einen Gleichanteil von {amount:.1} %, der abgezogen wurde: \
             Soundkarte oder Gateway prüfen"
        ),
        WarningKind::Hum => format!(
            "Die Leitung {whose} brummt mit {amount:.0} dBFS, was abgezogen wurde: Erdung und \
             Kabel prüfen"
        ),
        WarningKind::Clipping => format!(
            "Die Leitung {whose} ist zu laut, {amount:.1} % der Samples sind abgeschnitten: Pegel \
             senken"
        ),
        WarningKind::NotFinite => format!(
            "Die Leitung {whose} hat {amount:.0} Samples gesendet, die keine Zahlen sind und als \
             Stille gelten: Absender prüfen"
        ),
        WarningKind::Copy => "Beide Spuren tragen denselben Ton, einmal als Kunde gewertet: jede \
                              Seite auf einem eigenen Kanal aufnehmen"
            .to_owned(),
        WarningKind::Leak => format!(
            "Auf der Spur {whose} ist auch die andere Seite mit {amount:.0} dB, dort nicht \
             gewertet: getrennte Kanäle oder ein Headset verwenden"
        ),
        WarningKind::Echo => format!(
            "Auf der Spur {whose} ist ein Echo der anderen Seite nach {echo:.0} ms mit \
             {amount:.0} dB, dort nicht gewertet: Echounterdrückung einschalten"
        ),
        WarningKind::EmptyLane => format!(
            "Die Spur {whose} war {amount:.0} s lang ohne jeden Ton, während die andere Seite \
             sprach: Mikrofon oder Datenstrom prüfen"
        ),
    }
}

const fn whose(lane: Lane) -> &'static str {
    match lane {
        Lane::Customer => "des Kunden",
        Lane::Agent => "des Agenten",
    }
}

const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "ruhig",
        Tone::Angry => "verärgert",
        Tone::Happy => "fröhlich",
        Tone::Sad => "traurig",
        Tone::Fearful => "ängstlich",
        Tone::Disgust => "angewidert",
        Tone::Surprised => "überrascht",
    }
}

const fn word(kind: CueKind, up: bool) -> Option<[&'static str; 2]> {
    Some(match (kind, up) {
        (CueKind::Pitch, true) => ["höher", "Halbtöne"],
        (CueKind::Pitch, false) => ["tiefer", "Halbtöne"],
        (CueKind::Loudness, true) => ["lauter", "dB"],
        (CueKind::Loudness, false) => ["leiser", "dB"],
        (CueKind::Rate, true) => ["schneller", "Silben/s"],
        (CueKind::Rate, false) => ["langsamer", "Silben/s"],
        _ => return None,
    })
}
