//! What must hold of alerts whatever is heard.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use undertone_fusion::{CallFusion, FusionConfig, LaneFusion, Observation, Words};
use undertone_signal::{
    Alert, AlertState, CueKind, Judgement, Lane, Probability, Prosody, Scores, Severity, Span,
    StreamTime, Tone,
};

fn scores(angry: f32) -> Scores {
    let rest = 1.0 - angry;
    let mut scores = Scores { arousal: angry - 0.2, ..Scores::default() };
    scores.probabilities = [Probability::new(0.1 * rest); 7];
    scores.probabilities[Tone::Angry.index()] = Probability::new(angry);
    scores.probabilities[Tone::Neutral.index()] = Probability::new(0.5 * rest);
    scores
}

fn hop(number: usize, angry: f32, f0: f32) -> Observation {
    let end = StreamTime::from_samples((number as u64 + 1) * 4000);
    Observation {
        span: Span::new(end.saturating_sub(32_000), end),
        speech_now: 1.0,
        prosody: Prosody { f0_hz: Some(f0), loudness_db: Some(-28.0), ..Prosody::default() },
        judgement: Some(Judgement {
            whole: scores(angry),
            recent: Scores { contrast: Some(4.0 + 6.0 * angry), ..scores(angry) },
        }),
    }
}

/// A calm voice that is angry in the hops of `when`.
fn call(hops: usize, when: std::ops::Range<usize>) -> Vec<Observation> {
    (0..hops)
        .map(|n| if when.contains(&n) { hop(n, 0.9, 190.0) } else { hop(n, 0.1, 120.0) })
        .collect()
}

/// The same call with another contrast.
fn contrasted(mut hops: Vec<Observation>, contrast: impl Fn(usize) -> f32) -> Vec<Observation> {
    for (number, hop) in hops.iter_mut().enumerate() {
        let judgement = hop.judgement.as_mut().unwrap();
        judgement.recent.contrast = Some(contrast(number));
    }
    hops
}

fn words(start_s: f64, end_s: f64, anger: f32, gladness: f32) -> Words {
    Words {
        span: Span::new(StreamTime::from_seconds(start_s), StreamTime::from_seconds(end_s)),
        text: "third time I'm calling".into(),
        confidence: Probability::new(0.9),
        anger: Probability::new(anger),
        gladness: Probability::new(gladness),
    }
}

/// Plays hops, and words after the hop with their number.
fn play(hops: &[Observation], said: &[(usize, Words)]) -> Vec<Alert> {
    let mut lane = LaneFusion::new(Lane::Customer, FusionConfig::default()).unwrap();
    let mut steps = Vec::new();
    for (number, hop) in hops.iter().enumerate() {
        steps.extend(lane.observe(hop).alert);
        for (_, words) in said.iter().filter(|(after, _)| *after == number) {
            steps.extend(lane.words(words).alert);
        }
    }
    steps
}

fn states(steps: &[Alert]) -> Vec<AlertState> {
    steps.iter().map(|step| step.state).collect()
}

use AlertState::{Cleared, Confirmed, Raised};

#[test]
fn calm_speech_raises_nothing() {
    assert!(play(&call(800, 0..0), &[]).is_empty());
}

#[test]
fn a_turn_of_tone_is_raised_confirmed_and_cleared_under_one_onset() {
    let steps = play(&call(200, 80..112), &[]);
    assert_eq!(states(&steps), [Raised, Confirmed, Cleared]);
    assert!(steps.iter().all(|step| step.onset == steps[0].onset));
    assert!((20.0..20.5).contains(&steps[0].onset.seconds()));
    assert!(steps[0].at.seconds() <= 21.5, "raised at {}", steps[0].at.seconds());
    let pitch = steps[0].evidence.cues.iter().find(|cue| cue.kind == CueKind::Pitch).unwrap();
    assert!(pitch.change > 3.0, "{pitch:?}");
    assert!(steps[0].evidence.probability.get() > 0.5);
}

