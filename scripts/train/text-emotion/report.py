"""What writing the weights at 8 bits costs: the test split in f32 and as written.

    python report.py runs/a/model.pt --data ../../../../shared/data/text

Both are measured at the shipped thresholds, so that nothing but the weights differs.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

import data
import export
import metrics
from model import TextModel
from train import tokenizer


def shipped_thresholds():
    """Thresholds of the emotions and of the Ekman groups."""
    with safe_open(export.ROOT / "models/text-emotion.safetensors", "numpy") as file:
        config = json.loads(file.metadata()["config"])
    return np.array(config["thresholds"]), np.array(config["ekman_thresholds"])


def figures(emotions, test, at, ekman_at):
    """Macro-F1 over 28 classes and over Ekman groups."""
    truth, ekman = np.array([e.emotions for e in test]), np.array([e.ekman for e in test])
    return {"macro_f1": metrics.f1(truth, emotions >= at).mean(),
            "ekman_macro_f1": metrics.f1(ekman, metrics.grouped(emotions) >= ekman_at).mean()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    tok, test = tokenizer(), data.goemotions(args.data, "test")
    model = TextModel.start().eval()
    model.load_state_dict(torch.load(args.checkpoint, map_location="cpu"))
    for name in ("f32", "stored"):
        if name == "stored":
            export.load_stored(model, export.tensors(model))
        emotions = metrics.outputs(model, tok, [e.text for e in test])["emotion"]
        found = figures(emotions, test, *shipped_thresholds())
        print(json.dumps({"weights": name, **{k: round(float(v), 4) for k, v in found.items()}}), flush=True)


if __name__ == "__main__":
    main()
