"""Reads the corpora and makes training examples of them. Test splits are never read here."""

import csv
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import labels
import service
import signals
import speech

NEUTRAL_TONE = [1.0, 0, 0, 0, 0, 0, 0]
# Emotions that a calm request does not carry. The others (curiosity, confusion,
# desire, approval ...) are left open: many bank questions do carry them.
CALM_ZERO = ("anger annoyance amusement disgust embarrassment excitement fear grief joy love "
             "nervousness pride remorse sadness").split()
# Bank questions that report something gone wrong: calm in tone, but not neutral in valence.
TROUBLE = re.compile(
    r"still|not (?:work|received|arriv|show|let)|n't|wrong|declin|fail|charged|lost|stolen|fee|"
    r"cancel|stuck|broken|missing|refund|compromis|swallow|delay|late|problem|issue|why", re.I)


@dataclass
class Example:
    """One text with a target (or none) for each head."""

    text: str
    emotions: list | None = None
    mask: list | None = None
    tone: list | None = None
    valence: list | None = None
    ekman: list | None = None
    signals: tuple | None = None
    weight: float = 1.0
    row: int = field(default=-1)


def goemotions(root: Path, split: str):
    """One split of GoEmotions with all targets."""
    out = []
    with open(root / "goemotions/original" / f"{split}.tsv", encoding="utf-8") as file:
        for line in file:
            text, numbers, _ = line.rstrip("\n").split("\t")
            names = [labels.EMOTIONS[int(n)] for n in numbers.split(",")]
            multi = [float(name in names) for name in labels.EMOTIONS]
            out.append(Example(text, multi, [1.0] * 28, labels.tone_target(names),
                               labels.valence_target(names), labels.ekman_target(names),
                               signals.other_target(text)))
    return out


def calm(text, valence, weight):
    """A service sentence without feeling."""
    mask = [0.5 if name in CALM_ZERO else 0.0 for name in labels.EMOTIONS]
    return Example(text, [0.0] * 28, mask, NEUTRAL_TONE, valence, None,
                   signals.other_target(text), weight)


def banking(root: Path):
    """Banking77's training split as calm service language."""
    with open(root / "banking77/train.csv", encoding="utf-8", newline="") as file:
        rows = [" ".join(row["text"].split()) for row in csv.DictReader(file)]
    return [calm(t, None if TROUBLE.search(t) else [0, 1.0, 0], 0.4) for t in rows]


def taskmaster(root: Path):
    """Utterances of ordering dialogues, each text once, thanks left out of the neutral ones."""
    seen = {}
    with open(root / "taskmaster4.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not re.search(r"thank|great|perfect|sorry|awesome|wonderful", row["text"], re.I):
                seen[row["text"]] = None
    return [calm(text, [0, 1.0, 0], 0.4) for text in seen]


def own_service(count, seed):
    """The grammar of service.py."""
    out = []
    for text, _, (emotions, tone, valence) in service.sentences(count, seed):
        if emotions is None or emotions == ["neutral"]:
            example = calm(text, valence, 0.6)
            example.tone = [float(x) for x in tone]
            if emotions is None:
                example.mask = None
        else:
            multi = [0.8 if name in emotions else 0.0 for name in labels.EMOTIONS]
            # The grammar names the emotion it meant; related ones are left open.
            mask = [0.5 if name in emotions or name == "neutral" else 0.0
                    for name in labels.EMOTIONS]
            example = Example(text, multi, mask, [float(x) for x in tone],
                              [float(x) for x in valence], None,
                              signals.other_target(text), 0.6)
        out.append(example)
    return out


# What the words of a signal say of tone and valence, where they say anything.
SIGNAL_FEELING = {
    ("repeated_problem", True): ([0.3, 0.7, 0, 0, 0, 0, 0], [1.0, 0, 0]),
    ("legal_threat", True): ([0.1, 0.9, 0, 0, 0, 0, 0], [1.0, 0, 0]),
    ("thanks", True): ([0.2, 0, 0.8, 0, 0, 0, 0], [0, 0, 1.0]),
    ("resolved", True): ([0.4, 0, 0.6, 0, 0, 0, 0], [0, 0, 1.0]),
    ("cancel", True): ([0.8, 0.2, 0, 0, 0, 0, 0], None),
    ("wants_human", True): ([0.7, 0.3, 0, 0, 0, 0, 0], None),
}


def service_signals(count, seed):
    """Sentences that mean a signal and such that only sound like it."""
    out = []
    for text, name, meant in signals.sentences(count, seed):
        tone, valence = SIGNAL_FEELING.get((name, meant), (None, None))
        out.append(Example(text, None, None, tone, valence, None, signals.target(name, meant), 1.0))
    return out


def training_pool(root: Path, seed=1):
    """(GoEmotions, side corpora); every example knows its row among the teacher's embeddings."""
    main = goemotions(root, "train")
    side = [banking(root), taskmaster(root), own_service(8000, seed)]
    row = 0
    for part in [main, *side]:
        for example in part:
            example.row = row
            row += 1
    # The embedding of these is left to move: they have no row.
    return main, [*side, service_signals(12000, seed)]


def epoch(main, side, tokens, encode, rng: random.Random):
    """One epoch: most of GoEmotions and a share of each side corpus.

    Yields batches of (example, encoding, has context) of like length and of about
    `tokens` tokens: a sentence with a context among short ones would pad them all.
    """
    sizes = (800, 600, 2500, 4000)
    # A third of the comments are plainly neutral; a fresh part of those is enough at a time.
    pool = [e for e in main if e.valence != [0.0, 1.0, 0.0] or e.tone[0] < 1 or rng.random() < 0.4]
    for part, size in zip(side, sizes):
        pool += rng.sample(part, min(size, len(part)))
    rng.shuffle(pool)
    contexts = side[0] + side[1] + side[2]
    seen = [rendered(example, contexts, rng) for example in pool]
    encodings = encode([text if context is None else (text, context) for text, context in seen])
    rows = [(example, encoding, float(context is not None))
            for example, encoding, (_, context) in zip(pool, encodings, seen)]
    batches = []
    for start in range(0, len(rows), 4000):
        chunk = sorted(rows[start:start + 4000], key=lambda row: len(row[1].ids))
        while chunk:
            size = max(16, min(80, tokens // len(chunk[-1][1].ids)))
            chunk, batch = chunk[:-size], chunk[-size:]
            batches.append(batch)
    rng.shuffle(batches)
    return batches


def rendered(example, contexts, rng: random.Random):
    """(text, context or None) as the model sees it: some as recognised speech, some without punctuation."""
    roll = rng.random()
    if roll < 0.20:
        text = speech.spoken(example.text, rng)
    elif roll < 0.40:
        text = speech.plain(example.text)
    else:
        text = example.text
    text = text or example.text
    context = None
    if rng.random() < 0.06 and len(text) < 120:
        context = rng.choice(contexts).text[:120]
    return text, context
