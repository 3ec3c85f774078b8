"""Judges signals as the program does, and chooses the thresholds of config/signals.toml.

The judges are fitted to the file's own examples
(`crates/undertone-emotion/src/text/signals.rs`).
"""

import numpy as np

import data
import signals

# As in signals.rs and ridge.rs.
EXAMPLE, NEAR_MISS, RIDGE, STEEPNESS = 3.0, 2.0, 3.0, 4.0
# Above the aim of .95: the next list is never as kind as the one thresholds are chosen on.
PRECISION, SHARED = 0.97, 50
# Share of everyday sentences in which a signal may be heard at most.
EVERYDAY = 0.01


def ridge(places, wanted, weight, strength):
    """Weights of a linear score, its bias last."""
    places = np.hstack([places.astype(np.float64), np.ones((len(places), 1))])
    matrix = (places * weight[:, None]).T @ places + strength * np.eye(places.shape[1])
    return np.linalg.solve(matrix, (places * (weight * wanted)[:, None]).sum(0))


def missing(score, known):
    """What is missing from `known` to a score of 1 or -1; a score beyond it is as good."""
    return np.where(score > 0, np.maximum(score - known, 0), np.minimum(score - known, 0))


def judges(book, places, known):
    """What the examples of `book` add to the scores the model knows, by signal: ridge weights.

    `places` gives the embeddings of sentences, `known` the scores of a signal for sentences.
    """
    texts = [(name, kind, text) for name, signal in book["signals"].items()
             for kind in ("examples", "near_misses") for text in signal[kind]]
    texts += [(None, "background", text) for text in book["background"]["examples"]]
    sentences = [text for _, _, text in texts]
    out = {}
    for name, signal in book["signals"].items():
        wanted, weight = np.full(len(texts), -1.0), np.ones(len(texts))
        for i, (other, kind, _) in enumerate(texts):
            if other == name:
                wanted[i] = 1.0 if kind == "examples" else -1.0
                weight[i] = EXAMPLE if kind == "examples" else NEAR_MISS
            elif kind == "examples" and other in signal.get("goes_with", []):
                weight[i] = 0.0
        out[name] = ridge(places(sentences), missing(wanted, known(name, sentences)), weight, RIDGE)
    return out


def probability(weights, places, known):
    return 1 / (1 + np.exp(-STEEPNESS * (known + places @ weights[:-1] + weights[-1])))


def threshold(own, every, everyday):
    """The lowest one that keeps the precision, and everyday language quiet.

    `own` and `every` are (probability, whether it is meant) of the sentences written for the
    signal and for any. Those of one signal are few: beside its own precision counts, like
    SHARED sentences that it is heard in, that of all signals at the same probability.
    """
    best = 0.99
    for t in np.arange(0.99, 0.295, -0.005):
        heard = own[1][own[0] >= t]
        shared = every[1][every[0] >= t]
        if not len(shared):
            continue
        precision = (heard.sum() + SHARED * shared.mean()) / (len(heard) + SHARED)
        if precision >= PRECISION and (everyday >= t).mean() <= EVERYDAY:
            best = t
    return round(float(best), 3)


def everyday(root):
    """Sentences of the training corpora in which the signal is not to be expected."""
    texts = [e.text for e in data.banking(root)[::8] + data.taskmaster(root)[::8]]
    return {name: [t for t in texts if not signals.SUSPICIOUS[name].search(t)]
            for name in signals.NAMES}
