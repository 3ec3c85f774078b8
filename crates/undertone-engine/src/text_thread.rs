//! The thread that owns the text model: words in, words with scores out.

use crate::Heard;
use crate::messages::{StateInput, TEXT_QUEUE};
use crossbeam::channel::{Receiver, Sender};
use std::collections::{HashMap, VecDeque};
use undertone_infer::{TextInput, TextModel, TextScores};
use undertone_signal::{LaneKey, RunId, Transcript};

/// Turns of the same speaker that are the context of a new one.
const TURNS: usize = 2;

/// Between the recognisers and the state thread: everything passes through, and the words of
/// finals get their scores.
pub(crate) struct TextThread {
    model: Box<dyn TextModel>,
    memory: Memory,
    scores: Vec<TextScores>,
}

impl TextThread {
    /// `lanes` is how many speakers there are at most at a time.
    pub(crate) fn new(model: Box<dyn TextModel>, lanes: usize) -> Self {
        Self { model, memory: Memory::new(lanes), scores: Vec::new() }
    }

    /// Runs until every sender or the receiver has gone. Words that arrived while the model was
    /// busy are scored in one batch.
    pub(crate) fn run(
        &mut self,
        inputs: &Receiver<StateInput>,
        ends: &Receiver<RunId>,
        state: &Sender<StateInput>,
    ) {
        let mut batch = Vec::with_capacity(TEXT_QUEUE);
        while let Ok(first) = inputs.recv() {
            ends.try_iter().for_each(|run| self.memory.forget(run));
            batch.push(first);
            batch.extend(inputs.try_iter().take(TEXT_QUEUE - 1));
            self.read(&mut batch);
            for input in batch.drain(..) {
                if state.send(input).is_err() {
                    return;
                }
            }
        }
    }

    /// Scores the finals of `batch`. After a failure the words have no scores.
    fn read(&mut self, batch: &mut [StateInput]) {
        let mut finals: Vec<_> = batch.iter_mut().filter_map(final_words).collect();
        let contexts: Vec<String> = finals
            .iter()
            .map(|(words, _)| {
                let context = self.memory.before(words);
                self.memory.add(words);
                context
            })
            .collect();
        let inputs: Vec<_> = (finals.iter().zip(&contexts))
            .map(|((words, _), context)| TextInput {
                text: &words.text,
                context,
                lane: words.key.lane,
            })
            .collect();
        if inputs.is_empty() {
            return;
        }
        let scored = self.model.score(&inputs, &mut self.scores);
        let cause = scored.err().map_or("the text model gave no scores".into(), |e| e.to_string());
        let mut scores = self.scores.drain(..);
        for (words, meaning) in &mut finals {
            let failed = || format!("{}: segment {}: {cause}", words.key.lane, words.segment);
            **meaning = Some(scores.next().ok_or_else(failed));
        }
    }
}

/// The words of a final, and the place of their scores.
fn final_words(
    input: &mut StateInput,
) -> Option<(&Transcript, &mut Option<Result<TextScores, String>>)> {
    match input {
        // The text model reads English alone.
        StateInput::Heard(Heard { words: Ok(Some(words)), is_final: true, meaning, .. })
            if words.is_english() =>
        {
            Some((words, meaning))
        }
        _ => None,
    }
}

/// The last words of each speaker.
struct Memory {
    speakers: HashMap<LaneKey, Speaker>,
    limit: usize,
    clock: u64,
}

#[derive(Default)]
struct Speaker {
    turns: VecDeque<String>,
    /// When it last spoke, as a count.
    used: u64,
}

impl Memory {
    fn new(limit: usize) -> Self {
        Self { speakers: HashMap::new(), limit: limit.max(1), clock: 0 }
    }

    /// The turns before `words`, oldest first.
    fn before(&mut self, words: &Transcript) -> String {
        let speaker = self.speakers.get_mut(&words.key);
        speaker.map_or_else(String::new, |speaker| speaker.turns.make_contiguous().join(" "))
    }

    /// `run` has ended.
    fn forget(&mut self, run: RunId) {
        self.speakers.retain(|key, _| key.run != run);
    }

    /// If there are too many, the speaker who has been silent longest is dropped.
    fn add(&mut self, words: &Transcript) {
        self.clock += 1;
        if !self.speakers.contains_key(&words.key) && self.speakers.len() >= self.limit {
            let oldest = self.speakers.iter().min_by_key(|(_, speaker)| speaker.used);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.speakers.remove(&key);
            }
        }
        let speaker = self.speakers.entry(words.key).or_default();
        speaker.used = self.clock;
        speaker.turns.push_back(words.text.clone());
        if speaker.turns.len() > TURNS {
            speaker.turns.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone_signal::{Lane, Probability, Span, StreamTime};

    fn words(run: u128, second: u64, text: &str) -> Transcript {
        let start = StreamTime::from_samples(second * 16_000);
        Transcript {
            key: LaneKey::new(RunId::from_u128(run), Lane::Customer),
            segment: second,
            span: Span { start, end: start + 8000 },
            text: text.into(),
            confidence: Probability::new(1.0),
            language: None,
            is_final: true,
        }
    }

    #[test]
    fn the_last_two_turns_of_the_same_speaker_are_remembered() {
        let mut memory = Memory::new(4);
        for (second, text) in [(1, "one"), (2, "two"), (3, "three")] {
            memory.add(&words(1, second, text));
        }
        assert_eq!(memory.before(&words(1, 4, "four")), "two three");
        assert_eq!(memory.before(&words(2, 4, "four")), "");
    }

    #[test]
    fn a_run_that_has_ended_is_forgotten_and_no_other() {
        let mut memory = Memory::new(4);
        memory.add(&words(1, 9, "nine"));
        memory.add(&words(2, 9, "other"));
        memory.forget(RunId::from_u128(1));
        assert_eq!(memory.before(&words(1, 10, "")), "");
        assert_eq!(memory.before(&words(2, 10, "")), "other");
    }

    #[test]
    fn the_longest_silent_speaker_is_forgotten_first() {
        let mut memory = Memory::new(2);
        for (run, second, text) in [(1, 1, "a"), (2, 1, "b"), (1, 2, "a"), (3, 1, "c")] {
            memory.add(&words(run, second, text));
        }
        assert_eq!(memory.before(&words(1, 3, "")), "a a");
        assert_eq!(memory.before(&words(2, 3, "")), "");
        assert_eq!(memory.speakers.len(), 2);
    }
}