#[test]
fn a_call_that_opens_angry_is_raised_without_a_baseline() {
    // Beyond what people differ in: of mild anger nobody can tell whether it is their own.
    let hops: Vec<_> = (0..40).map(|n| hop(n, 0.97, 260.0)).collect();
    assert_eq!(states(&play(&hops, &[])).first(), Some(&Raised));
}

#[test]
fn contrast_counts_against_the_speakers_own_whatever_that_is() {
    // The network hears little, the prosody much.
    let hops = || (0..200).map(|n| hop(n, if n < 160 { 0.1 } else { 0.3 }, 120.0)).collect();
    for own in [-3.0, 4.4, 9.0] {
        let turned = contrasted(hops(), |n| own + if n < 160 { 0.0 } else { 5.0 });
        let same = contrasted(hops(), |_| own);
        assert_eq!(states(&play(&turned, &[]))[..1], [AlertState::Raised], "{own}");
        assert_eq!(play(&same, &[]), [], "{own}");
    }
}

#[test]
fn contrast_alone_raises_nothing() {
    let hops = (0..200).map(|n| hop(n, 0.1, 120.0)).collect();
    let broken = contrasted(hops, |n| if n < 160 { 4.4 } else { 1e6 });
    assert_eq!(play(&broken, &[]), []);
}

#[test]
fn silence_changes_nothing() {
    let silent = call(100, 0..100)
        .into_iter()
        .map(|hop| Observation { judgement: None, speech_now: 0.0, ..hop })
        .collect::<Vec<_>>();
    assert!(play(&silent, &[]).is_empty());
}

#[test]
fn words_that_agree_confirm_whether_they_come_early_or_late() {
    let hops = call(200, 80..112);
    for (after, said) in [(78, words(18.0, 19.4, 0.8, 0.0)), (140, words(20.2, 23.0, 0.8, 0.0))] {
        let steps = play(&hops, &[(after, said)]);
        let agreed: Vec<_> = steps.iter().filter(|step| step.evidence.words.is_some()).collect();
        assert!(!agreed.is_empty() || after > 120, "{:?}", states(&steps));
        assert_eq!(states(&steps).iter().filter(|state| **state == Raised).count(), 1);
    }
    let steps = play(&hops, &[(88, words(20.2, 22.0, 0.8, 0.0))]);
    let confirmed = steps.iter().rfind(|step| step.state == Confirmed).unwrap();
    let said = confirmed.evidence.words.as_ref().unwrap();
    assert_eq!((said.text.as_str(), said.anger.get()), ("third time I'm calling", 0.8));
}

#[test]
fn words_raise_alone_only_when_very_sure_and_calm_clears_it() {
    let hops = call(200, 0..0);
    assert!(play(&hops, &[(80, words(18.0, 20.0, 0.85, 0.0))]).is_empty());
    let steps = play(&hops, &[(80, words(18.0, 20.0, 0.95, 0.0))]);
    assert_eq!(states(&steps), [Raised, Cleared]);
    let unsure = Words { confidence: Probability::new(0.3), ..words(18.0, 20.0, 0.95, 0.0) };
    assert!(play(&hops, &[(80, unsure)]).is_empty());
}

#[test]
fn the_events_of_one_lane_do_not_depend_on_the_other() {
    let (angry, calm) = (call(200, 80..112), call(200, 0..0));
    let customer = |with_agent: bool, agent_first: bool| {
        let lanes = [Lane::Customer, Lane::Agent];
        let mut call = CallFusion::new(&lanes, &FusionConfig::default()).unwrap();
        let mut steps = Vec::new();
        for (hop, other) in angry.iter().zip(&calm) {
            if with_agent && agent_first {
                call.observe(Lane::Agent, other);
            }
            steps.extend(call.observe(Lane::Customer, hop).alert);
            if with_agent && !agent_first {
                call.observe(Lane::Agent, other);
            }
        }
        steps
    };
    assert_eq!(customer(false, false), customer(true, false));
    assert_eq!(customer(false, false), customer(true, true));
    assert_eq!(customer(false, false), play(&angry, &[]));
}

