//! What people have said, and events without it.

use std::borrow::Cow;
use undertone_signal::EventBody;

/// `body` with every word that a person has said blanked; numbers and judgements stay.
pub(crate) fn blanked(body: &EventBody) -> Cow<'_, EventBody> {
    if !has_words(body) {
        return Cow::Borrowed(body);
    }
    let mut body = body.clone();
    match &mut body {
        EventBody::Transcript(transcript) => transcript.text.clear(),
        EventBody::Alert(alert) => {
            if let Some(words) = &mut alert.evidence.words {
                words.text.clear();
            }
        }
        EventBody::Moment(moment) => moment.words = moment.words.as_ref().map(|_| String::new()),
        // Keys may be a card's number.
        EventBody::ToneDetected(tone) => tone.digit = None,
        _ => {}
    }
    Cow::Owned(body)
}

fn has_words(body: &EventBody) -> bool {
    match body {
        EventBody::Transcript(transcript) => !transcript.text.is_empty(),
        EventBody::Alert(alert) => {
            alert.evidence.words.as_ref().is_some_and(|words| !words.text.is_empty())
        }
        EventBody::Moment(moment) => moment.words.as_ref().is_some_and(|words| !words.is_empty()),
        EventBody::ToneDetected(tone) => tone.digit.is_some(),
        EventBody::Start(_)
        | EventBody::Warning(_)
        | EventBody::Tone(_)
        | EventBody::Segment(_)
        | EventBody::Error(_)
        | EventBody::Summary(_) => false,
    }
}
