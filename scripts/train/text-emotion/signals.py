"""Sentences of service signals to train on: written ones and patterns. The held-out list is not read."""

import csv
import random
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent / "signals"
CONFIG = Path(__file__).resolve().parents[3] / "config/signals.toml"
NAMES = ["apology", "cancel", "empathy", "legal_threat", "repeated_problem", "resolved", "thanks",
         "wants_human"]
GOES_WITH = {
    "cancel": ["legal_threat", "repeated_problem", "thanks"],
    "repeated_problem": ["cancel", "legal_threat", "wants_human"],
    "legal_threat": ["cancel", "repeated_problem", "wants_human"],
    "wants_human": ["repeated_problem", "legal_threat"],
    "thanks": ["resolved", "apology", "empathy", "cancel"],
    "resolved": ["thanks"], "apology": ["empathy", "thanks"], "empathy": ["apology", "thanks"],
}
# A sentence of another corpus with one of these words may carry the signal: left open.
SUSPICIOUS = {
    "cancel": r"cancel|clos|terminat|stop|leav|switch|delet|end ",
    "repeated_problem": r"again|time|still|twice|already|keep|every|repeat|told",
    "legal_threat": r"law|legal|court|sue|police|report|press|media|post|fraud|rights",
    "wants_human": r"speak|talk|person|agent|manager|supervisor|human|someone|somebody|contact",
    "thanks": r"than|appreciat|grateful|helpful|kind|cheers|bless",
    "resolved": r"work|fix|solv|sort|done|good|great|perfect|all|arriv|now|got|fine|yes|ok",
    "apology": r"sorry|apolog|fault|regret|forgive|bad",
    "empathy": r"understand|feel|must be|imagine|sound|know|see|right|sorry|hear",
}
SUSPICIOUS = {name: re.compile(words, re.I) for name, words in SUSPICIOUS.items()}


def read(path):
    """(signal, True if it is meant, sentence) of a list with headings like [cancel yes]."""
    rows, name, meant = [], None, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name, kind = line.strip("[]").split()
            meant = kind == "yes"
        elif line and not line.startswith("#"):
            rows.append((name, meant, line))
    return rows


def examples():
    """The same of the examples file that is shipped, and its background."""
    book = tomllib.loads((CONFIG).read_text(encoding="utf-8"))
    rows = []
    for name, signal in book["signals"].items():
        rows += [(name, True, text) for text in signal["examples"]]
        rows += [(name, False, text) for text in signal["near_misses"]]
    return rows, book["background"]["examples"]


def written():
    """(signal or None, True if it is meant, sentence) of all that is written by hand but
    the held-out list, each once, and the numbers of those thresholds are chosen on."""
    rows, background = examples()
    rows += read(HERE / "training.txt") + [(None, False, text) for text in background]
    seen = {text for _, _, text in rows}
    dev = []
    with open(HERE / "dev.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = row["signal"].removeprefix("not ")
            if row["text"] not in seen:
                seen.add(row["text"])
                dev.append(len(rows))
                rows.append((name, row["signal"] == name, row["text"]))
    return rows, dev


def filled(pattern, rng: random.Random):
    """One sentence of a pattern."""
    text = re.sub(r"\{([^{}]*)\}", lambda m: rng.choice(m.group(1).split("|")), pattern)
    return " ".join(text.split())


def target(name, meant):
    """0/1 and how much that counts, for each signal, of a sentence written for `name`."""
    values = [float(meant and other == name) for other in NAMES]
    weights = [0.0 if meant and other in GOES_WITH[name] else 1.0 if other == name else 0.5
               for other in NAMES]
    return values, weights


def other_target(text):
    """The same of a sentence of another corpus: no signal, unless a word makes one likely."""
    return [0.0] * len(NAMES), [0.0 if SUSPICIOUS[name].search(text) else 0.3 for name in NAMES]


def sentences(count, seed):
    """(text, signal, meant): all that is written by hand, `count` from the patterns."""
    rng = random.Random(seed)
    rows, _ = examples()
    out = [(text, name, meant) for name, meant, text in rows + read(HERE / "training.txt")]
    patterns = read(HERE / "patterns.txt")
    seen = set()
    for _ in range(count):
        name, meant, pattern = rng.choice(patterns)
        text = filled(pattern, rng)
        if text not in seen:
            seen.add(text)
            out.append((text, name, meant))
    return out
