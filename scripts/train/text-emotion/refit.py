"""Refits what reads the encoder to sentences of our own; run once after export.py.

    python refit.py --data ../../../../shared/data/text

The encoder stays as it is, so this takes a minute of a CPU:

- valence: a correction of its three rows of the heads, fitted to polarity.tsv and to the
  service signals that say what is felt. Reddit calls a problem that is told calmly
  neutral; a customer who tells one is not content.
- the service signals: a row of the heads for each, fitted to all sentences written by hand.
- the thresholds of config/signals.toml: chosen on signals/dev.tsv, judged by rows that were
  fitted without that list.
"""

import argparse
import csv
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from scipy.optimize import minimize

import calibrate
import export
import signals
import speech
from model import TextModel
from train import padded, tokenizer

HERE = Path(__file__).resolve().parent
VALENCE = slice(35, 38)
# Strength of the priors, chosen by cross-validation on polarity.tsv and signals/dev.tsv.
VALENCE_RIDGE, OTHERS = 0.3, 0.03
SIGNAL_RIDGE = 0.3
# What the words of a signal say of valence.
FELT = {("repeated_problem", True): 0, ("legal_threat", True): 0,
        ("thanks", True): 2, ("resolved", True): 2}


class Encoder:
    """What the encoder makes of a text, before any head: first, mean and greatest token."""

    def __init__(self, stored):
        self.model = export.load_stored(TextModel.start().eval(), stored)
        self.tokens = tokenizer()

    @torch.no_grad()
    def pooled(self, texts, size=48):
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.zeros((len(texts), 3 * 384), np.float32)
        for start in range(0, len(order), size):
            rows = order[start:start + size]
            ids, mask, types = padded(self.tokens.encode_batch([texts[i] for i in rows]), "cpu")
            out[rows] = self.model.pooled(ids, mask, types).numpy()
        return out


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def softmax(logits):
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def correction(features, labels, weights, logits):
    """What to add to a linear head of three classes: (weight of each feature, biases)."""
    scale = features.std(0) * np.sqrt(features.shape[1])
    known = np.hstack([features / scale, np.ones((len(features), 1))])
    wanted = np.eye(3)[labels]

    def loss(flat):
        change = flat.reshape(-1, 3)
        shares = softmax(logits + known @ change)
        slope = known.T @ ((shares - wanted) * weights[:, None])
        slope[:-1] += VALENCE_RIDGE * change[:-1]
        told = np.log(shares[np.arange(len(labels)), labels] + 1e-12)
        return VALENCE_RIDGE / 2 * (change[:-1] ** 2).sum() - (weights * told).sum(), slope.ravel()

    start = np.zeros(known.shape[1] * 3)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    change = found.x.reshape(-1, 3)
    return (change[:-1] / scale[:, None]).T, change[-1]


