"""The label sets: GoEmotions' 28 emotions, its Ekman groups, our tones, valence."""

EMOTIONS = [
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion",
    "curiosity", "desire", "disappointment", "disapproval", "disgust", "embarrassment",
    "excitement", "fear", "gratitude", "grief", "joy", "love", "nervousness", "optimism",
    "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
]
INDEX = {name: i for i, name in enumerate(EMOTIONS)}

# The grouping of the GoEmotions paper, in the order of its ekman/labels.txt.
EKMAN = ["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"]
EKMAN_OF = {
    "anger": "anger", "annoyance": "anger", "disapproval": "anger", "disgust": "disgust",
    "fear": "fear", "nervousness": "fear",
    **dict.fromkeys(
        "admiration amusement approval caring desire excitement gratitude joy love optimism "
        "pride relief".split(), "joy"),
    **dict.fromkeys("disappointment embarrassment grief remorse sadness".split(), "sadness"),
    **dict.fromkeys("confusion curiosity realization surprise".split(), "surprise"),
    "neutral": "neutral",
}

TONES = ["neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised"]

# How much of each tone an emotion carries. A caller who asks or wonders is calm,
# and "yes, that is right" (approval) is not joy: those go mostly to neutral.
TONE_OF = {
    "anger": {"angry": 1}, "annoyance": {"angry": 1},
    "disapproval": {"angry": 0.7, "neutral": 0.3},
    "disgust": {"disgust": 1}, "fear": {"fearful": 1}, "nervousness": {"fearful": 1},
    "admiration": {"happy": 1}, "amusement": {"happy": 1}, "excitement": {"happy": 1},
    "gratitude": {"happy": 1}, "joy": {"happy": 1}, "love": {"happy": 1},
    "pride": {"happy": 1}, "relief": {"happy": 1},
    "optimism": {"happy": 0.7, "neutral": 0.3}, "approval": {"happy": 0.4, "neutral": 0.6},
    "caring": {"happy": 0.5, "neutral": 0.5}, "desire": {"happy": 0.3, "neutral": 0.7},
    "disappointment": {"sad": 0.7, "angry": 0.3}, "embarrassment": {"sad": 1},
    "grief": {"sad": 1}, "remorse": {"sad": 1}, "sadness": {"sad": 1},
    "confusion": {"neutral": 0.7, "surprised": 0.3},
    "curiosity": {"neutral": 0.9, "surprised": 0.1},
    "realization": {"neutral": 0.6, "surprised": 0.4}, "surprise": {"surprised": 1},
    "neutral": {"neutral": 1},
}

NEGATIVE = ("anger annoyance disappointment disapproval disgust embarrassment fear grief "
            "nervousness remorse sadness").split()
POSITIVE = ("admiration amusement approval caring desire excitement gratitude joy love "
            "optimism pride relief").split()

VALENCES = ["negative", "neutral", "positive"]


def tone_target(emotions):
    """Mean tone distribution of a list of emotion names."""
    target = [0.0] * len(TONES)
    for emotion in emotions:
        for tone, share in TONE_OF[emotion].items():
            target[TONES.index(tone)] += share / len(emotions)
    return target


def valence_target(emotions):
    """Mean distribution over negative, neutral, positive of a list of emotion names."""
    target = [0.0, 0.0, 0.0]
    for emotion in emotions:
        place = 0 if emotion in NEGATIVE else 2 if emotion in POSITIVE else 1
        target[place] += 1.0 / len(emotions)
    return target


def ekman_target(emotions):
    """0/1 for each Ekman group."""
    groups = {EKMAN_OF[emotion] for emotion in emotions}
    return [float(group in groups) for group in EKMAN]
