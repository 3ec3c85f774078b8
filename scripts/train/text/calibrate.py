"""Sets the thresholds of config/signals.toml, and measures them honestly.

    python calibrate.py runs/a/model.pt --data ../../../../shared/data/text --write

The judges are fitted to the file's own examples, as the program does
(`crates/undertone-emotion/src/text/signals.rs`). Thresholds are chosen on one half of
signals/held-out.tsv and measured on the other, both ways round; what is written is
chosen on all of it.
"""

import argparse
import csv
import re
import tomllib
from pathlib import Path

import numpy as np
import torch

import data
import export
import metrics
import signals
from model import TextModel
from train import tokenizer

# As in signals.rs and ridge.rs.
EXAMPLE, NEAR_MISS, RIDGE, STEEPNESS = 3.0, 2.0, 3.0, 4.0
PRECISION = 0.95
# Share of everyday sentences in which a signal may be heard at most.
EVERYDAY = 0.01


def judges(book, embed):
    """Ridge weights of each signal."""
    texts = [(name, kind, text) for name, signal in book["signals"].items()
             for kind in ("examples", "near_misses") for text in signal[kind]]
    texts += [(None, "background", text) for text in book["background"]["examples"]]
    places = embed([text for _, _, text in texts]).astype(np.float64)
    places = np.hstack([places, np.ones((len(places), 1))])
    out = {}
    for name, signal in book["signals"].items():
        wanted, weight = np.full(len(texts), -1.0), np.ones(len(texts))
        for i, (other, kind, _) in enumerate(texts):
            if other == name:
                wanted[i] = 1.0 if kind == "examples" else -1.0
                weight[i] = EXAMPLE if kind == "examples" else NEAR_MISS
            elif kind == "examples" and other in signal.get("goes_with", []):
                weight[i] = 0.0
        matrix = (places * weight[:, None]).T @ places + RIDGE * np.eye(places.shape[1])
        out[name] = np.linalg.solve(matrix, (places * (weight * wanted)[:, None]).sum(0))
    return out


def probability(weights, places):
    return 1 / (1 + np.exp(-STEEPNESS * (places @ weights[:-1] + weights[-1])))


def threshold(positive, negative, everyday):
    """The lowest one that keeps the precision, and everyday language quiet."""
    best = 0.99
    for t in np.arange(0.99, 0.295, -0.005):
        hits, wrong = (positive >= t).sum(), (negative >= t).sum()
        if hits and hits / (hits + wrong) >= PRECISION and (everyday >= t).mean() <= EVERYDAY:
            best = t
    return round(float(best), 3)


def held_out():
    """{signal: (sentences that mean it, near misses)}"""
    out = {}
    with open(signals.HERE / "held-out.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = row["signal"].removeprefix("not ")
            out.setdefault(name, ([], []))[int(row["signal"] != name)].append(row["text"])
    return out


def everyday(root):
    """Sentences of the training corpora in which the signal is not to be expected."""
    texts = [e.text for e in data.banking(root)[::8] + data.taskmaster(root)[::8]]
    return {name: [t for t in texts if not signals.SUSPICIOUS[name].search(t)]
            for name in signals.NAMES}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="put the thresholds into the file")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = TextModel.start().eval()
    model.load_state_dict(torch.load(args.checkpoint, map_location="cpu"))
    export.load_stored(model, export.tensors(model))
    tok = tokenizer()

    def embed(texts):
        return metrics.outputs(model, tok, texts)["embedding"]

    toml = signals.CONFIG.read_text(encoding="utf-8")
    fitted = judges(tomllib.loads(toml), embed)
    calm = everyday(args.data)
    total = np.zeros(3)
    for name, (meant, near) in held_out().items():
        yes, no = (probability(fitted[name], embed(texts)) for texts in (meant, near))
        quiet = probability(fitted[name], embed(calm[name]))
        counts = np.zeros(3)
        for half in (0, 1):
            t = threshold(yes[half::2], no[half::2], quiet)
            counts += [(yes[1 - half::2] >= t).sum(), (no[1 - half::2] >= t).sum(),
                       len(yes[1 - half::2])]
        total += counts
        t = threshold(yes, no, quiet)
        print(f"{name:18} precision {counts[0] / max(1, counts[0] + counts[1]):.3f} "
              f"recall {counts[0] / counts[2]:.3f} | at {t:.3f} on all: "
              f"{(yes >= t).sum() / max(1, (yes >= t).sum() + (no >= t).sum()):.3f} "
              f"{(yes >= t).mean():.3f}, everyday {(quiet >= t).mean():.4f}")
        toml = re.sub(rf"(\[signals\.{name}\]\n(?:lane = .*\n)?threshold = )[\d.]+", rf"\g<1>{t:.3f}", toml)
    print(f"all: precision {total[0] / (total[0] + total[1]):.3f} recall {total[0] / total[2]:.3f}")
    if args.write:
        signals.CONFIG.write_text(toml, encoding="utf-8")


if __name__ == "__main__":
    main()