def refit_valence(model, encoder, sentences, pooled):
    """Puts the corrected rows of valence into `model`."""
    with open(HERE / "polarity.tsv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    labels = [("negative", "neutral", "positive").index(row["label"]) for row in rows]
    felt = [i for i, (name, meant, _) in enumerate(sentences) if (name, meant) in FELT]
    labels += [FELT[sentences[i][:2]] for i in felt]
    features = np.vstack([encoder.pooled([speech.readable(row["text"]) for row in rows]), pooled[felt]])
    weights = np.where(np.arange(len(labels)) < len(rows), 1.0, OTHERS)
    weight, bias = (p.detach().numpy() for p in (model.heads.weight, model.heads.bias))
    logits = features @ weight[VALENCE].T + bias[VALENCE]
    change, shift = correction(features, np.array(labels), weights, logits)
    weight[VALENCE] += change
    bias[VALENCE] += shift
    after = softmax(features @ weight[VALENCE].T + bias[VALENCE])
    print(f"valence: {len(labels)} sentences, {(after.argmax(1) == labels).mean():.3f} of them right")


def signal_rows(pooled, sentences, rows):
    """Rows of the heads for the signals, as fitted to `rows`: (weights, biases) of log-odds."""
    middle = pooled.mean(0)
    scale = pooled.std(0) * np.sqrt(pooled.shape[1])
    known = (pooled - middle) / scale
    weights, biases = [], []
    for name in signals.NAMES:
        kept = [i for i in rows if sentences[i][0] is None or sentences[i][0] == name
                or not (sentences[i][1] and sentences[i][0] in signals.GOES_WITH[name])]
        own = np.array([sentences[i][0] == name for i in kept])
        meant = own & np.array([bool(sentences[i][1]) for i in kept])
        weight = np.where(meant, calibrate.EXAMPLE, np.where(own, calibrate.NEAR_MISS, 1.0))
        found = calibrate.ridge(known[kept], np.where(meant, 1.0, -1.0), weight, SIGNAL_RIDGE)
        row = found[:-1] / scale
        weights.append(calibrate.STEEPNESS * row)
        biases.append(calibrate.STEEPNESS * (found[-1] - middle @ row))
    return np.array(weights, np.float32), np.array(biases, np.float32)


class Ears:
    """Signals as the program hears them: rows of the heads and the examples of the file."""

    def __init__(self, book, rows, embed, pooled, index):
        self.weights, self.biases, self.embed = *rows, embed
        known = lambda name, texts: self.known(name, pooled[[index[t] for t in texts]])
        places = lambda texts: self.places(pooled[[index[t] for t in texts]])
        self.judges = calibrate.judges(book, places, known)

    def places(self, pooled):
        return unit(pooled[:, 384:768] @ self.embed.T)

    def known(self, name, pooled):
        at = signals.NAMES.index(name)
        return (pooled @ self.weights[at] + self.biases[at]) / calibrate.STEEPNESS

    def hear(self, name, pooled):
        """Probability of the signal in each row."""
        return calibrate.probability(self.judges[name], self.places(pooled), self.known(name, pooled))


def set_thresholds(toml, sentences, dev, heard, quiet):
    """`toml` with every threshold chosen anew; prints what each gives on `dev`.

    `heard` and `quiet` are probabilities of each signal: of the sentences of `dev` written
    for it, and of everyday ones.
    """
    own = {name: np.array([bool(sentences[i][1]) for i in dev if sentences[i][0] == name])
           for name in signals.NAMES}
    every = (np.concatenate([heard[name] for name in signals.NAMES]),
             np.concatenate([own[name] for name in signals.NAMES]))
    total = np.zeros(3)
    for name in signals.NAMES:
        meant, score = own[name], heard[name]
        at = calibrate.threshold((score, meant), every, quiet[name])
        loud = score >= at
        counts = np.array([(loud & meant).sum(), loud.sum(), meant.sum()])
        total += counts
        print(f"{name:18} at {at:.3f}: precision {counts[0] / max(1, counts[1]):.3f} "
              f"recall {counts[0] / counts[2]:.3f}, everyday {(quiet[name] >= at).mean():.4f}")
        toml, found = re.subn(rf"(\[signals\.{name}\]\n(?:\w+ = .*\n)*?threshold = )[\d.]+",
                              rf"\g<1>{at:.3f}", toml)
        if found != 1:
            raise ValueError(f"config/signals.toml has no threshold for {name}")
    print(f"all: precision {total[0] / total[1]:.3f} recall {total[0] / total[2]:.3f}")
    return toml


def rewrite(path, stored, model, rows, metadata):
    """Writes what was refitted; every other tensor of the file stays as it is."""
    codes, scale = export.rows8(model.heads.weight.detach()[VALENCE])
    stored["heads.codes"][VALENCE], stored["heads.scale"][VALENCE] = codes.numpy(), scale.numpy()
    stored["heads.bias"][VALENCE] = model.heads.bias.detach().numpy()[VALENCE]
    config = {**json.loads(metadata["config"]), "signals": signals.NAMES}
    save_file(export.with_signals(stored, *rows), path,
              metadata={**metadata, "config": json.dumps(config), "refit": "valence, signals"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=export.ROOT / "models/text-emotion.safetensors")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with safe_open(args.weights, "numpy") as file:
        metadata = file.metadata()
    if "refit" in metadata:
        parser.error(f"{args.weights} is refitted already: export it anew first")
    stored = load_file(args.weights)
    encoder = Encoder(stored)
    model = encoder.model
    toml = signals.CONFIG.read_text(encoding="utf-8")
    book = tomllib.loads(toml)
    sentences, dev = signals.written()
    pooled = encoder.pooled([text for _, _, text in sentences])
    refit_valence(model, encoder, sentences, pooled)
    embed = model.embed.weight.detach().numpy()
    index = {text: i for i, (_, _, text) in enumerate(sentences)}
    calm = calibrate.everyday(args.data)
    texts = sorted({text for some in calm.values() for text in some})
    calm_pooled, calm_index = encoder.pooled(texts), {text: i for i, text in enumerate(texts)}
    without = Ears(book, signal_rows(pooled, sentences, sorted(set(range(len(sentences))) - set(dev))),
                   embed, pooled, index)
    heard = {name: without.hear(name, pooled[[i for i in dev if sentences[i][0] == name]])
             for name in signals.NAMES}
    quiet = {name: without.hear(name, calm_pooled[[calm_index[t] for t in calm[name]]])
             for name in signals.NAMES}
    signals.CONFIG.write_text(set_thresholds(toml, sentences, dev, heard, quiet), encoding="utf-8")
    rewrite(args.weights, stored, model, signal_rows(pooled, sentences, range(len(sentences))), metadata)


if __name__ == "__main__":
    main()
