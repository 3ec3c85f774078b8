//! Labels of corpora, mapped to the seven tones.

use undertone_signal::Tone;

/// Labels that map to one of the seven, besides the seven themselves. The training
/// code uses the same mapping.
const SYNONYMS: [(&str, Tone); 25] = [
    ("calm", Tone::Neutral),
    ("bored", Tone::Neutral),
    ("boredom", Tone::Neutral),
    ("anger", Tone::Angry),
    ("annoyed", Tone::Angry),
    ("frustrated", Tone::Angry),
    ("frustration", Tone::Angry),
    ("irritated", Tone::Angry),
    ("amusement", Tone::Happy),
    ("excited", Tone::Happy),
    ("happiness", Tone::Happy),
    ("joy", Tone::Happy),
    ("joyful", Tone::Happy),
    ("disappointed", Tone::Sad),
    ("disappointment", Tone::Sad),
    ("sadness", Tone::Sad),
    ("afraid", Tone::Fearful),
    ("anxiety", Tone::Fearful),
    ("anxious", Tone::Fearful),
    ("distress", Tone::Fearful),
    ("fear", Tone::Fearful),
    ("disgusted", Tone::Disgust),
    ("contempt", Tone::Disgust),
    ("surprise", Tone::Surprised),
    ("pleasant surprise", Tone::Surprised),
];

/// A label in the form of the reports: lower case, words separated by one space.
pub(crate) fn normalise(label: &str) -> String {
    let spaced = label.replace(['_', '-'], " ").to_lowercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tone of a normalised label, if it has one.
pub(crate) fn tone(label: &str) -> Option<Tone> {
    let synonym = || SYNONYMS.iter().find(|(word, _)| *word == label).map(|&(_, tone)| tone);
    Tone::from_name(label).or_else(synonym)
}

/// True for the labels of a speaker's baseline: calm speech only, without labels that
/// are merely mapped to neutral.
pub(crate) fn is_calm(label: &str) -> bool {
    matches!(label, "neutral" | "calm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_corpora_become_tones() {
        for tone_of in Tone::ALL {
            assert_eq!(tone(tone_of.name()), Some(tone_of));
        }
        assert_eq!(tone(&normalise("Pleasant_Surprise")), Some(Tone::Surprised));
        assert_eq!(tone(&normalise(" FEAR ")), Some(Tone::Fearful));
        assert_eq!(tone("smug"), None);
        assert!(is_calm("calm") && !is_calm("bored"));
    }
}
