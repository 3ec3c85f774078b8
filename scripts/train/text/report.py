"""Measures a trained model on the test splits, once: in f32 and as it is written.

    python report.py runs/a/model.pt --data ../../../../shared/data/text
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import data
import export
import metrics
import speech
from model import TextModel
from train import tokenizer


def figures(model, tok, root, at, ekman_at):
    """Figures of the GoEmotions test split, clean and as speech, and of the airline tweets."""
    test = data.goemotions(root, "test")
    truth, ekman = np.array([e.emotions for e in test]), np.array([e.ekman for e in test])
    clean = metrics.outputs(model, tok, [e.text for e in test])
    plain = metrics.outputs(model, tok, [speech.plain(e.text) for e in test])
    return {
        "macro_f1": metrics.f1(truth, clean["emotion"] >= at).mean(),
        "speech_macro_f1": metrics.f1(truth, plain["emotion"] >= at).mean(),
        "ekman_macro_f1": metrics.f1(ekman, metrics.grouped(clean["emotion"]) >= ekman_at).mean(),
        "airline_auc": metrics.airline(model, tok, root),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    tok = tokenizer()
    model = TextModel.start().eval()
    model.load_state_dict(torch.load(args.checkpoint, map_location="cpu"))
    for name in ("f32", "stored"):
        if name == "stored":
            export.load_stored(model, export.tensors(model))
        dev = data.goemotions(args.data, "dev")
        truth, ekman = np.array([e.emotions for e in dev]), np.array([e.ekman for e in dev])
        out = metrics.outputs(model, tok, [e.text for e in dev])["emotion"]
        at = metrics.thresholds(truth, out)
        ekman_at = metrics.thresholds(ekman, metrics.grouped(out))
        found = figures(model, tok, args.data, at, ekman_at)
        print(json.dumps({"weights": name, **{k: round(float(v), 4) for k, v in found.items()}}))


if __name__ == "__main__":
    main()
