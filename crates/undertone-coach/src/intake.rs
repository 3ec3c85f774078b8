//! From events to the conversation: the one file that knows the wire form.

use crate::conversation::{Charge, Conversation, Hop, Interruption, Turn};
use crate::cues::Cues;
use undertone_signal::{
    Alert, AlertState, Event, EventBody, Lane, MomentKind, ToneEvent, TranscriptEvent,
};

/// Takes `event` into `call`.
pub(crate) fn take(call: &mut Conversation, event: &Event, cues: &Cues) {
    call.now = call.now.max(event.stream);
    if call.began_ms.is_none() {
        call.began_ms = Some(event.time.as_millisecond());
    }
    match &event.body {
        EventBody::Tone(tone) => take_tone(call, tone),
        EventBody::Segment(segment) => call.speech.push((segment.lane, segment.span)),
        EventBody::Transcript(words) => take_words(call, event.seq, words, cues),
        EventBody::Alert(alert) => take_alert(call, event.seq, alert),
        EventBody::Moment(moment) if moment.kind == MomentKind::Interruption => {
            let (seq, lane, at) = (event.seq, moment.lane, moment.onset);
            call.interruptions.push(Interruption { seq, lane, at });
        }
        _ => {}
    }
}

/// Only the customer's voice: how an agent sounds is nobody's business here.
fn take_tone(call: &mut Conversation, tone: &ToneEvent) {
    if let (Lane::Customer, Some(valence)) = (tone.lane, tone.valence) {
        call.hops.push(Hop { at: tone.span.end, valence });
    }
}

fn take_words(call: &mut Conversation, seq: u64, words: &TranscriptEvent, cues: &Cues) {
    let meaning = words.meaning.as_ref();
    let names = || meaning.into_iter().flat_map(|meaning| &meaning.signals).map(|hit| &*hit.name);
    let found = cues.find(words.lane, &words.text).and(cues.of_signals(words.lane, names()));
    call.signals.extend(names().map(str::to_owned));
    let turn = Turn {
        seq,
        lane: words.lane,
        span: words.span,
        text: words.text.clone(),
        cues: found,
        valence: meaning.map(|meaning| meaning.valence),
    };
    if words.is_final { call.say(turn) } else { call.begin_saying(turn) }
}

fn take_alert(call: &mut Conversation, seq: u64, alert: &Alert) {
    let known = call.charges.iter_mut().find(|charge| charge.alert == alert.id);
    let Some(charge) = known else {
        let cleared = (alert.state == AlertState::Cleared).then_some(alert.at);
        return call.charges.push(Charge {
            seq,
            alert: alert.id,
            lane: alert.lane,
            tone: alert.tone,
            severity: alert.severity,
            onset: alert.onset,
            at: alert.at,
            cleared,
        });
    };
    charge.severity = charge.severity.max(alert.severity);
    if alert.state == AlertState::Cleared {
        charge.cleared = Some(alert.at);
    }
}