proptest! {
    #[test]
    fn the_order_of_other_calls_windows_changes_nothing(order in Just(()).prop_perturb(|(), mut rng| {
        (0..400).map(|_| rng.random::<bool>()).collect::<Vec<_>>()
    })) {
        let calls = [call(200, 80..112), call(200, 20..60)];
        let lanes = || LaneFusion::new(Lane::Customer, FusionConfig::default()).unwrap();
        let (mut fusions, mut steps) = ([lanes(), lanes()], [Vec::new(), Vec::new()]);
        let mut next = [0, 0];
        for first in order {
            let which = usize::from(first);
            let which = if next[which] < calls[which].len() { which } else { 1 - which };
            steps[which].extend(fusions[which].observe(&calls[which][next[which]]).alert);
            next[which] += 1;
        }
        prop_assert_eq!(&steps[0], &play(&calls[0], &[]));
        prop_assert_eq!(&steps[1], &play(&calls[1], &[]));
    }
}

/// Stretches of speech: how angry, how high, how many hops, silent or not.
fn any_call() -> impl Strategy<Value = Vec<Observation>> {
    let stretch = (0.0_f32..1.0, 80.0_f32..300.0, 1_usize..30, proptest::bool::weighted(0.2));
    proptest::collection::vec(stretch, 1..12).prop_map(|stretches| {
        let mut hops = Vec::new();
        for (angry, f0, count, silent) in stretches {
            for _ in 0..count {
                let mut next = hop(hops.len(), angry, f0);
                if silent {
                    (next.judgement, next.speech_now) = (None, 0.0);
                }
                hops.push(next);
            }
        }
        hops
    })
}

/// Words that come after any hop, about any stretch, saying anything.
fn any_words() -> impl Strategy<Value = Vec<(usize, Words)>> {
    let one = (0_usize..300, 0.0_f64..80.0, 0.1_f64..8.0, 0.0_f32..1.0, 0.0_f32..1.0);
    proptest::collection::vec(one, 0..12).prop_map(|all| {
        all.into_iter()
            .map(|(after, start, length, anger, gladness)| {
                (after, words(start, start + length, anger, gladness))
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn one_alert_at_a_time_each_with_its_life(hops in any_call(), said in any_words()) {
        let mut open = false;
        for step in play(&hops, &said) {
            match step.state {
                Raised => { prop_assert!(!open); open = true; }
                Confirmed => prop_assert!(open),
                Cleared => { prop_assert!(open); open = false; }
            }
        }
    }

    #[test]
    fn no_alert_without_evidence(hops in any_call(), said in any_words()) {
        let by_words = said.iter().any(|(_, words)| words.anger.get() >= 0.9);
        for step in play(&hops, &said) {
            prop_assert!(!step.evidence.cues.is_empty() || by_words);
            prop_assert!(step.onset <= step.at || by_words);
        }
    }

    #[test]
    fn words_never_lose_what_the_voice_has_raised(hops in any_call(), said in any_words()) {
        let heard = play(&hops, &said);
        for raised in play(&hops, &[]).iter().filter(|step| step.state == Raised) {
            let told = heard.iter().any(|step| {
                step.at == raised.at && matches!(step.state, Raised | Confirmed)
            });
            prop_assert!(told, "lost at {:?}: {heard:#?}", raised.at);
        }
    }

    #[test]
    fn the_same_call_gives_the_same_alerts(hops in any_call(), said in any_words()) {
        prop_assert_eq!(play(&hops, &said), play(&hops, &said));
    }
}

#[test]
fn glad_words_clear_a_mild_alert_and_nothing_else() {
    let hops = call(200, 80..112);
    let raised = play(&hops, &[])[0].clone();
    let after = (raised.at.seconds() * 4.0) as usize;
    let glad = words(raised.at.seconds(), raised.at.seconds() + 1.0, 0.0, 0.95);
    let steps = play(&hops, &[(after, glad)]);
    let cleared = steps.iter().find(|step| step.state == Cleared).unwrap();
    let early = cleared.at.seconds() < 24.0;
    assert_eq!(early, raised.severity == Severity::Mild);
}
