//! When moments are told, on both sides of their thresholds.
#![allow(clippy::unwrap_used)]

use undertone_fusion::{FusionConfig, LaneFusion, MomentRules, Observation, Words};
use undertone_signal::{
    Judgement, Lane, MomentKind, Probability, Prosody, Scores, Span, StreamTime, Tone,
};

/// A hop of speech: how likely sad, and its prosody.
fn hop(number: usize, sad: f32, prosody: Prosody) -> Observation {
    let end = StreamTime::from_samples((number as u64 + 1) * 4000);
    let mut scores = Scores::default();
    scores.probabilities[Tone::Sad.index()] = Probability::new(sad);
    scores.probabilities[Tone::Neutral.index()] = Probability::new(1.0 - sad);
    Observation {
        span: Span::new(end.saturating_sub(32_000), end),
        speech_now: 1.0,
        prosody,
        judgement: Some(Judgement { whole: scores, recent: scores }),
    }
}

fn voice(f0: f32, loudness: f32, rate: f32) -> Prosody {
    Prosody {
        f0_hz: Some(f0),
        loudness_db: Some(loudness),
        rate_hz: Some(rate),
        ..Prosody::default()
    }
}

const CALM: (f32, f32, f32) = (120.0, -28.0, 5.0);

fn calm() -> Prosody {
    voice(CALM.0, CALM.1, CALM.2)
}

/// Twenty seconds of calm speech, then `turn` for the hops counted from there; the
/// kinds of moments told and when, in seconds after the turn.
fn after_calm(hops: usize, turn: impl Fn(usize) -> Observation) -> Vec<(MomentKind, f64)> {
    with(MomentRules::default(), hops, turn)
}

fn with(
    moments: MomentRules,
    hops: usize,
    turn: impl Fn(usize) -> Observation,
) -> Vec<(MomentKind, f64)> {
    let config = FusionConfig { moments, ..FusionConfig::default() };
    let mut lane = LaneFusion::new(Lane::Customer, config).unwrap();
    let calm = (0..80).map(|n| hop(n, 0.0, self::calm()));
    let turned =
        (80..80 + hops).map(|n| Observation { span: hop(n, 0.0, self::calm()).span, ..turn(n) });
    calm.chain(turned)
        .flat_map(|hop| lane.observe(&hop).moments)
        .map(|moment| (moment.kind, moment.at.seconds() - 20.0))
        .collect()
}

fn kinds(told: &[(MomentKind, f64)]) -> Vec<MomentKind> {
    told.iter().map(|(kind, _)| *kind).collect()
}

#[test]
fn an_unpleasant_tone_is_told_once_it_has_lasted() {
    let sad = |number| hop(number, 0.9, calm());
    let told = after_calm(60, sad);
    assert_eq!(kinds(&told), [MomentKind::Negative]);
    assert!((12.0..12.5).contains(&told[0].1), "{told:?}");
    assert!(after_calm(40, sad).is_empty(), "ten seconds are not enough");
    let rules = MomentRules { negative_s: 5.0, ..MomentRules::default() };
    assert_eq!(kinds(&with(rules, 40, sad)), [MomentKind::Negative]);
}

#[test]
fn speech_that_becomes_faster_or_slower_is_told() {
    for (rate, told) in [(7.5, 1), (2.5, 1), (6.5, 0), (3.5, 0)] {
        let moments = after_calm(16, |number| hop(number, 0.0, voice(CALM.0, CALM.1, rate)));
        assert_eq!(kinds(&moments), vec![MomentKind::Pace; told], "{rate} syllables a second");
    }
}

#[test]
fn a_shout_is_louder_and_higher_and_lasts() {
    let told = |f0, loudness, hops| {
        let moments = after_calm(hops, |n| hop(n, 0.0, voice(f0, loudness, CALM.2)));
        moments.iter().filter(|(kind, _)| *kind == MomentKind::Shout).count()
    };
    assert_eq!(told(170.0, -16.0, 8), 1);
    assert_eq!(told(170.0, -22.0, 8), 0, "raised, but not shouted");
    assert_eq!(told(120.0, -16.0, 8), 0, "only closer to the microphone");
    assert_eq!(told(170.0, -16.0, 1), 0, "one loud word");
}

#[test]
fn a_sigh_is_breath_without_a_voice_and_then_nothing() {
    let breath = Prosody { loudness_db: Some(-40.0), ..Prosody::default() };
    let told = |breaths: usize, then: Prosody, speech_now: f32| {
        let moments = after_calm(breaths + 2, |number| {
            if number < 80 + breaths {
                return Observation { judgement: None, ..hop(number, 0.0, breath) };
            }
            Observation { speech_now, judgement: None, ..hop(number, 0.0, then) }
        });
        moments.iter().filter(|(kind, _)| *kind == MomentKind::Sigh).count()
    };
    assert_eq!(told(4, breath, 0.0), 1);
    assert_eq!(told(2, breath, 0.0), 0, "too short");
    assert_eq!(told(20, breath, 0.0), 0, "a noise on the line");
    assert_eq!(told(4, calm(), 1.0), 0, "the beginning of a word");
}

#[test]
fn glad_words_are_a_good_moment() {
    let config = FusionConfig::default();
    let said = |gladness: f32| {
        let mut lane = LaneFusion::new(Lane::Customer, config.clone()).unwrap();
        let words = Words {
            span: Span::new(StreamTime::from_seconds(1.0), StreamTime::from_seconds(2.0)),
            text: "thank you so much".into(),
            confidence: Probability::new(0.9),
            anger: Probability::new(0.0),
            gladness: Probability::new(gladness),
        };
        lane.words(&words).moments.len()
    };
    assert_eq!((said(0.7), said(0.5)), (1, 0));
}

/// A voice that is calm for so many hops and then worse for good, in pitch and in how likely
/// it is angry; when that is told, in hops.
fn worse_after(calm_hops: usize, f0: f32, angry: f32) -> Vec<usize> {
    let mut lane = LaneFusion::new(Lane::Customer, FusionConfig::default()).unwrap();
    let hop = |number| {
        let (f0, angry) = if number < calm_hops { (CALM.0, 0.3) } else { (f0, angry) };
        let mut scores = Scores { arousal: angry - 0.18, ..Scores::default() };
        scores.probabilities[Tone::Neutral.index()] = Probability::new(0.9 - angry);
        scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
        let judgement = Some(Judgement { whole: scores, recent: scores });
        Observation { judgement, ..hop(number, 0.0, voice(f0, CALM.1, CALM.2)) }
    };
    let warned = |number: &usize| {
        let moments = lane.observe(&hop(*number)).moments;
        moments.iter().any(|moment| moment.kind == MomentKind::Rising)
    };
    (0..calm_hops + 60).filter(warned).collect()
}

#[test]
fn a_tone_that_gets_worse_is_told_but_not_of_a_voice_hardly_heard() {
    let voices = [130.0, 150.0, 200.0, 300.0].map(|f0| [0.4, 0.5, 0.6, 0.7].map(|p| (f0, p)));
    let voices = voices.concat();
    assert!(voices.iter().any(|&(f0, angry)| !worse_after(80, f0, angry).is_empty()));
    for calm_hops in (0..40).step_by(4) {
        for &(f0, angry) in &voices {
            let early = worse_after(calm_hops, f0, angry).into_iter().find(|&hop| hop < 28);
            assert_eq!(early, None, "{calm_hops} calm hops, then {f0} Hz and {angry}");
        }
    }
}
